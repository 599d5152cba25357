/** The processes under test: launched or attached to. */
import * as z from 'zod/mini';
import { limits } from './schemaLimits.ts';
import { build, checkPprof, pprof } from './schemaNative.ts';
import { addFault, documented, placeholders, snippet, text } from './schemaParts.ts';
import { duration, numberOrPlaceholder } from './schemaUnits.ts';
import { quoted } from './visible.ts';

const runtime = documented(z._default(z.enum(['node', 'native', 'go', 'python']), 'node'), {
  markdownDescription:
    'What runs the target: decides how it is started and profiled. All but `node` are profiled by `perf` (Linux).',
  examples: ['node', 'native', 'go', 'python'],
  enumDescriptions: [
    'Node.js, 18 or later.',
    'An executable: Rust, C, C++.',
    'An executable built by Go; may be profiled over its `pprof` address.',
    'A Python script; 3.12 or later shows its functions to `perf`.',
  ],
});

/** Only Node has an inspector. */
const nodeOnly = documented(z._default(z.enum(['node']), 'node'), {
  markdownDescription: 'What runs the target.',
  examples: ['node'],
  enumDescriptions: ['Node.js, 18 or later.'],
});

const readyTimeout = z._default(
  duration(limits.readyTimeout, {
    markdownDescription: 'How long to wait before the run fails.',
    examples: ['10s', '30s', '1m'],
  }),
  '10s',
);

const readySnippets = [
  {
    label: 'HTTP',
    description: 'wait until a GET answers below 400',
    body: { http: snippet('http://127.0.0.1:${port:${1:api}}/${2:health}') },
  },
  {
    label: 'gRPC',
    description: 'wait until the health service says SERVING',
    body: { grpc: snippet('grpc://127.0.0.1:${port:${1:api}}') },
  },
  {
    label: 'port',
    description: 'wait until the port accepts connections',
    body: { port: snippet('${port:${1:api}}') },
  },
  { label: 'log line', description: 'wait for a line in its output', body: { log: '${1:listening}' } },
];

const ready = documented(
  z.union([
    z.strictObject({
      http: text({
        markdownDescription: `Ready when a GET of this address answers with a status below 400. ${placeholders}`,
        examples: ['http://127.0.0.1:${port:api}/health'],
      }),
      timeout: readyTimeout,
    }),
    z.strictObject({
      grpc: text({
        markdownDescription: `Ready when the gRPC health service (\`grpc.health.v1\`) at this address says SERVING; a path asks for one service. ${placeholders}`,
        examples: ['grpc://127.0.0.1:${port:api}', 'grpc://127.0.0.1:${port:api}/shop.Orders'],
      }),
      timeout: readyTimeout,
    }),
    z.strictObject({
      port: numberOrPlaceholder(limits.port.least, limits.port.most, {
        markdownDescription: `Ready when this port of the machine itself accepts a connection. ${placeholders}`,
        examples: ['${port:api}', 3000],
      }),
      timeout: readyTimeout,
    }),
    z.strictObject({
      log: text({
        markdownDescription: `Ready when a line of its output holds this text. ${placeholders}`,
        examples: ['listening'],
      }),
      timeout: readyTimeout,
    }),
  ]),
  {
    markdownDescription:
      'When the target counts as started: an HTTP answer, a gRPC health check, a port or a log line.\n\nWithout it: the port of `load.url` if this target names it, else the one `${port:…}` that it names; with none of these, at once.',
    examples: [{ http: 'http://127.0.0.1:${port:api}/health' }, { port: '${port:api}' }, { log: 'listening' }],
    defaultSnippets: readySnippets,
  },
);

const environment = documented(
  z.record(z.string(), z.string()).check(
    z.superRefine((variables, context) => {
      for (const [name, value] of Object.entries(variables)) {
        const badName = name === '' || /[=\0]/.test(name);
        if (!badName && !value.includes('\0')) continue;
        const message = badName
          ? `${quoted(name)} can't be the name of an environment variable; write one such as "PORT"`
          : `a NUL character can't stand in an environment variable; write ${quoted(name)} without`;
        addFault(context, variables, message, { atKey: badName }, [name]);
      }
    }),
  ),
  {
    markdownDescription: `Added to the environment of Slowpath itself. ${placeholders}`,
    examples: [{ PORT: '${port:api}' }],
  },
);

