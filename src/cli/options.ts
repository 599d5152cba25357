import { parseArgs } from 'node:util';
import { quoted } from '../plan/visible.ts';
import type { CommandName } from './command.ts';
import { didYouMean, usage } from './usage.ts';

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
export type OptionName = keyof typeof options;

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

/** What was written of each option; empty where it takes no value. */
export type Values = ReadonlyMap<OptionName, string>;

/**
 * Tells options from other words.
 * @throws SlowpathError USAGE for an option that is unknown, given twice, or without its value.
 */
export function readOptions(words: readonly string[]): {
  readonly values: Values;
  readonly positionals: readonly string[];
} {
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

/** @throws SlowpathError USAGE for an option that the command does not take. */
export function checkTaken(name: CommandName, values: Values): void {
  for (const option of values.keys()) {
    if (!allowed[name].includes(option)) throw usage(`slowpath ${name} takes no --${option}${choices(allowed[name])}`);
  }
}

function choices(names: readonly OptionName[]): string {
  return names.length === 0 ? '.' : `; it takes ${names.map((name) => `--${name}`).join(', ')}.`;
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
