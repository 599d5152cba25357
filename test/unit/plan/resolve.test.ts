import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { holdPorts } from '../../../src/plan/ports.ts';
import { readPlan } from '../../../src/plan/read.ts';
import { resolveScenario, type ResolveOptions } from '../../../src/plan/resolve.ts';
import type { LaunchTarget, Scenario } from '../../../src/plan/scenario.ts';
import { httpLoad, requestTemplate } from '../../fixtures/load.ts';
import { load, loadWith, rejectionOf, scenarioWith } from './expect.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/plans');
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slowpath-plan-'));
  await mkdir(join(folder, 'packages/api'), { recursive: true });
});
after(() => rm(folder, { recursive: true }));

const addresses: Record<string, string[]> = {
  'home.test': ['127.0.0.2', '::1'],
  'mixed.test': ['127.0.0.1', '192.0.2.1'],
  'away.test': ['192.0.2.1'],
};

function resolved(text: string, options: Partial<ResolveOptions> = {}): Promise<Scenario> {
  const lookup = (host: string): Promise<string[]> => {
    const found = addresses[host];
    return found ? Promise.resolve(found) : Promise.reject(new Error('ENOTFOUND'));
  };
  return resolveScenario(readPlan(text, '/elsewhere/slowpath.jsonc'), {
    file: '/elsewhere/slowpath.jsonc',
    workspaceFolder: folder,
    env: {},
    lookup,
    ...options,
  });
}

async function launched(members: string, options: Partial<ResolveOptions> = {}): Promise<LaunchTarget> {
  const { targets } = await resolved(scenarioWith(`"targets": { "api": { "command": "x",\n${members} } }`), options);
  const [target] = targets;
  assert.ok(target?.kind === 'launch');
  return target;
}

const withUrl = (url: string, members = ''): string =>
  `{ "scenarios": { "a": { "load": {\n"url": ${JSON.stringify(url)}, ${members} "arrivals": { "model": "poisson", "rate": 5 } } } } }`;

