import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { planProblems, readPlan, scenarioLines } from '../../../src/plan/read.ts';
import { faultsOf, load, loadWith, messageOf, scenarioWith } from './expect.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/plans');
const read = (text: string) => readPlan(text, 'slowpath.jsonc');

void describe('a plan that is right', () => {
  test("the documentation's plan keeps what it says", async () => {
    const { orders } = read(await readFile(join(fixtures, 'issue.jsonc'), 'utf8')).scenarios;
    assert.deepEqual(orders, {
      targets: {
        api: {
          runtime: 'node',
          command: 'server.js',
          args: [],
          cwd: '.',
          env: { PORT: '${port:api}' },
          runtimeArgs: [],
          build: [],
          ready: { http: 'http://127.0.0.1:${port:api}/health', timeout: '10s' },
        },
      },
      load: {
        protocol: 'http',
        url: 'http://127.0.0.1:${port:api}',
        requests: [{ name: 'create', method: 'POST', path: '/orders', headers: {}, body: { sku: 'a1' }, weight: 3 }],
        arrivals: { model: 'poisson', rate: 500, seed: 1 },
        connections: 16,
        timeout: '2s',
        warmup: '3s',
        duration: '15s',
        allowRemote: false,
      },
      collect: { cpu: '1ms', with: 'auto', callGraph: 'auto' },
      slo: ['p99 < 2ms', 'p99.9 < 2 * p50', 'errors < 0.1%'],
    });
  });

  test('every key in its other form is understood', async () => {
    const plan = read(await readFile(join(fixtures, 'full.jsonc'), 'utf8'));
    assert.deepEqual(Object.keys(plan.scenarios), ['launched', 'attached', 'listening']);
    assert.deepEqual(planProblems(await readFile(join(fixtures, 'full.jsonc'), 'utf8')), []);
  });

  test('the smallest plan gets the defaults', () => {
    const { a } = read(`{ "scenarios": { "a": { ${load} } } }`).scenarios;
    assert.deepEqual(a?.targets, {});
    assert.deepEqual(a.load.requests, [{ path: '/', weight: 1 }]);
    assert.deepEqual([a.load.timeout, a.load.warmup, a.load.duration, a.collect.cpu], ['2s', '3s', '15s', '1ms']);
  });

  test('comments, trailing commas, a byte order mark and CRLF are fine', () => {
    const text = `\uFEFF// one\r\n{ /* two */ "scenarios": {\r\n "a": { ${load}, },\r\n},\r\n}\r\n`;
    assert.deepEqual(Object.keys(read(text).scenarios), ['a']);
    assert.deepEqual(scenarioLines(text), [{ name: 'a', line: 3 }]);
  });

  test('names like constructor and toString are names like any other', () => {
    const text = `{ "scenarios": { "constructor": { "targets": { "toString": { "command": "x", "env": { "valueOf": "1" } } }, ${load} } } }`;
    assert.deepEqual(Object.keys(read(text).scenarios), ['constructor']);
    assert.deepEqual(
      faultsOf(scenarioWith('"toString": 1'))[0],
      '2:1: the key "toString" is unknown here; write one of "targets", "load", "collect", "slo", "matrix", or leave it out',
    );
  });
});

