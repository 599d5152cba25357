/** The laws of the house that a machine can check (see CONTRIBUTING.md, "Architecture"). */
const room = (name) => `^src/${name}(/|\\.ts$)`;
const onlyMayUse = (name, allowed) => ({
  name: `${name}-points-left`,
  comment: 'A piece of data walks left to right: a room imports only rooms to its left.',
  severity: 'error',
  from: { path: room(name) },
  to: {
    path: '^(src|webview)/',
    pathNot: [name, 'errors', 'disposables', 'gaps', 'inflate', 'bundles', ...allowed].map(room),
  },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^(src|webview)/', pathNot: ['\\.d\\.ts$'] },
      to: {},
    },
    onlyMayUse('errors', []),
    onlyMayUse('disposables', []),
    onlyMayUse('gaps', []),
    onlyMayUse('inflate', []),
    onlyMayUse('bundles', []),
    onlyMayUse('plan', []),
    onlyMayUse('latency', ['plan']),
    onlyMayUse('profile', ['plan']),
    onlyMayUse('load', ['plan', 'latency']),
    onlyMayUse('target', ['plan', 'profile']),
    onlyMayUse('run', ['plan', 'latency', 'profile', 'load', 'target']),
    onlyMayUse('capacity', ['plan', 'latency', 'profile', 'load', 'target', 'run']),
    onlyMayUse('trace', ['plan', 'latency', 'profile', 'load', 'target', 'run']),
    onlyMayUse('advice', ['plan', 'latency', 'profile', 'load', 'target', 'run', 'trace']),
    onlyMayUse('report', ['plan', 'latency', 'profile', 'load', 'target', 'run', 'capacity', 'trace', 'advice']),
    {
      name: 'page-uses-pure-rooms',
      severity: 'error',
      from: { path: '^webview/' },
      to: {
        path: '^src/',
        pathNot: [
          'protocol',
          'errors',
          'gaps',
          'latency',
          'profile',
          'trace',
          'advice',
          'run/model',
          'run/pack',
          'load/result',
          'target/tables',
          'plan',
        ].map((name) => `^src/${name}`),
      },
    },
    {
      name: 'not-to-dev-dependency',
      severity: 'error',
      from: { path: '^(src|webview)/' },
      to: { dependencyTypes: ['npm-dev'], pathNot: ['@types/'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