void describe('a whole scenario', () => {
  test("the documentation's, with every unit and default", async () => {
    const scenario = await resolved(await readFile(join(fixtures, 'issue.jsonc'), 'utf8'));
    const [target] = scenario.targets;
    assert.ok(target?.kind === 'launch');
    const port = Number(target.env['PORT']);
    assert.ok(port > 0);
    assert.deepEqual(scenario, {
      name: 'orders',
      workspaceFolder: folder,
      targets: [
        {
          kind: 'launch',
          name: 'api',
          runtime: 'node',
          runtimeExecutable: 'node',
          runtimeArgs: [],
          command: 'server.js',
          args: [],
          cwd: folder,
          env: { PORT: String(port) },
          build: [],
          pprof: null,
          ready: { kind: 'http', url: `http://127.0.0.1:${port}/health`, timeoutUs: 10e6 },
        },
      ],
      load: httpLoad(`http://127.0.0.1:${port}`, {
        requests: [
          requestTemplate({
            name: 'create',
            method: 'POST',
            path: '/orders',
            headers: { 'content-type': 'application/json' },
            body: '{"sku":"a1"}',
            weight: 3,
          }),
        ],
        arrivals: { model: 'poisson', ratePerSecond: 500, seed: 1 },
        connections: 16,
        traceparent: true,
        warmupUs: 3e6,
        durationUs: 15e6,
      }),
      collect: { cpuIntervalUs: 1000, with: 'auto', callGraph: 'auto' },
      slo: [
        {
          source: 'p99 < 2ms',
          metric: { kind: 'quantile', quantile: 0.99 },
          comparison: '<',
          bound: { kind: 'value', value: 2000 },
        },
        {
          source: 'p99.9 < 2 * p50',
          metric: { kind: 'quantile', quantile: 0.999 },
          comparison: '<',
          bound: { kind: 'multiple', factor: 2, metric: { kind: 'quantile', quantile: 0.5 } },
        },
        {
          source: 'errors < 0.1%',
          metric: { kind: 'errors' },
          comparison: '<',
          bound: { kind: 'value', value: 0.001 },
        },
      ],
    });
  });

  test('every key in its other form', async () => {
    const text = await readFile(join(fixtures, 'full.jsonc'), 'utf8');
    const {
      targets,
      load: { url, requests, arrivals, timeoutUs, warmupUs, durationUs },
      collect,
    } = await resolved(text, { name: 'launched', env: { SLOWPATH_TEST_HOME: '/home' } });
    const [api, db, native] = targets;
    assert.ok(api?.kind === 'launch' && db?.kind === 'launch' && native?.kind === 'launch');
    assert.deepEqual(
      [native.runtime, native.runtimeExecutable, native.command],
      ['native', null, 'target/profiling/orders'],
    );
    assert.deepEqual(native.build, [{ command: 'cargo', args: ['build', '--profile', 'profiling'], cwd: folder }]);
    assert.deepEqual([collect.with, collect.callGraph], ['perf', 'dwarf']);
    const apiPort = api.args[1];
    const dbPort = db.args[0];
    assert.notEqual(apiPort, dbPort);
    assert.deepEqual(api.env, { DB: `127.0.0.1:${String(dbPort)}`, HOME_OF: '/home' });
    assert.deepEqual([api.cwd, api.ready], [folder, { kind: 'log', text: 'listening', timeoutUs: 90e6 }]);
    assert.deepEqual(db.ready, { kind: 'port', port: Number(dbPort), timeoutUs: 10e6 });
    assert.equal(url, `http://localhost:${String(apiPort)}`);
    assert.deepEqual(requests, [
      requestTemplate({
        name: 'GET /orders?limit=10',
        path: '/v1/orders?limit=10',
        headers: { accept: 'application/json' },
      }),
      requestTemplate({ name: 'text', method: 'PUT', path: '/v1/note', body: 'as it stands: ${x}', weight: 0.5 }),
    ]);
    assert.deepEqual(arrivals, { model: 'constant', ratePerSecond: 500 });
    assert.deepEqual([timeoutUs, warmupUs, durationUs, collect.cpuIntervalUs], [500e3, 0, 60e6, null]);

    const attached = await resolved(text, { name: 'attached' });
    assert.deepEqual(attached.targets, [
      { kind: 'attach', name: 'a', runtime: 'node', pprof: null, via: { pid: 4711 } },
      { kind: 'attach', name: 'b', runtime: 'node', pprof: null, via: { inspector: 'ws://127.0.0.1:9229/2c1f' } },
    ]);
    assert.deepEqual([attached.load.arrivals, attached.load.connections], [{ model: 'closed', concurrency: 40 }, 40]);
    assert.equal((await resolved(text, { name: 'listening' })).load.url, 'http://[::1]:3000');
  });

  test('an address of pprof may be another machine’s only if that is allowed', async () => {
    const own = await launched('"runtime": "go", "pprof": "http://localhost:6060/debug/pprof/?x=1"');
    assert.equal(own.pprof, 'http://localhost:6060/debug/pprof');
    await assert.rejects(launched('"runtime": "go", "pprof": "http://10.0.0.1:6060/debug/pprof"'), {
      code: 'PLAN_REMOTE_REFUSED',
      message: /"10\.0\.0\.1" is another machine/,
    });
  });

  test('bodies: JSON gets its content type, text stays as it is', async () => {
    const bodies = ['{ "port": "${port:x}", "n": [1, true, null] }', '[1]', '0', 'false', '"a=1"', 'null'];
    const requests = bodies.map((body, index) => `{ "name": "r${index}", "path": "/", "body": ${body} }`);
    requests.push(
      '{ "name": "own", "path": "/", "headers": { "Content-Type": "application/merge-patch+json" }, "body": {} }',
    );
    const {
      load: { requests: found },
    } = await resolved(loadWith(`"requests": [${requests.join()}]`));
    assert.match(found[0]?.body ?? '', /^\{"port":"\d+","n":\[1,true,null\]\}$/);
    assert.deepEqual(
      found.slice(1).map(({ body }) => body),
      ['[1]', '0', 'false', 'a=1', null, '{}'],
    );
    const json = { 'content-type': 'application/json' };
    assert.deepEqual(
      found.map(({ headers }) => headers),
      [json, json, json, json, {}, {}, { 'Content-Type': 'application/merge-patch+json' }],
    );
  });

  test('rate and duration from outside take the place of the plan', async () => {
    const {
      load: { arrivals, durationUs },
    } = await resolved(scenarioWith('"slo": []'), { ratePerSecond: 7, durationUs: 2e6 });
    assert.deepEqual([arrivals, durationUs], [{ model: 'poisson', ratePerSecond: 7, seed: 1 }, 2e6]);
    const closed =
      '{ "scenarios": { "a": { "load": { "url": "http://127.0.0.1", "arrivals": { "model": "closed", "concurrency": 2 } } } } }';
    await rejectionOf('USAGE', () => resolved(closed, { ratePerSecond: 7 }));
    await rejectionOf('USAGE', () => resolved(scenarioWith('"slo": []'), { ratePerSecond: NaN }));
    await rejectionOf('USAGE', () => resolved(scenarioWith('"slo": []'), { durationUs: 0 }));
  });
});

