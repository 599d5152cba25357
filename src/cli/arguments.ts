import { parseArgs } from 'node:util';
import { SlowpathError } from '../errors.ts';
import { nearest } from '../plan/suggest.ts';
import { parseDuration, parseRate } from '../plan/units.ts';
import type { Shape } from '../plan/matrix.ts';
import { quoted } from '../plan/visible.ts';
import { exportFormats, exportViews, type ExportFormat, type ExportView } from '../report/exportFormats.ts';
import { clientList, shapeList } from './matrixArguments.ts';

/** What a person asked for. Paths are as written. */
export type Command =
  | {
      readonly name: 'run';
      readonly scenario: string | undefined;
      readonly plan: string | undefined;
      /** Where run folders are made. */
      readonly out: string | undefined;
      readonly ratePerSecond: number | undefined;
      readonly durationUs: number | undefined;
      readonly json: boolean;
      readonly html: string | undefined;
      /** The person's yes to load on another machine. */
      readonly allowRemote: boolean;
      readonly verbose: boolean;
    }
  | {
      readonly name: 'capacity';
      readonly scenario: string | undefined;
      readonly plan: string | undefined;
      readonly out: string | undefined;
      /** The range of rates; undefined: around the plan's. */
      readonly fromPerSecond: number | undefined;
      readonly toPerSecond: number | undefined;
      readonly steps: number | undefined;
      /** Of each level. */
      readonly durationUs: number | undefined;
      readonly json: boolean;
      readonly html: string | undefined;
      readonly allowRemote: boolean;
    }
  | {
      readonly name: 'matrix';
      readonly scenario: string | undefined;
      readonly plan: string | undefined;
      readonly out: string | undefined;
      /** Undefined: as the plan says. */
      readonly shapes: readonly Shape[] | undefined;
      /** Of the shape many; null is the plan's load. */
      readonly clients: readonly (number | null)[] | undefined;
      /** Of each shape but the soak. */
      readonly durationUs: number | undefined;
      readonly soakUs: number | undefined;
      readonly json: boolean;
      readonly html: string | undefined;
      readonly allowRemote: boolean;
    }
  | {
      readonly name: 'overhead';
      readonly scenario: string | undefined;
      readonly plan: string | undefined;
      readonly out: string | undefined;
      readonly pairs: number;
      /** Clients of a closed loop, instead of the plan's arrivals. */
      readonly closed: number | undefined;
      readonly ratePerSecond: number | undefined;
      /** Of each run. */
      readonly durationUs: number | undefined;
      readonly json: boolean;
      readonly allowRemote: boolean;
    }
  | { readonly name: 'show'; readonly run: string; readonly runs: RunsPlace; readonly json: boolean }
  | { readonly name: 'report'; readonly run: string; readonly runs: RunsPlace; readonly html: string }
  | {
      readonly name: 'import';
      readonly file: string;
      /** Which of several sample types. */
      readonly type: string | undefined;
      readonly json: boolean;
      readonly html: string | undefined;
    }
  | {
      readonly name: 'export';
      /** A run or a profile file. */
      readonly of: string;
      readonly runs: RunsPlace;
      readonly format: ExportFormat;
      /** Of an SVG. */
      readonly view: ExportView;
      /** `-` is standard output; undefined: beside the run or the file. */
      readonly file: string | undefined;
      /** Replace whatever stands there. */
      readonly force: boolean;
    }
  | {
      readonly name: 'diff';
      /** Runs or profile files. */
      readonly a: string;
      readonly b: string;
      readonly runs: RunsPlace;
      readonly json: boolean;
    }
  | { readonly name: 'doctor'; readonly json: boolean; readonly html: string | undefined }
  | { readonly name: 'list'; readonly runs: RunsPlace; readonly json: boolean }
  | { readonly name: 'help'; readonly topic: CommandName | null }
  | { readonly name: 'version' };

/** Where recorded runs are looked for. */
export interface RunsPlace {
  readonly plan: string | undefined;
  readonly out: string | undefined;
}

export const commandNames = [
  'run',
  'capacity',
  'matrix',
  'overhead',
  'show',
  'report',
  'import',
  'export',
  'diff',
  'list',
  'doctor',
  'help',
] as const;
export type CommandName = (typeof commandNames)[number];

