import { parseDuration } from '../plan/units.ts';
import { limits } from '../plan/schemaLimits.ts';
import { quoted } from '../plan/visible.ts';
import { exportFormats, exportViews } from '../report/exportFormats.ts';
import { commandNames, type Command, type CommandName } from './command.ts';
import { clientList, shapeList } from './matrixArguments.ts';
import { checkTaken, readOptions, type Values } from './options.ts';
import { numberOf, oneOf, reading, writtenRate } from './optionValues.ts';
import { didYouMean, usage } from './usage.ts';

/** Eight tell a change of twice the noise of one pair; six are the fewest that have a 95 % interval. */
const defaultPairs = 8;
const mostPairs = 100;
/** Of a search for the knee. */
const mostSteps = 100;

/**
 * Reads the words after `slowpath`.
 *
 * @throws SlowpathError USAGE in one sentence, with what was probably meant.
 */
export function readArguments(words: readonly string[]): Command {
  const { values, positionals } = readOptions(words);
  if (values.has('version')) return { name: 'version' };
  const [word, ...rest] = positionals;
  if (word === undefined) return { name: 'help', topic: null };
  const name = commandNames.find((each) => each === word);
  if (name === undefined) throw usage(`There is no command ${quoted(word)}${didYouMean(word, commandNames)}`);
  if (values.has('help')) return { name: 'help', topic: name };
  checkTaken(name, values);
  return commandOf(name, rest, values);
}

function commandOf(name: CommandName, rest: readonly string[], values: Values): Command {
  const runs = { plan: values.get('plan'), out: values.get('out') };
  const json = values.has('json');
  switch (name) {
    case 'run':
      return {
        name,
        scenario: atMostOne(rest, 'one scenario'),
        ...runs,
        ratePerSecond: reading(values, 'rate', writtenRate),
        durationUs: reading(values, 'duration', parseDuration),
        json,
        html: values.get('html'),
        allowRemote: values.has('allow-remote'),
        verbose: values.has('verbose'),
      };
    case 'capacity':
      return {
        name,
        scenario: atMostOne(rest, 'one scenario'),
        ...runs,
        fromPerSecond: reading(values, 'from', writtenRate),
        toPerSecond: reading(values, 'to', writtenRate),
        steps: reading(values, 'steps', numberOf('levels', 2, mostSteps)),
        durationUs: reading(values, 'duration', parseDuration),
        json,
        html: values.get('html'),
        allowRemote: values.has('allow-remote'),
      };
    case 'matrix':
      return {
        name,
        scenario: atMostOne(rest, 'one scenario'),
        ...runs,
        shapes: reading(values, 'shapes', shapeList),
        clients: reading(values, 'clients', clientList),
        durationUs: reading(values, 'duration', parseDuration),
        soakUs: reading(values, 'soak', parseDuration),
        json,
        html: values.get('html'),
        allowRemote: values.has('allow-remote'),
      };
    case 'overhead': {
      if (values.has('closed') && values.has('rate'))
        throw usage('Clients of a closed loop have no rate; give --closed or --rate, not both.');
      return {
        name,
        scenario: atMostOne(rest, 'one scenario'),
        ...runs,
        pairs: reading(values, 'pairs', numberOf('pairs', 1, mostPairs)) ?? defaultPairs,
        closed: reading(values, 'closed', numberOf('clients', 1, limits.connections)),
        ratePerSecond: reading(values, 'rate', writtenRate),
        durationUs: reading(values, 'duration', parseDuration),
        json,
        allowRemote: values.has('allow-remote'),
      };
    }
    case 'show':
      return { name, run: oneRun(rest, name), runs, json };
    case 'report': {
      const run = oneRun(rest, name);
      const html = values.get('html');
      if (html === undefined) throw usage('slowpath report needs --html FILE: where to write the page.');
      return { name, run, runs, html };
    }
    case 'import': {
      const file = atMostOne(rest, 'one profile file');
      if (file === undefined || file === '') throw usage('slowpath import needs a profile file.');
      return { name, file, type: values.get('type'), json, html: values.get('html') };
    }
    case 'export': {
      const of = atMostOne(rest, 'one run or profile');
      if (of === undefined || of === '') throw usage('slowpath export needs a run or a profile file.');
      const format = oneOf(values, 'format', exportFormats);
      if (format === undefined) throw usage(`slowpath export needs --format: ${exportFormats.join(', ')}.`);
      const place = { plan: values.get('plan'), out: undefined };
      const view = oneOf(values, 'view', exportViews) ?? 'heavy';
      return { name, of, runs: place, format, view, file: values.get('out'), force: values.has('force') };
    }
    case 'diff': {
      const [a, b, more] = rest;
      if (more !== undefined) throw usage(`It takes two runs or profiles; leave ${quoted(more)} out.`);
      if (!a || !b) throw usage('slowpath diff needs two runs or profile files: before and after.');
      return { name, a, b, runs, json };
    }
    case 'list':
      if (rest[0] !== undefined) throw usage(`slowpath list takes no ${quoted(rest[0])}; it lists all runs.`);
      return { name, runs, json };
    case 'doctor':
      if (rest[0] !== undefined) throw usage(`slowpath doctor takes no ${quoted(rest[0])}; it measures this machine.`);
      return { name, json, html: values.get('html') };
    case 'help': {
      const topic = atMostOne(rest, 'one command');
      const known = commandNames.find((each) => each === topic);
      if (topic !== undefined && known === undefined) {
        throw usage(`There is no command ${quoted(topic)}${didYouMean(topic, commandNames)}`);
      }
      return { name, topic: known ?? null };
    }
  }
}

function oneRun(rest: readonly string[], command: string): string {
  const run = atMostOne(rest, 'one run');
  if (run === undefined || run === '') {
    throw usage(`slowpath ${command} needs a run: its name, its last four letters, its folder, or latest.`);
  }
  return run;
}

function atMostOne(rest: readonly string[], what: string): string | undefined {
  if (rest[1] !== undefined) throw usage(`It takes ${what}; leave ${quoted(rest[1])} out.`);
  return rest[0];
}