void describe('which scenario', () => {
  const two = `{ "scenarios": { "orders": { ${load} }, "reads": { ${load} } } }`;
  for (const [options, message] of [
    [{}, 'slowpath.jsonc has 2 scenarios; name one of "orders", "reads".'],
    [{ name: 'order' }, 'slowpath.jsonc has no scenario "order"; name "orders".'],
    [{ name: 'x\u001b[31m' }, 'slowpath.jsonc has no scenario "x\\u{1b}[31m"; name one of "orders", "reads".'],
    [{ name: 'constructor' }, 'slowpath.jsonc has no scenario "constructor"; name one of "orders", "reads".'],
    [{ name: '' }, 'slowpath.jsonc has no scenario ""; name one of "orders", "reads".'],
  ] as const) {
    test(message, async () =>
      assert.equal(await rejectionOf('PLAN_UNKNOWN_SCENARIO', () => resolved(two, options)), message),
    );
  }
  test('a lone scenario needs no name', async () =>
    assert.equal((await resolved(`{ "scenarios": { "only": { ${load} } } }`)).name, 'only'));
});

void describe('ports', () => {
  test('one for each name, all different, free afterwards', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `p${index}`);
    const target = await launched(`"args": [${names.map((name) => `"\${port:${name}}", "\${port:${name}}"`).join()}]`);
    const ports = new Set(target.args);
    assert.equal(ports.size, names.length);
    for (let index = 0; index < target.args.length; index += 2)
      assert.equal(target.args[index], target.args[index + 1]);
    for (const port of ports) {
      const server = createServer();
      await new Promise<void>((done, fail) => server.once('error', fail).listen(Number(port), '127.0.0.1', done));
      await new Promise((done) => server.close(done));
    }
  });

  test('held until released: nobody else gets one meanwhile', async () => {
    const held = await holdPorts(['a', 'b']);
    for (const port of held.ports.values()) {
      const server = createServer();
      const error = await new Promise((done) => server.once('error', done).listen(port, '127.0.0.1', () => done(null)));
      assert.equal((error as NodeJS.ErrnoException | null)?.code, 'EADDRINUSE');
    }
    await held.release();
  });

  test('released also when resolving fails', async () => {
    const message = await rejectionOf('PLAN_INVALID', () => launched('"cwd": "/not-there-${port:a}"'));
    const server = createServer();
    const port = Number(/not-there-(\d+)/.exec(message)?.[1]);
    await new Promise<void>((done, fail) => server.once('error', fail).listen(port, '127.0.0.1', done));
    await new Promise((done) => server.close(done));
  });
});