/** [what, text, every fault as `LINE:COLUMN: what; instead`] */
const wrong: readonly (readonly [string, string, readonly string[]])[] = [
  [
    'no scenarios',
    '{}',
    [
      '1:1: the key "scenarios" is missing; write "scenarios": {"orders":{"load":{"url":"http://127.0.0.1:3000","arrivals":{"model":"poisson","rate":500}}}}',
    ],
  ],
  ['a misspelt key', '{\n  "scenario": {} }', ['2:3: the key "scenario" is unknown here; write "scenarios"']],
  [
    'empty scenarios',
    '{ "scenarios": {} }',
    ['1:16: there is no scenario; write one, as in "orders": { "load": { … } }'],
  ],
  [
    'no load',
    '{ "scenarios": {\n "a": {} } }',
    [
      '2:7: the key "load" is missing; write "load": {"url":"http://127.0.0.1:3000","arrivals":{"model":"poisson","rate":500}}',
    ],
  ],
  ['a list for the plan', '[]', ['1:1: this must be an object, not a list; write { … }']],
  [
    'a list for targets',
    scenarioWith('"targets": []'),
    ['2:12: "targets" must be an object, not a list; write {"api":{"command":"server.js"}}'],
  ],
  [
    'a target without anything',
    scenarioWith('"targets": { "api": {} }'),
    ['2:21: the key "command" is missing; write "command": "server.js"'],
  ],
  [
    'a misspelt key in a target',
    scenarioWith('"targets": { "api": { "comand": "x" } }'),
    ['2:23: the key "comand" is unknown here; write "command"'],
  ],
  [
    'a launch key beside a pid',
    scenarioWith('"targets": { "api": { "pid": 1, "args": [] } }'),
    ['2:33: the key "args" is unknown here; write one of "runtime", "pid", "pprof", or leave it out'],
  ],
  [
    'a pid as words',
    scenarioWith('"targets": { "api": { "pid": "mine" } }'),
    ['2:30: "mine" is not a whole number; write one from 1 to 2147483647'],
  ],
  [
    'an unknown runtime',
    scenarioWith('"targets": { "api": { "runtime": "deno", "command": "x" } }'),
    ['2:34: "deno" is unknown here; write "node" or "native" or "go" or "python"'],
  ],
  [
    'what runs an executable',
    scenarioWith('"targets": { "api": { "runtime": "go", "command": "x", "runtimeExecutable": "go" } }'),
    ['2:56: a go target has nothing that runs it; write its own arguments as "args", or another "runtime"'],
  ],
  [
    'pprof of another language',
    scenarioWith(
      '"targets": { "api": { "runtime": "python", "command": "x", "pprof": "http://127.0.0.1:1/debug/pprof" } }',
    ),
    ['2:60: only Go answers pprof over HTTP; write "runtime": "go", or leave "pprof" out'],
  ],
  [
    'a build that is no list',
    scenarioWith('"targets": { "api": { "runtime": "native", "command": "x", "build": "make" } }'),
    ['2:69: "build" must be a list, not "make"; write [{"command":"cargo","args":["build","--profile","profiling"]}]'],
  ],
  [
    'an unknown collector',
    scenarioWith('"collect": { "with": "prof" }'),
    ['2:22: "prof" is unknown here; write "pprof"'],
  ],
  [
    'a number in the environment',
    scenarioWith('"targets": { "api": { "command": "x", "env": { "PORT": 3000 } } }'),
    ['2:56: "PORT" must be a text, not 3000; write "3000"'],
  ],
  [
    'a variable with =',
    scenarioWith('"targets": { "api": { "command": "x", "env": { "A=B": "" } } }'),
    ['2:48: "A=B" can\'t be the name of an environment variable; write one such as "PORT"'],
  ],
  [
    'an empty command',
    scenarioWith('"targets": { "api": { "command": "" } }'),
    ['2:34: the text is empty; write "server.js"'],
  ],
  [
    'a bad unit',
    scenarioWith('"targets": { "api": { "command": "x", "ready": { "log": "up", "timeout": "15 sec" } } }'),
    ['2:74: "15 sec" is not a duration; write "15s"'],
  ],
  [
    'an unknown kind of readiness',
    scenarioWith('"targets": { "api": { "command": "x", "ready": { "htp": "x" } } }'),
    ['2:50: the key "htp" is unknown here; write "http"'],
  ],
  [
    'readiness without a kind',
    scenarioWith('"targets": { "api": { "command": "x", "ready": { "timeout": "1s" } } }'),
    ['2:48: the key "http" is missing; write "http": "http://127.0.0.1:${port:api}/health"'],
  ],
  [
    'a port out of range',
    scenarioWith('"targets": { "api": { "command": "x", "ready": { "port": 65536 } } }'),
    ['2:58: 65536 is out of range; write a number from 1 to 65535'],
  ],
  [
    'a target called like a path',
    scenarioWith('"targets": { "../x": { "pid": 1 } }'),
    [
      '2:14: "../x" can\'t be the name of a target; write 1 to 64 letters, digits, spaces, dots, dashes or underscores, a letter or digit first',
    ],
  ],
  [
    'an objective',
    scenarioWith('"slo": ["p99 < 2ms",\n "p99 = 2ms"]'),
    [
      '3:7: "=" is not a comparison; write <, <=, > or >=, as in "p99 < 2ms", "p99.9 < 2 * p50", "errors < 0.1%" or "rate > 990/s"',
    ],
  ],
  ['an objective that is no text', scenarioWith('"slo": [5]'), ['2:9: this must be a text, not 5; write "5"']],
  [
    'an interval without unit',
    scenarioWith('"collect": { "cpu": 1 }'),
    ['2:21: the interval is a text with its unit; write "1ms" or "off"'],
  ],
  [
    'an interval too short',
    scenarioWith('"collect": { "cpu": "10us" }'),
    ['2:21: "10us" is too short; write at least "50us", or "off"'],
  ],
  [
    'an interval that is a word',
    scenarioWith('"collect": { "cpu": "on" }'),
    ['2:21: "on" is not a duration; write a number and a unit, as in "250us", "1.5ms", "15s" or "1m30s", or "off"'],
  ],
  [
    'a missing rate',
    '{ "scenarios": { "a": { "load": { "url": "x",\n "arrivals": { "model": "constant" } } } } }',
    ['2:14: the key "rate" is missing; write "rate": 500'],
  ],
  [
    'a missing model',
    '{ "scenarios": { "a": { "load": { "url": "x",\n "arrivals": { "rate": 5 } } } } }',
    ['2:14: the key "model" is missing; write "model": "constant" or "poisson" or "closed" or "step" or "ramp"'],
  ],
  [
    'an unknown model',
    '{ "scenarios": { "a": { "load": { "url": "x",\n "arrivals": { "model": "Poison" } } } } }',
    ['2:25: "Poison" is unknown here; write "poisson"'],
  ],
  [
    'a rate as a bare text',
    '{ "scenarios": { "a": { "load": { "url": "x",\n "arrivals": { "model": "poisson", "rate": "500" } } } } }',
    ['2:44: "500" is not a rate; write "500/s"'],
  ],
  [
    'a rate that is no number',
    '{ "scenarios": { "a": { "load": { "url": "x",\n "arrivals": { "model": "poisson", "rate": [] } } } } }',
    ['2:44: a rate is a number a second or a text with its unit; write 500, "500/s" or "30k/min"'],
  ],
  [
    'a rate in closed arrivals',
    '{ "scenarios": { "a": { "load": { "url": "x",\n "arrivals": { "model": "closed", "concurrency": 2, "rate": 5 } } } } }',
    ['2:53: the key "rate" is unknown here; write one of "model", "concurrency", or leave it out'],
  ],
  [
    'fewer connections than clients',
    '{ "scenarios": { "a": { "load": { "url": "x", "connections": 4,\n "arrivals": { "model": "closed", "concurrency": 8 } } } } }',
    ['1:62: 8 clients need as many connections, not 4; write 8, or leave "connections" out'],
  ],
  [
    'half a connection',
    loadWith('"connections": 1.5'),
    ['2:16: "connections" must be a whole number, not 1.5; write 16'],
  ],
  ['no connection', loadWith('"connections": 0'), ['2:16: 0 is too small; write at least 1']],
  [
    'a duration without unit',
    loadWith('"duration": 15'),
    ['2:13: a duration is a text with its unit; write "15s" or "15ms"'],
  ],
  ['no time at all', loadWith('"duration": "0s"'), ['2:13: "0s" is too short; write at least "100ms"']],
  [
    'a word for true',
    loadWith('"allowRemote": "yes"'),
    ['2:16: "allowRemote" must be true or false, not "yes"; write true'],
  ],
  [
    'no requests',
    loadWith('"requests": []'),
    ['2:13: the list is empty; write at least one entry, or leave the key out'],
  ],
  [
    'a lower-case method',
    loadWith('"requests": [{ "path": "/", "method": "get" }]'),
    ['2:39: "get" is not a method; write "GET"'],
  ],
  [
    'a path without slash',
    loadWith('"requests": [{ "path": "orders" }]'),
    ['2:24: a path begins with a slash, not "o"; write "/orders"'],
  ],
  [
    'a path that would split the request',
    loadWith('"requests": [{ "path": "/ HTTP/1.1\\r\\nx: y" }]'),
    ['2:24: the path holds " ", which can\'t stand in a request; write it percent-encoded, "%20"'],
  ],
  [
    'a header that would split the request',
    loadWith('"requests": [{ "path": "/", "headers": { "x": "a\\r\\nb: c" } }]'),
    [
      '2:47: the value of "x" holds a character that can\'t stand in a header; write visible ASCII characters on one line',
    ],
  ],
  [
    'a header that is ours',
    loadWith('"requests": [{ "path": "/", "headers": { "Content-Length": "1" } }]'),
    ['2:42: "Content-Length" is set by the load generator; leave it out'],
  ],
  [
    'a header twice',
    loadWith('"requests": [{ "path": "/", "headers": { "A": "1", "a": "2" } }]'),
    ['2:52: the header "a" stands twice, in different case; write it once'],
  ],
  [
    'a weight of nothing',
    loadWith('"requests": [{ "path": "/", "weight": 0 }]'),
    ['2:39: 0 is too small; write more than 0'],
  ],
  [
    'two requests of one name',
    loadWith('"requests": [{ "path": "/" }, { "path": "/" }]'),
    ['2:31: two requests are called "GET /"; write a "name" of its own for each'],
  ],
  [
    'a key twice',
    `{ "scenarios": { "a": { ${load} },\n "a": { ${load} } } }`,
    ['2:2: the key "a" stands twice in one object; leave one of them out'],
  ],
  [
    '__proto__',
    scenarioWith('"targets": { "__proto__": { "command": "x" } }'),
    ['2:14: the key "__proto__" can\'t be read safely; write another key, or the whole body as a text'],
  ],
  [
    'a number that is none',
    loadWith('"requests": [{ "path": "/", "body": { "n": 1e999 } }]'),
    ['2:44: the number "1e999" can\'t be kept exactly; write a smaller one, or a text in double quotes'],
  ],
  [
    'a number too long',
    loadWith('"requests": [{ "path": "/", "body": 12345678901234567890 }]'),
    ['2:37: the number "12345678901234567890" can\'t be kept exactly; write a smaller one, or a text in double quotes'],
  ],
];