const options = {
  plan: { type: 'string' },
  out: { type: 'string' },
  rate: { type: 'string' },
  duration: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  steps: { type: 'string' },
  shapes: { type: 'string' },
  clients: { type: 'string' },
  soak: { type: 'string' },
  pairs: { type: 'string' },
  closed: { type: 'string' },
  html: { type: 'string' },
  format: { type: 'string' },
  view: { type: 'string' },
  type: { type: 'string' },
  json: { type: 'boolean' },
  force: { type: 'boolean' },
  verbose: { type: 'boolean' },
  'allow-remote': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;
type OptionName = keyof typeof options;

const allowed: Readonly<Record<CommandName, readonly OptionName[]>> = {
  run: ['plan', 'out', 'rate', 'duration', 'json', 'html', 'allow-remote', 'verbose'],
  capacity: ['plan', 'out', 'from', 'to', 'steps', 'duration', 'json', 'html', 'allow-remote'],
  matrix: ['plan', 'out', 'shapes', 'clients', 'duration', 'soak', 'json', 'html', 'allow-remote'],
  overhead: ['plan', 'out', 'pairs', 'closed', 'rate', 'duration', 'json', 'allow-remote'],
  show: ['plan', 'out', 'json'],
  report: ['plan', 'out', 'html'],
  import: ['type', 'json', 'html'],
  export: ['format', 'out', 'view', 'force', 'plan'],
  diff: ['plan', 'out', 'json'],
  list: ['plan', 'out', 'json'],
  doctor: ['json', 'html'],
  help: [],
};

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
  for (const option of values.keys()) {
    if (!allowed[name].includes(option)) throw usage(`slowpath ${name} takes no --${option}${choices(allowed[name])}`);
  }
  return commandOf(name, rest, values);
}

type Values = ReadonlyMap<OptionName, string>;

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
        steps: reading(values, 'steps', stepCount),
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
        pairs: reading(values, 'pairs', numberOf('pairs', mostPairs)) ?? defaultPairs,
        closed: reading(values, 'closed', numberOf('clients', mostClients)),
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

function readOptions(words: readonly string[]): { readonly values: Values; readonly positionals: readonly string[] } {
  const { tokens, positionals } = parseArgs({
    args: [...words],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<OptionName, string>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const name = (Object.keys(options) as OptionName[]).find((each) => each === token.name);
    if (name === undefined)
      throw usage(`There is no option ${quoted(token.rawName)}${didYouMean(token.name, Object.keys(options), '--')}`);
    if (values.has(name)) throw usage(`--${name} is given twice; give it once.`);
    const wantsValue = options[name].type === 'string';
    if (
      wantsValue &&
      (token.value === undefined || token.value === '' || (!token.inlineValue && /^--?[a-z]/i.test(token.value)))
    ) {
      throw usage(`--${name} needs a value, as in --${name} ${example(name)}.`);
    }
    if (!wantsValue && token.value !== undefined)
      throw usage(`--${name} takes no value; leave ${quoted(token.value)} out.`);
    values.set(name, token.value ?? '');
  }
  return { values, positionals };
}

function reading<T>(values: Values, name: OptionName, read: (text: string) => T): T | undefined {
  const text = values.get(name);
  if (text === undefined) return undefined;
  try {
    return read(text);
  } catch (error) {
    throw usage(`--${name}: ${error instanceof Error ? error.message : String(error)}.`, error);
  }
}

function writtenRate(text: string): number {
  return parseRate(/^[\d.]+$/.test(text) ? Number(text) : text);
}

const mostSteps = 100;

function stepCount(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : NaN;
  if (!(count >= 2 && count <= mostSteps))
    throw usage(`${quoted(text)} is no number of levels; write 2 to ${mostSteps}`);
  return count;
}

/** Eight tell a change of twice the noise of one pair; six are the fewest that have a 95 % interval. */
const defaultPairs = 8;
const mostPairs = 100;
const mostClients = 10_000;

function numberOf(what: string, most: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
    if (!(count >= 1 && count <= most)) throw usage(`${quoted(text)} is no number of ${what}; write 1 to ${most}`);
    return count;
  };
}

function oneOf<T extends string>(values: Values, name: OptionName, known: readonly T[]): T | undefined {
  const text = values.get(name);
  const found = known.find((each) => each === text);
  if (text === undefined || found !== undefined) return found;
  const near = nearest(text, known);
  throw usage(
    `--${name} can't be ${quoted(text)}${near === null ? `: it is ${known.join(', ')}.` : `; did you mean ${near}?`}`,
  );
}

function example(name: OptionName): string {
  const examples: Partial<Record<OptionName, string>> = {
    plan: 'slowpath.jsonc',
    out: 'runs',
    rate: '500',
    duration: '15s',
    from: '100',
    to: '5000',
    steps: '8',
    shapes: 'single,many',
    clients: 'plan,16,64',
    soak: '60m',
    pairs: '8',
    closed: '10',
    html: 'report.html',
    type: 'inuse_space',
    format: 'pprof',
    view: 'tail',
  };
  return examples[name] ?? 'VALUE';
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

function didYouMean(word: string, candidates: readonly string[], prefix = ''): string {
  const near = nearest(word, candidates);
  return near === null ? '; see slowpath help.' : `; did you mean ${prefix}${near}?`;
}

function choices(names: readonly OptionName[]): string {
  return names.length === 0 ? '.' : `; it takes ${names.map((name) => `--${name}`).join(', ')}.`;
}

function usage(message: string, cause?: unknown): SlowpathError {
  return new SlowpathError('USAGE', message, cause === undefined ? undefined : { cause });
}