void describe('placeholders', () => {
  for (const [what, members, message] of [
    [
      'a variable that is not set',
      '"args": ["--x", "a ${env:NOT_SET}"]',
      '3:20: the environment variable "NOT_SET" is not set; set it, or write its value here',
    ],
    [
      'a variable misspelt',
      '"env": { "A": "${env:TOKN}" }',
      '3:16: the environment variable "TOKN" is not set; set it, or write "${env:TOKEN}"',
    ],
    ['a variable without name', '"env": { "A": "${env:}" }', '3:16: "${env:}" needs a name; write "${env:HOME}"'],
    [
      'a port without name',
      '"env": { "A": "${port}" }',
      '3:16: "${port}" needs a name; write "${port:api}" (letters, digits, dashes and underscores)',
    ],
    [
      'a port with a path',
      '"env": { "A": "${port:../x}" }',
      '3:16: "${port:../x}" needs a name; write "${port:api}" (letters, digits, dashes and underscores)',
    ],
    [
      'an unknown one',
      '"env": { "A": "${file}" }',
      '3:16: "${file}" is unknown; write ${port:name}, ${env:NAME} or ${workspaceFolder}, or $${ for the two characters themselves',
    ],
    [
      'one misspelt',
      '"env": { "A": "${workspacefolder}" }',
      '3:16: "${workspacefolder}" is unknown; write ${workspaceFolder}, or $${ for the two characters themselves',
    ],
    [
      'an open one',
      '"env": { "A": "x${env:HOME" }',
      '3:17: "${env:HOME" has no closing brace; write ${…}, or $${ for the two characters themselves',
    ],
    [
      'a name from a prototype',
      '"env": { "A": "${env:constructor}" }',
      '3:16: the environment variable "constructor" is not set; set it, or write its value here',
    ],
    [
      'an escape sequence',
      '"env": { "A": "${\\u001b[31m}" }',
      '3:15: "${\\u{1b}[31m}" is unknown; write ${port:name}, ${env:NAME} or ${workspaceFolder}, or $${ for the two characters themselves',
    ],
  ] as const) {
    test(what, async () => {
      assert.equal(
        await rejectionOf('PLAN_INVALID', () => launched(members, { env: { TOKEN: 'secret' } })),
        `slowpath.jsonc:${message}`,
      );
    });
  }

  test('$${ stands for ${', async () => {
    assert.deepEqual(
      (await launched('"args": ["$${env:X}", "$$", "$${", "${env:X}"]', { env: { X: '${env:Y}' } })).args,
      ['${env:X}', '$$', '${', '${env:Y}'],
    );
  });

  test('a unit that comes from the environment is checked at its place', async () => {
    const text = loadWith('"duration": "${env:D}"');
    assert.equal((await resolved(text, { env: { D: '20s' } })).load.durationUs, 20e6);
    assert.match(
      await rejectionOf('PLAN_INVALID', () => resolved(text)),
      /^slowpath\.jsonc:2:14: the environment variable "D" is not set; set it/,
    );
    assert.equal(
      await rejectionOf('PLAN_INVALID', () => resolved(text, { env: { D: '20 sec' } })),
      'slowpath.jsonc:2:13: "20 sec" is not a duration; write "20s"',
    );
    assert.match(
      await rejectionOf('PLAN_INVALID', () => resolved(scenarioWith('"slo": ["p99 < ${env:D}"]'), { env: { D: 'x' } })),
      /^slowpath\.jsonc:2:16: "x" is not a metric; write/,
    );
    assert.match(
      await rejectionOf('PLAN_INVALID', () =>
        resolved(scenarioWith('"targets": { "a": { "pid": "${env:D}" } }'), { env: { D: 'x' } }),
      ),
      /^slowpath\.jsonc:2:28: "x" is not a whole number; write/,
    );
    assert.match(
      await rejectionOf('PLAN_INVALID', () =>
        resolved(loadWith('"requests": [{ "path": "/${env:D}" }]'), { env: { D: 'a b' } }),
      ),
      /^slowpath\.jsonc:2:24: the path holds " "/,
    );
    assert.match(
      await rejectionOf('PLAN_INVALID', () =>
        resolved(loadWith('"requests": [{ "path": "/", "headers": { "x": "${env:D}" } }]'), {
          env: { D: 'a\r\nb: c' },
        }),
      ),
      /^slowpath\.jsonc:2:47: the value of "x" holds/,
    );
  });

  test('a plan from another process names the path instead of the position', async () => {
    const plan = structuredClone(readPlan(loadWith('"duration": "${env:D}"'), 'slowpath.jsonc'));
    const message = await rejectionOf('PLAN_INVALID', () =>
      resolveScenario(plan, { file: '/elsewhere/slowpath.jsonc', workspaceFolder: folder, env: {} }),
    );
    assert.match(message, /^slowpath\.jsonc: scenarios\.a\.load\.duration: the environment variable "D" is not set;/);
  });
});