void describe('a plan that is wrong tells where, what, and what to write instead', () => {
  for (const [what, text, faults] of wrong) {
    test(what, () => {
      assert.deepEqual(faultsOf(text), faults);
      const positions = planProblems(text).map(({ line, column, message }) => `${line}:${column}: ${message}`);
      assert.deepEqual(positions, faults, 'squiggles stand where the message points');
    });
  }

  test('all faults at once, in the order of the file', () => {
    const faults = faultsOf(loadWith('"connections": "16",\n"duration": 15,\n"warmup": "3 s",\n"foo": 1'));
    assert.deepEqual(
      faults.map((fault) => fault.split(':')[0]),
      ['2', '3', '4', '5'],
    );
  });

  test('hundreds of faults are counted, not listed', () => {
    const faults = faultsOf(scenarioWith(`"slo": [${Array.from({ length: 500 }, () => '"x"').join(',\n')}]`));
    assert.equal(faults.length, 21);
    assert.equal(faults.at(-1), '22:2: 480 more problems from here on; mend the ones above first');
  });
});

void describe('broken syntax', () => {
  for (const [what, text, faults] of [
    ['nothing', '', ['1:1: the file is empty; write { "scenarios": { … } }, or let Slowpath: Create Plan write one']],
    [
      'only a comment',
      '// later\n',
      ['1:1: the file is empty; write { "scenarios": { … } }, or let Slowpath: Create Plan write one'],
    ],
    ['an open brace', '{ "scenarios": {\n}\n', ['2:1: the file ends too early; write the closing }']],
    [
      'a brace too many',
      '{ "scenarios": {} } }',
      ['1:21: "}" stands after the end of the plan; leave it out, or look for a } too many'],
    ],
    ['a missing comma', '{ "a": 1\n "b": 2 }', ['2:2: "b" is out of place; write a comma before it']],
    ['a missing colon', '{ "a" 1 }', ['1:7: "1" is out of place; write a colon between key and value']],
    [
      'a missing value',
      '{ "a": }',
      ['1:8: "}" is out of place; write a value here: a text in double quotes, a number, { … } or [ … ]'],
    ],
    ['a bare key', '{ scenarios: {} }', ['1:3: the key "scenarios" needs double quotes; write "scenarios": …']],
    [
      'a bare word',
      '{ "a": poisson }',
      ['1:8: "poisson" is no value; write a text in double quotes, a number, true, false or null'],
    ],
    ['single quotes', '{ "a": \'b\' }', ['1:8: texts stand in double quotes, not in single ones; write "…"']],
    ['a list closed by a brace', '{ "a": [1 }', ['1:11: "}" is out of place; write the closing ] before it']],
    [
      'an open text',
      '{ "a": "b\n}',
      ['1:8: the text does not end on its line; write the closing double quote, and \\n for a line break'],
    ],
    ['an open comment', '{ /* ', ['1:3: the comment does not end; write */ at its end']],
    ['a bad escape', '{ "a": "\\x" }', ['1:8: "\\x" holds an unknown escape; write \\\\ for a backslash']],
    [
      'two mistakes on two lines',
      '{ a: 1,\n b: 2 }',
      ['1:3: the key "a" needs double quotes; write "a": …', '2:2: the key "b" needs double quotes; write "b": …'],
    ],
  ] as const) {
    test(what, () => assert.deepEqual(faultsOf(text, 'PLAN_SYNTAX'), faults));
  }
});

