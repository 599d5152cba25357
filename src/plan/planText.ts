/** The text of a new plan: commented, valid, and to be completed by a person. */
import type { Candidate, CandidateLaunch } from './candidate.ts';
import { pathFault } from './httpParts.ts';
import { visible } from './visible.ts';

const header = `// What Slowpath measures in this workspace. Completion and hover explain every key.
// Run "Slowpath: Profile Scenario" from the palette, or "slowpath run NAME" in a terminal.
`;

/** A plan with one scenario a candidate, names made unique. Without candidates: one example to fill in. */
export function planTextFor(candidates: readonly Candidate[]): string {
  const names = new Set<string>();
  const scenarios = (candidates.length === 0 ? [example] : candidates).map((candidate) =>
    scenarioText(candidate, uniqueName(candidate.name, names)),
  );
  return `${header}{\n  "scenarios": {\n${scenarios.join('\n\n')}\n  },\n}\n`;
}

const example: Candidate = {
  source: 'script',
  name: 'example',
  label: 'Nothing to start was found here: write your own command, port and path.',
  target: { command: 'server.js', args: [], runtimeArgs: [], cwd: '.', env: {} },
  port: null,
  routes: [],
};

function scenarioText(candidate: Candidate, name: string): string {
  const { target, label } = candidate;
  const placeholderPort = target !== null && 'command' in target && candidate.port === null;
  const url = `http://127.0.0.1:${placeholderPort ? '${port:api}' : String(candidate.port ?? 3000)}`;
  const lines = [
    `// ${comment(label)}`,
    `${json(name)}: {`,
    ...targetLines(target, placeholderPort),
    ...loadLines(url, candidate.routes),
  ];
  lines.push('  "collect": { "cpu": "1ms" }, // sampling interval, or "off"');
  lines.push('  // What must hold; a run that misses one fails. Also: "p99.9 < 2 * p50", "rate > 99/s", "max < 50ms".');
  lines.push('  "slo": ["p99 < 50ms", "errors < 0.1%"],', '},');
  return lines.map((line) => `    ${line}`).join('\n');
}

function targetLines(target: Candidate['target'], placeholderPort: boolean): string[] {
  if (target === null) return ['  // No target: the load measures whatever listens there, without looking inside.'];
  if ('pid' in target) {
    return [
      '  "targets": {',
      `    "api": { "pid": ${target.pid} }, // changes with every start: launch it with "command" to measure it again`,
      '  },',
    ];
  }
  return ['  "targets": {', '    "api": {', ...launchLines(target, placeholderPort), '    },', '  },'];
}

function launchLines({ command, args, runtimeArgs, cwd, env }: CandidateLaunch, placeholderPort: boolean): string[] {
  const variables = { ...escaped(env), ...(placeholderPort ? { PORT: '${port:api}' } : {}) };
  const lines = [`      "command": ${json(literal(command) || '.')},`];
  if (args.length > 0) lines.push(`      "args": ${json(args.map(literal))},`);
  if (runtimeArgs.length > 0) lines.push(`      "runtimeArgs": ${json(runtimeArgs.map(literal))},`);
  if (cwd !== '.') lines.push(`      "cwd": ${json(literal(cwd))},`);
  if (Object.keys(variables).length > 0) {
    const note = placeholderPort ? ' // a free port, the same wherever ${port:api} stands' : '';
    lines.push(`      "env": ${json(variables)},${note}`);
  }
  // Without "ready" Slowpath waits for the port; the comment shows the surer way.
  lines.push(
    `      // "ready": { "http": "http://127.0.0.1:…/health", "timeout": "10s" }, // else: until the port accepts connections`,
  );
  return lines;
}

function loadLines(url: string, routes: readonly string[]): string[] {
  const paths = [...new Set(routes)].filter((route) => pathFault(literal(route)) === null);
  const requests = (paths.length > 0 ? paths : ['/']).map(
    (path) => `      { "name": ${json(literal(path))}, "path": ${json(literal(path))} },`,
  );
  return [
    '  "load": {',
    `    "url": ${json(url)},`,
    '    "requests": [',
    ...requests,
    '      // { "name": "create", "method": "POST", "path": "/orders", "body": { "sku": "a1" }, "weight": 3 },',
    '    ],',
    '    "arrivals": { "model": "poisson", "rate": 100, "seed": 1 }, // or "constant"; or "closed" with "concurrency"',
    '    "warmup": "3s",',
    '    "duration": "15s",',
    '  },',
  ];
}

/** Letters, digits and what else a scenario's name may hold; numbered if it is taken. */
function uniqueName(wanted: string, taken: Set<string>): string {
  const base =
    wanted
      .replace(/[^\p{L}\p{N}\p{M} ._-]+/gu, ' ')
      .replace(/^[^\p{L}\p{N}]+/u, '')
      .trim()
      .slice(0, 56)
      .trim() || 'scenario';
  let name = base;
  for (let number = 2; taken.has(name); number++) name = `${base} ${number}`;
  taken.add(name);
  return name;
}

/** A text of the workspace, none of it meant as a placeholder; NUL, which no program can be handed, is dropped. */
function literal(text: string): string {
  return text.replaceAll('\0', '').replaceAll('${', () => '$${');
}

function escaped(env: Readonly<Record<string, string>>): Record<string, string> {
  const usable = Object.entries(env).filter(([name]) => /^[^=\0]+$/.test(name) && name !== '__proto__');
  return Object.fromEntries(usable.map(([name, value]) => [name, literal(value)]));
}

function comment(text: string): string {
  return visible(text, 200);
}

/** JSON on one line, with a space after commas and colons, and invisible characters as escapes. */
function json(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(json).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${json(key)}: ${json(item)}`)
      .join(', ')} }`;
  }
  return JSON.stringify(value).replace(/[\p{Cf}\p{Zl}\p{Zp}\x7f-\x9f]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
}