void describe('folders', () => {
  test('relative ones inside the workspace, absolute ones anywhere', async () => {
    assert.equal((await launched('"cwd": "packages/api"')).cwd, join(folder, 'packages/api'));
    assert.equal((await launched('"cwd": "packages/../packages/api/."')).cwd, join(folder, 'packages/api'));
    assert.equal((await launched('"cwd": "${workspaceFolder}/packages"')).cwd, join(folder, 'packages'));
    assert.equal((await launched(`"cwd": ${JSON.stringify(tmpdir())}`)).cwd, tmpdir());
    assert.equal((await launched('"cwd": "${env:T}"', { env: { T: tmpdir() } })).cwd, tmpdir());
  });
  for (const cwd of ['..', '../x', 'packages/../../x', '${workspaceFolder}/..', '${workspaceFolder}/../../etc']) {
    test(`${cwd} leads out`, async () => {
      assert.match(
        await rejectionOf('PLAN_INVALID', () => launched(`"cwd": "${cwd}"`)),
        /^slowpath\.jsonc:3:8: the folder ".+" lies outside the workspace; write/,
      );
    });
  }
  test('one that is not there', async () => {
    assert.match(
      await rejectionOf('PLAN_INVALID', () => launched('"cwd": "nope"')),
      /^slowpath\.jsonc:3:8: there is no folder ".+nope"; write/,
    );
  });
  test('a Node binary: a name stays a name, a path becomes absolute', async () => {
    assert.equal((await launched('"runtime": "python"')).runtimeExecutable, 'python3');
    assert.equal((await launched('"runtimeExecutable": "node22"')).runtimeExecutable, 'node22');
    assert.equal(
      (await launched('"cwd": "packages", "runtimeExecutable": "./bin/node"')).runtimeExecutable,
      join(folder, 'packages/bin/node'),
    );
  });
});