const launchMembers = z.strictObject({
  runtime,
  command: text({
    markdownDescription: `The script to run, or for \`native\` and \`go\` the executable; relative to \`cwd\`. ${placeholders}`,
    examples: ['server.js', 'src/server.ts', 'target/profiling/orders'],
  }),
  args: z._default(
    documented(z.array(z.string()), {
      markdownDescription: `Arguments of the script or executable. ${placeholders}`,
      examples: [['--port', '${port:api}']],
    }),
    [],
  ),
  cwd: z._default(
    text({
      markdownDescription: `The folder it runs in, relative to the workspace. A relative path can't lead out of the workspace; an absolute one may. ${placeholders}`,
      examples: ['.', 'packages/api'],
    }),
    '.',
  ),
  env: z._default(environment, {}),
  runtimeExecutable: z.optional(
    text({
      markdownDescription: `The Node or Python binary: a name found on PATH, or a path. Default: \`node\` or \`python3\`. ${placeholders}`,
      examples: ['node', '${env:HOME}/node-22/bin/node', '.venv/bin/python'],
    }),
  ),
  runtimeArgs: z._default(
    documented(z.array(z.string()), {
      markdownDescription: `Arguments of Node or Python, before the script. ${placeholders}`,
      examples: [['--import', 'tsx']],
    }),
    [],
  ),
  build: z._default(build, []),
  pprof,
  ready: z.optional(ready),
});

const launchTarget = launchMembers.check(
  z.superRefine((target, context) => {
    checkPprof(target, context);
    if (target.runtime !== 'native' && target.runtime !== 'go') return;
    for (const key of ['runtimeExecutable', 'runtimeArgs'] as const) {
      const given = key === 'runtimeArgs' ? target.runtimeArgs.length > 0 : target.runtimeExecutable !== undefined;
      const message = `a ${target.runtime} target has nothing that runs it; write its own arguments as "args", or another "runtime"`;
      if (given) addFault(context, target, message, { atKey: true }, [key]);
    }
  }),
);

const pidMembers = z.strictObject({
  runtime,
  pid: numberOrPlaceholder(limits.pid.least, limits.pid.most, {
    markdownDescription:
      'Attach to this running process; it keeps running afterwards. May be a text with `${env:NAME}`.',
    examples: [4711, '${env:API_PID}'],
  }),
  pprof,
});

const pidTarget = pidMembers.check(z.superRefine(checkPprof));

const inspectorTarget = z.strictObject({
  runtime: nodeOnly,
  inspector: text({
    markdownDescription: `Attach to the process behind this inspector address, as \`node --inspect\` prints it. ${placeholders}`,
    examples: ['ws://127.0.0.1:9229/…'],
  }),
});

export const target = documented(z.union([launchTarget, pidTarget, inspectorTarget]), {
  markdownDescription:
    'A process under test: one to launch (`command`), or a running one to attach to (`pid` or `inspector`).',
  examples: [{ command: 'server.js' }, { pid: 4711 }, { inspector: 'ws://127.0.0.1:9229/…' }],
  defaultSnippets: [
    {
      label: 'launch',
      description: 'start a Node service',
      body: {
        command: '${1:server.js}',
        env: { PORT: snippet('${port:${2:api}}') },
        ready: { port: snippet('${port:${2:api}}') },
      },
    },
    {
      label: 'launch, Rust',
      description: 'build and start a Rust service',
      body: nativeSnippet('native', '${1:target/profiling/orders}', 'cargo', ['build', '--profile', 'profiling']),
    },
    {
      label: 'launch, Go',
      description: 'build and start a Go service',
      body: nativeSnippet('go', '${1:bin/orders}', 'go', ['build', '-o', '${1:bin/orders}', '.']),
    },
    {
      label: 'launch, Python',
      description: 'start a Python service',
      body: {
        runtime: 'python',
        command: '${1:service.py}',
        env: { PORT: snippet('${port:${2:api}}') },
        ready: { port: snippet('${port:${2:api}}') },
      },
    },
    { label: 'attach by pid', description: 'a running process', body: { pid: '^${1:4711}' } },
    {
      label: 'attach by inspector',
      description: 'a process started with --inspect',
      body: { inspector: 'ws://127.0.0.1:9229/${1}' },
    },
  ],
});

function nativeSnippet(runtime: string, command: string, builder: string, args: readonly string[]): unknown {
  return {
    runtime,
    build: [{ command: builder, args }],
    command,
    env: { PORT: snippet('${port:${2:api}}') },
    ready: { port: snippet('${port:${2:api}}') },
  };
}