void describe('hostile plans', () => {
  test('10,000 brackets do not overflow the stack', () => {
    for (const text of ['['.repeat(10_000), '{"a":'.repeat(10_000), `${'['.repeat(500_000)}${']'.repeat(500_000)}`]) {
      assert.match(
        faultsOf(text, 'PLAN_SYNTAX')[0] ?? '',
        /nested more than 100 deep; write a large body as one text$/,
      );
      assert.deepEqual(scenarioLines(text), []);
      assert.equal(planProblems(text).length, 1);
    }
    assert.equal(
      readPlan(loadWith(`"requests": [{ "path": "/", "body": ${'['.repeat(90)}${']'.repeat(90)} }]`), 'f').scenarios[
        'a'
      ]?.load.requests.length,
      1,
    );
  });

  test('a body with __proto__ pollutes nothing', () => {
    faultsOf(loadWith('"requests": [{ "path": "/", "body": { "__proto__": { "polluted": true } } }]'));
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  test('escape sequences, text direction and NUL are written out, never passed on', () => {
    const texts = [
      '{ "scenarios": { "\\u001b[31mred\\u202e": {} } }',
      '{ "\u202egnihtyreve": 1 }',
      '{ "a\u0000b": 1 }',
      '\u0000',
      '\u001b]0;title\u0007',
      scenarioWith('"slo": ["p99\\u001b[2J < 1s"]'),
      scenarioWith('"\\u200fx\\ud800": 1'),
      scenarioWith('"targets": { "api": { "runtime": "\\u009b31m", "command": "\\u0000" } }'),
    ];
    for (const text of texts) {
      const problems = planProblems(text);
      assert.ok(problems.length > 0);
      for (const { message } of problems) assert.doesNotMatch(message, /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    }
    assert.match(
      faultsOf(texts[0] ?? '')[0] ?? '',
      /^1:18: "\\u\{1b\}\[31mred\\u\{202e\}" can't be the name of a scenario;/,
    );
    const message = messageOf('PLAN_SYNTAX', () => readPlan('', '/x/\u001b[31m\nslowpath.jsonc'));
    assert.ok(message.startsWith('\\u{1b}[31m\\u{a}slowpath.jsonc:1:1: '), message);
  });

  test('more than 1 MiB is refused without being read', () => {
    const text = `{ "scenarios": { "a": { ${load} } } }${' '.repeat(1024 * 1024)}`;
    assert.match(
      messageOf('PLAN_TOO_LARGE', () => readPlan(text, 'slowpath.jsonc')),
      /^slowpath\.jsonc:1:1: the plan is larger than 1 MiB; write/,
    );
    assert.equal(planProblems(text).length, 1);
    assert.deepEqual(scenarioLines(text), []);
  });

  test('1 MiB of anything is answered within 2 s', () => {
    const fill = (piece: string): string => piece.repeat(Math.floor((1024 * 1024 - 200) / piece.length));
    const texts = [
      fill('x '),
      fill('"a":'),
      fill('[1,'),
      fill('\n'),
      fill('/*'),
      fill('"'),
      fill('\\'),
      fill(','),
      `{${fill('"a":1,')}}`,
      scenarioWith(`"slo": [${fill('"p",\n')}]`),
      loadWith(`"requests": [${fill('{"path":"x"},\n')}]`),
    ];
    const many = (count: number, item: (index: number) => string): string =>
      Array.from({ length: count }, (_, index) => item(index)).join(',\n');
    texts.push(`{ "scenarios": {${many(60_000, (index) => `"s${index}": {}`)}} }`);
    texts.push(`{ "scenarios": {${many(9_000, (index) => `"s${index}": {}`)}} }`);
    texts.push(scenarioWith(many(19_000, (index) => `"k${index}": 1`)));
    texts.push(scenarioWith(`"slo": [${many(19_000, () => '"p"')}]`));
    texts.push(scenarioWith(`"targets": {${many(6_000, (index) => `"t${index}": { "comand": "x" }`)}}`));
    texts.push(loadWith(`"requests": [${many(9_000, () => '{ "path": "/" }')}]`));
    // Processor time: what others do on this machine meanwhile is no fault of the reader's.
    assert.equal(
      faultsOf(`{ "scenarios": {${many(60_000, (index) => `"s${index}": {}`)}} }`, 'PLAN_SYNTAX').join(),
      '10000:10: there are more than 20000 values; write a large body as one text',
    );
    for (const text of texts) {
      const before = process.cpuUsage();
      planProblems(text);
      scenarioLines(text);
      const { user, system } = process.cpuUsage(before);
      const took = (user + system) / 1000;
      assert.ok(took < 2000, `${JSON.stringify(text.slice(0, 80))}… took ${Math.round(took)} ms`);
    }
  });
});

void describe('lines of scenarios', () => {
  test('also while the plan is being written', () => {
    assert.deepEqual(scenarioLines('{\n"scenarios": {\n "a": { "load": {} },\n\n "b b": {'), [
      { name: 'a', line: 3 },
      { name: 'b b', line: 5 },
    ]);
    assert.deepEqual(scenarioLines('{ "scenarios": [1] }'), []);
    assert.deepEqual(scenarioLines(''), []);
  });
});