test('a gRPC health check as readiness, of the server or of one service', async () => {
  const plan = (address: string): string =>
    `{ "scenarios": { "a": { "targets": { "api": { "command": "x", "ready": { "grpc": "${address}" } } }, "load": { "url": "http://127.0.0.1:3000", "arrivals": { "model": "constant", "rate": 1 } } } } }`;
  const ready = async (address: string): Promise<unknown> => {
    const [api] = (await resolved(plan(address))).targets;
    return api?.kind === 'launch' ? api.ready : null;
  };
  const expected = (url: string) => ({ kind: 'grpc', url, timeoutUs: 10e6 });
  assert.deepEqual(await ready('grpc://127.0.0.1:5000'), expected('grpc://127.0.0.1:5000'));
  assert.deepEqual(await ready('grpcs://localhost:5000/shop.Orders'), expected('grpcs://localhost:5000/shop.Orders'));
  await assert.rejects(ready('http://127.0.0.1:5000'), { code: 'PLAN_INVALID', message: /write "grpc:/ });
  await assert.rejects(ready('grpc://10.0.0.1:5000'), { code: 'PLAN_REMOTE_REFUSED' });
});

void describe('readiness that the plan leaves open', () => {
  const plan = (targets: string, url: string): string =>
    `{ "scenarios": { "a": { "targets": { ${targets} }, "load": { "url": "${url}", "arrivals": { "model": "constant", "rate": 1 } } } } }`;
  const ready = async (targets: string, url: string): Promise<unknown[]> => {
    const scenario = await resolved(plan(targets, url));
    const port = new URL(scenario.load.url).port;
    return scenario.targets.map((target) => {
      if (target.kind !== 'launch' || !target.ready) return null;
      return target.ready.kind === 'port' && target.ready.port === Number(port) ? 'load port' : target.ready.kind;
    });
  };
  const own = '{ "command": "x", "env": { "PORT": "${port:api}", "DB": "${port:db}" } }';
  test('the port of the load that the target names', async () =>
    assert.deepEqual(await ready(`"api": ${own}`, 'http://127.0.0.1:${port:api}'), ['load port']));
  test('else the only port it names', async () =>
    assert.deepEqual(
      await ready(`"api": ${own}, "db": { "command": "x", "args": ["\${port:db}"] }`, 'http://127.0.0.1:${port:api}'),
      ['load port', 'port'],
    ));
  test('for a lone target the port of the load', async () =>
    assert.deepEqual(await ready('"api": { "command": "x" }', 'http://127.0.0.1:3000'), ['load port']));
  test('else at once', async () =>
    assert.deepEqual(await ready('"a": { "command": "x" }, "b": { "command": "y" }', 'http://127.0.0.1:3000'), [
      null,
      null,
    ]));
});

void describe('where load may go', () => {
  for (const [url, origin] of [
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['http://127.9.8.7:3000/', 'http://127.9.8.7:3000'],
    ['http://2130706433:3000', 'http://127.0.0.1:3000'],
    ['http://0x7f.1:3000', 'http://127.0.0.1:3000'],
    ['http://0177.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['http://[::1]:3000', 'http://[::1]:3000'],
    ['http://[0:0:0:0:0:0:0:1]:3000', 'http://[::1]:3000'],
    ['http://[::ffff:127.0.0.1]:3000', 'http://[::ffff:7f00:1]:3000'],
    ['http://0.0.0.0:3000', 'http://127.0.0.1:3000'],
    ['http://0:3000', 'http://127.0.0.1:3000'],
    ['http://[::]:3000', 'http://[::1]:3000'],
    ['http://LOCALHOST:3000', 'http://localhost:3000'],
    ['http://api.localhost:3000', 'http://api.localhost:3000'],
    ['http://home.test:3000', 'http://home.test:3000'],
    ['http://127.0.0.1:80', 'http://127.0.0.1'],
  ] as const) {
    test(`${url} is this machine`, async () => assert.equal((await resolved(withUrl(url))).load.url, origin));
  }

  for (const url of [
    'http://192.0.2.1',
    'http://3221225985',
    'http://0xc0.0.2.1',
    'http://[2001:db8::1]',
    'http://[::ffff:192.0.2.1]',
    'http://[::7f00:1]',
    'http://126.255.255.255',
    'http://128.0.0.1',
    'http://away.test',
    'http://mixed.test',
  ]) {
    test(`${url} is another machine`, async () => {
      const message = await rejectionOf('PLAN_REMOTE_REFUSED', () => resolved(withUrl(url)));
      assert.match(
        message,
        /^slowpath\.jsonc:2:8: ".+" is another machine; write 127\.0\.0\.1, or "allowRemote": true/,
      );
      await rejectionOf('PLAN_REMOTE_REFUSED', () => resolved(withUrl(url), { confirmRemote: true }));
      const allowed = withUrl(url, '"allowRemote": true,');
      assert.match(
        await rejectionOf('PLAN_REMOTE_REFUSED', () => resolved(allowed)),
        /you have not confirmed; confirm it/,
      );
      assert.equal((await resolved(allowed, { confirmRemote: true })).load.allowRemote, true);
    });
  }

  test('readiness and inspectors lie under the same rule', async () => {
    assert.match(
      await rejectionOf('PLAN_REMOTE_REFUSED', () => launched('"ready": { "http": "http://192.0.2.1/health" }')),
      /^slowpath\.jsonc:3:20: /,
    );
    const inspector = (url: string): string => scenarioWith(`"targets": { "a": { "inspector": "${url}" } }`);
    assert.match(
      await rejectionOf('PLAN_REMOTE_REFUSED', () => resolved(inspector('ws://192.0.2.1:9229/x'))),
      /^slowpath\.jsonc:2:34: /,
    );
    assert.match(
      await rejectionOf('PLAN_INVALID', () => resolved(inspector('127.0.0.1:9229'))),
      /write "ws:\/\/127\.0\.0\.1:9229"/,
    );
  });

  for (const [url, message] of [
    ['127.0.0.1:3000', '"127.0.0.1:3000" is not an address; write "http://127.0.0.1:3000"'],
    ['localhost:3000', '"localhost:3000" is not an address; write "http://localhost:3000"'],
    ['ftp://127.0.0.1:3000', '"ftp" is not spoken here; write "http://127.0.0.1:3000"'],
    ['file:///etc/passwd', '"file" is not spoken here; write'],
    ['/orders', '"/orders" is not an address; write "http://127.0.0.1:3000"'],
    ['http://127.0.0.1:99999', '"http://127.0.0.1:99999" is not an address; write'],
    ['http://127.0.0.1:0', "port 0 can't be reached; write"],
    ['http://a:b@127.0.0.1', 'an address can\'t carry a name and password here; write an "authorization" header'],
    ['http://127.0.0.1?x=1', 'the address carries a query or a fragment; write it in the "path" of each request'],
    ['http://nowhere.invalid', 'the host "nowhere.invalid" is not known; write 127.0.0.1, or a name that resolves'],
    ['http://127.0.0.256', '"http://127.0.0.256" is not an address; write'],
  ] as const) {
    test(`${url} can't be used`, async () => {
      const found = await rejectionOf('PLAN_INVALID', () => resolved(withUrl(url)));
      assert.ok(found.startsWith(`slowpath.jsonc:2:8: ${message}`), found);
    });
  }
});
