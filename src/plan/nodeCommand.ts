/** A command line that starts Node, taken apart: `cross-env PORT=3000 tsx watch src/main.ts --verbose`. */

export interface NodeCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly runtimeArgs: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What a TypeScript runner is as an argument of Node itself, so that Slowpath starts Node and not a wrapper. */
const loaders: Readonly<Record<string, readonly string[]>> = {
  tsx: ['--import', 'tsx'],
  'ts-node': ['--require', 'ts-node/register'],
  'ts-node-esm': ['--loader', 'ts-node/esm'],
  node: [],
  nodemon: [],
};

/** Options of Node that are followed by a value of their own. */
const withValue = new Set([
  '-r',
  '--require',
  '--import',
  '--loader',
  '--experimental-loader',
  '-C',
  '--conditions',
  '--env-file',
  '--title',
]);

/** Options that make no sense under measurement, or that Slowpath sets itself. */
const leftOut = /^--(watch|watch-path|inspect|inspect-brk|inspect-port|cpu-prof|prof|heap-prof)(=|$)/;

/** The last command of a script that starts Node on a file, or null. */
export function nodeCommandOf(script: string): NodeCommand | null {
  const words = wordsOf(script);
  if (!words) return null;
  const parts: string[][] = [[]];
  for (const word of words) {
    if (['&&', ';', '||', '&', '|'].includes(word)) parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts.map(commandOf).findLast((command) => command !== null) ?? null;
}

function commandOf(words: readonly string[]): NodeCommand | null {
  const env: Record<string, string> = {};
  let at = words[0] === 'cross-env' || words[0] === 'env' ? 1 : 0;
  for (let match; (match = /^([A-Za-z_]\w*)=(.*)$/s.exec(words[at] ?? '')); at++) env[match[1] ?? ''] = match[2] ?? '';
  if (words[at] === 'npx') at++;
  const runner = (words[at] ?? '').replace(/^.*[\\/]/, '').replace(/\.exe$/i, '');
  const loader = Object.hasOwn(loaders, runner) ? loaders[runner] : undefined;
  if (!loader) return null;
  at++;
  if (runner === 'tsx' && words[at] === 'watch') at++;
  // Options of nodemon aren't Node's.
  if (runner === 'nodemon' && words[at]?.startsWith('-') === true) return null;
  const runtimeArgs = [...loader];
  for (; words[at]?.startsWith('-') === true; at++) {
    const option = words[at] ?? '';
    if (/^(-e|-p|--eval|--print|--test|-c|--check|--run)$/.test(option)) return null;
    if (leftOut.test(option)) continue;
    runtimeArgs.push(option);
    if (withValue.has(option)) runtimeArgs.push(words[++at] ?? '');
  }
  const command = words[at];
  return command === undefined ? null : { command, args: words.slice(at + 1), runtimeArgs, env };
}

/** Words as a shell would split them, without expansion; null where there is some, or a quote stays open. */
function wordsOf(script: string): string[] | null {
  if (script.length > 2000 || /[`$<>(){}*?\\\n]/.test(script)) return null;
  const words: string[] = [];
  for (const [whole] of script.matchAll(/&&|\|\||[;&|]|(?:"[^"]*"|'[^']*'|[^\s"';&|])+|["']/g)) {
    if (whole === '"' || whole === "'") return null;
    words.push(
      whole.replace(
        /"([^"]*)"|'([^']*)'/g,
        (_, double: string | undefined, single: string | undefined) => double ?? single ?? '',
      ),
    );
  }
  return words;
}
