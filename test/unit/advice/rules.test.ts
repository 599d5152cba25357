import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { advise } from '../../../src/advice/advise.ts';
import type { Finding } from '../../../src/advice/finding.ts';
import { rules } from '../../../src/advice/rules.ts';
import type { Runtime } from '../../../src/plan/scenario.ts';
import type { SloResult } from '../../../src/run/model.ts';
import { evidenceOf, server, validVerdict, type Job, type Story } from './builder.ts';

/** Rule, severity and line of each finding, in order. */
function told(story: Story): string[] {
  return advise(evidenceOf(story)).map(
    ({ rule, severity, line }) => `${rule} ${severity}${line === null ? '' : ` :${line}`}`,
  );
}

function first(story: Story): Finding {
  const [finding] = advise(evidenceOf(story));
  assert.ok(finding, 'a finding');
  return finding;
}

const node = 'node:_http_server:1033:1';
const job = (stack: readonly string[], rest: Partial<Job> = {}): Job => ({
  everyUs: 300_000,
  us: 25_000,
  stack: [`parserOnIncoming@${node}`, ...stack],
  ...rest,
});
/** A server.js of which only some lines matter. */
const source = (lines: Readonly<Record<number, string>>): Story['sources'] => ({
  [server]: Array.from({ length: 30 }, (_, index) => lines[index + 1] ?? '').join('\n'),
});

describe('a clean service', () => {
  test('gets no finding', () => assert.deepEqual(told({}), []));
  test('gets none for short jobs now and then', () =>
    assert.deepEqual(told({ jobs: [job([`tidy@${server}:5:14`], { us: 900, lines: [6] })] }), []));
  test('gets none for work that every request does', () =>
    assert.deepEqual(told({ handler: { us: 2500, stack: [`handle@${server}:5:14`], lines: [6] } }), []));
  test('gets none for a timer that some answers wait for', () =>
    assert.deepEqual(told({ outside: (request) => (request % 80 === 0 ? 20_000 : 0) }), []));
});

test('a program of another language is told nothing of Node', () => {
  const evidence = evidenceOf({ jobs: [job([`tidy@${server}:5:14`], { lines: [6] })] });
  const { scenario } = evidence.run.manifest;
  const inRuntime = (runtime: Runtime): string[] => {
    const targets = scenario.targets.map((target) => ({ ...target, runtime }));
    const manifest = { ...evidence.run.manifest, scenario: { ...scenario, targets } };
    return advise({ ...evidence, run: { ...evidence.run, manifest } }).map(({ rule }) => rule);
  };
  assert.deepEqual([inRuntime('node'), inRuntime('native'), inRuntime('python')], [['NODE02'], [], []]);
});

describe('NODE01', () => {
  const stack = [`login@${server}:5:15`, 'pbkdf2Sync@node:internal/crypto/pbkdf2:67:1', 'run'];
  const sources = source({
    5: 'function login(response) {',
    7: '  // pbkdf2Sync(comment)',
    8: '  const key = pbkdf2Sync(password, salt, 1e5, 32, "sha256");',
    9: '}',
  });

  test('names the call, its line in the caller, and the figures', () => {
    const finding = first({ jobs: [job(stack)], sources });
    assert.equal(
      `${finding.rule} ${finding.severity} ${finding.file ?? ''}:${finding.line ?? 0}`,
      `NODE01 warning ${server}:8`,
    );
    assert.equal(finding.evidence['call'], 'pbkdf2Sync');
    assert.ok(Math.abs(Number(finding.evidence['longestBlockUs']) - 25_000) < 100);
    assert.equal(finding.evidence['longBlocks'], 33);
    assert.ok(Number(finding.evidence['tailShare']) > 0.9);
    assert.equal(finding.evidence['typicalShare'], 0);
    assert.ok(finding.score > 0.9 && finding.score <= 1);
    assert.match(finding.suggestion, /asynchronous pbkdf2/);
  });

  test('without the source points to where the function starts', () =>
    assert.deepEqual(told({ jobs: [job(stack)] }), ['NODE01 warning :5']));

  test('tells the cause once, though the function also works itself', () => {
    const own = job([`login@${server}:5:15`], { us: 8000, lines: [8], everyUs: 290_000 });
    const findings = advise(
      evidenceOf({ jobs: [job(stack), own], sources: source({ 5: 'function login() {', 8: '  work();', 9: '}' }) }),
    );
    assert.deepEqual(
      findings.map(({ rule }) => rule),
      ['NODE01'],
    );
  });

  test('finds require, zlib and library calls', () => {
    const loads = [`load@${server}:5:14`, 'require@node:internal/modules/helpers:130:1', 'readFileSync@node:fs:400:1'];
    assert.match(first({ jobs: [job(loads)] }).title, /^require in load/);
    const zips = [`pack@${server}:5:14`, 'syncBufferWrapper@node:zlib:810:1', 'zlibBufferSync@node:zlib:168:1'];
    const zipped = first({
      jobs: [job(zips)],
      sources: source({ 5: 'function pack(a) {', 6: '  log(a);', 7: '  return gzipSync(a);', 8: '}' }),
    });
    assert.deepEqual([zipped.line, zipped.evidence['call']], [7, 'gzipSync']);
    const hashes = [`login@${server}:5:15`, 'hashSync@/srv/app/node_modules/bcrypt/bcrypt.js:9:1'];
    assert.match(first({ jobs: [job(hashes)] }).title, /^hashSync in login/);
  });

  test('is a hint where it cost nothing to speak of', () => {
    const handler = { us: 300, stack: [`handle@${server}:5:16`], lines: [6] };
    const text = source({
      5: 'function handle(a) {',
      6: '  a();',
      7: '  if (existsSync(a)) return;',
      8: '}',
      12: 'readFileSync(b);',
    });
    assert.deepEqual(told({ handler, sources: text }), ['NODE01 hint :7']);
  });
});

describe('NODE02', () => {
  const sources = source({
    5: 'function report() {',
    6: '  for (;;) {',
    7: '    sum += weigh(order);',
    8: '  }',
    9: '}',
  });

  test('names the function and its hottest line, and the victims', () => {
    const finding = first({ jobs: [job([`report@${server}:5:16`], { lines: [7, 7, 6] })], sources });
    assert.equal(`${finding.rule} ${finding.severity} :${finding.line ?? 0}`, 'NODE02 warning :7');
    assert.match(finding.title, /^report blocks the event loop for up to 25 ms/);
    assert.ok(Number(finding.evidence['victimsWaitedUs']) > 0);
  });

  test('leaves out lines of functions inlined from elsewhere', () =>
    assert.deepEqual(told({ jobs: [job([`report@${server}:5:16`], { lines: [21, 21, 7] })], sources }), [
      'NODE02 warning :7',
    ]));

  test('blames the loop, not what is called in it, unless the loop lets others have their turn', () => {
    const text = (loop: string): Story['sources'] =>
      source({
        5: 'function report() {',
        6: loop,
        9: '}',
        15: 'function priceOf(order) {',
        16: '  for (const rule of rules) cents -= rule.cents;',
        17: '}',
      });
    const jobs = [job([`report@${server}:5:16`, `priceOf@${server}:15:17`], { lines: [16] })];
    for (const loop of [
      '  for (const order of orders) { if (order) sum += priceOf(order); }',
      '  while (next()) sum += priceOf(order);',
      '  orders.forEach((order) => { sum += priceOf(order); });',
    ])
      assert.deepEqual(told({ jobs, sources: text(loop) }), ['NODE02 warning :6'], loop);
    for (const once of ['  priceOf(order);', '  for (const order of orders) { await turn(); priceOf(order); }'])
      assert.deepEqual(told({ jobs, sources: text(once) }), ['NODE02 warning :16'], once);
    const inlined = [job([`report@${server}:5:16`], { lines: [16] })];
    assert.deepEqual(told({ jobs: inlined, sources: text('  for (;;) priceOf(order);') }), ['NODE02 warning :6']);
  });

  test('follows lines of functions that were inlined, and calls in them', () => {
    const text = source({
      5: 'function report() {',
      7: '  for (const order of orders) sum += order;',
      9: '}',
      12: 'const hash = (text) => {',
      13: '  return pbkdf2Sync(text);',
      14: '};',
      20: 'function handle(request) {',
      21: '  if (request) report(); else hash(request);',
      22: '}',
    });
    const outer = `handle@${server}:20:16`;
    const blocked = first({ jobs: [job([outer], { lines: [7, 7, 21] })], sources: text });
    assert.deepEqual([blocked.rule, blocked.line, blocked.evidence['function']], ['NODE02', 7, 'report']);
    const hashed = first({ jobs: [job([outer, 'pbkdf2Sync@node:internal/crypto/pbkdf2:67:1'])], sources: text });
    assert.deepEqual([hashed.rule, hashed.line, hashed.evidence['function']], ['NODE01', 13, 'hash']);
  });

  test('goes down to the callee that has the time, and stays above several that share it', () => {
    const outer = `report@${server}:5:16`;
    const callee = { jobs: [job([outer, `weigh@${server}:15:15`], { lines: [16] })] };
    assert.deepEqual(told(callee), ['NODE02 warning :16']);
    const small = source({
      5: 'function report() {',
      6: '  for (const order of orders) sum += weigh(order);',
      9: '}',
      15: 'function weigh(order) {',
      16: '  return Math.sqrt(order.cents) % 97;',
      17: '}',
    });
    assert.deepEqual(told({ ...callee, sources: small }), ['NODE02 warning :6'], 'a few operations never block');
    const inlined = { jobs: [job([outer], { lines: [16, 16, 16, 6] })], sources: small };
    assert.deepEqual(told(inlined), ['NODE02 warning :6'], 'nor when they were inlined');
    const split = [`a@${server}:15:11`, `b@${server}:18:11`, `c@${server}:21:11`].map((callee, index) =>
      job([outer, callee], { us: 9000, everyUs: 100_000 + index, lines: [24] }),
    );
    const findings = advise(
      evidenceOf({ jobs: split, sources: source({ 5: 'function report() {', 6: '  a(); b(); c();', 9: '}' }) }),
    );
    assert.deepEqual(
      findings.map(({ rule, evidence, line }) => `${rule} ${String(evidence['function'])} :${line ?? 0}`).sort(),
      ['NODE02 a :24', 'NODE02 b :24', 'NODE02 c :24'],
    );
  });

  test('does not blame work that lets the loop come round', () =>
    assert.deepEqual(told({ jobs: [job([`report@${server}:5:16`], { lines: [7], inParts: true })], sources }), []));

  test('says so when it is an anecdote', () => {
    const finding = first({
      jobs: [job([`report@${server}:5:16`], { lines: [7], everyUs: 8e6, us: 400_000 })],
      sources,
    });
    assert.equal(`${finding.rule} ${finding.severity}`, 'NODE02 info');
    assert.match(finding.explanation, /anecdote/);
  });
});

describe('NODE03', () => {
  const sources = source({
    5: 'function etag() {',
    6: '  const text =',
    7: '    JSON.stringify(all);',
    8: '  return hash(text);',
    9: '}',
  });

  test('takes the self time of lines that call JSON', () => {
    const finding = first({ jobs: [job([`etag@${server}:5:14`], { lines: [7, 7, 7, 8] })], sources });
    assert.equal(`${finding.rule} ${finding.severity} :${finding.line ?? 0}`, 'NODE03 warning :7');
    assert.equal(finding.evidence['call'], 'JSON.stringify');
  });

  test('leaves the rest of the function to NODE02 when that is the greater part', () => {
    const finding = first({ jobs: [job([`etag@${server}:5:14`], { lines: [7, 8, 8, 8, 8, 8] })], sources });
    assert.equal(finding.rule, 'NODE02');
    assert.match(String(finding.evidence['alsoFoundBy']), /NODE03/);
  });

  test('as a steady cost is information, and not the cause of the tail', () => {
    const handler = { us: 1000, stack: [`etag@${server}:5:14`], lines: [7, 7, 8] };
    const finding = first({ handler, sources, jobs: [job([`report@${server}:15:16`], { lines: [16] })] });
    assert.equal(finding.rule, 'NODE02');
    assert.deepEqual(told({ handler: { ...handler, us: 500 }, sources }), ['NODE03 info :7']);
  });
});

describe('NODE04', () => {
  const text = { 2: 'const slug = /^(a+)+$/;', 5: 'function check(name) {', 6: '  return slug.test(name);', 7: '}' };

  test('takes the compiled pattern’s own frame and points to the literal', () => {
    const finding = first({ jobs: [job([`check@${server}:5:15`, 'RegExp: ^(a+)+$'])], sources: source(text) });
    assert.equal(`${finding.rule} ${finding.severity} :${finding.line ?? 0}`, 'NODE04 warning :2');
    assert.equal(finding.evidence['nestedRepetition'], true);
  });

  test('takes the self time of a line that uses a risky pattern', () =>
    assert.deepEqual(told({ jobs: [job([`check@${server}:5:15`], { lines: [6] })], sources: source(text) }), [
      'NODE04 warning :2',
    ]));

  test('hints at a pattern that no text has met yet', () =>
    assert.deepEqual(
      told({ handler: { us: 300, stack: [`check@${server}:5:15`], lines: [6] }, sources: source(text) }),
      ['NODE04 hint :2'],
    ));

  test('has nothing against a linear pattern', () =>
    assert.deepEqual(
      told({
        handler: { us: 300, stack: [`check@${server}:5:15`], lines: [6] },
        sources: source({ ...text, 2: 'const slug = /^a+(?:-a+)*$/;' }),
      }),
      [],
    ));
});

test('NODE05 takes the time below the console and points to the call', () => {
  const stack = [
    `audit@${server}:5:15`,
    'consoleCall',
    'log@node:internal/console/constructor:413:1',
    'writeSync@node:fs:943:1',
  ];
  const sources = source({ 5: 'function audit() {', 6: '  console.log("order", order);', 7: '}' });
  assert.deepEqual(told({ jobs: [job(stack)], sources }), ['NODE05 warning :6']);
});

describe('NODE07 and NODE08', () => {
  const remembering = { everyUs: 250_000, us: 1500, stack: [`remember@${server}:5:18`], lines: [6] };
  const pause = (gc: number, us: number): Job => ({ everyUs: 250_000, us, stack: ['(garbage collector)'], gc });

  test('scavenges that the slow requests wait for, with who allocates', () => {
    const story = { jobs: [remembering, pause(1, 9000)], ratePerSecond: 400 };
    const finding = first(story);
    assert.equal(`${finding.rule} ${finding.severity} :${finding.line ?? 0}`, 'NODE07 warning :6');
    assert.equal(finding.evidence['collections'], 40);
    assert.equal(finding.evidence['pauseMaxUs'], 9000);
    assert.match(finding.suggestion, /--max-semi-space-size=64/);
    const set = first({ ...story, runtimeArgs: ['--max-semi-space-size=128'] });
    assert.match(set.suggestion, /is set already \(--max-semi-space-size=128\)/);
  });

  test('the usual short ones are none', () => assert.deepEqual(told({ jobs: [remembering, pause(1, 900)] }), []));

  test('of which few requests tell, but that come again and again, are information', () =>
    assert.deepEqual(
      told({
        jobs: [
          { ...remembering, everyUs: 1e6 },
          { ...pause(1, 30_000), everyUs: 1e6 },
          { ...pause(1, 400_000), everyUs: 9e6, gc: 16 },
        ],
      }),
      ['NODE07 info :6'],
    ));

  test('major collections', () =>
    assert.deepEqual(told({ jobs: [remembering, pause(4, 22_000)], ratePerSecond: 400 }), ['NODE08 warning :6']));

  test('a heap close to its limit, with its growth', () => {
    const finding = first({ heap: { used: (share) => (0.5 + 0.45 * share) * 1e9, limit: 1e9 } });
    assert.equal(`${finding.rule} ${finding.severity}`, 'NODE08 warning');
    assert.match(finding.title, /close to its limit: 939 MB of at most 1 GB/);
    assert.ok(Math.abs(Number(finding.evidence['heapGrowthBytesPerSecond']) - 45e6) < 1e6);
    assert.deepEqual(told({ heap: { used: () => 7e8, limit: 1e9 } }), []);
  });
});

describe('NODE08 on what a service keeps', () => {
  // As recorded: one full collection in the last half, long scavenges, 40 MB more a second of at most 4.5 GB.
  const major: Job = { everyUs: 4e6, us: 8000, stack: ['(garbage collector)'], gc: 4 };
  const growing = { used: (share: number) => 1e8 + share * 4e8, limit: 1e9 };

  test('a cache without bound, long before the limit', () => {
    const finding = first({ jobs: [major], heap: growing });
    assert.equal(`${finding.rule} ${finding.severity}`, 'NODE08 warning');
    assert.match(finding.title, /keeps [\d.]+ MB more a second, which garbage collection can’t free: at its limit in/);
    assert.match(finding.suggestion, /bound caches by size.* would only put off the end/);
    assert.ok(Math.abs(Number(finding.evidence['keptBytesPerSecond']) - 4e7) < 1e7, finding.title);
  });

  test('where the limit is not known, nobody can say how long it lasts', () =>
    assert.deepEqual(told({ jobs: [major], heap: { ...growing, limit: 0 } }), []));

  test('what no full collection has looked at may be garbage', () => assert.deepEqual(told({ heap: growing }), []));

  test('a large Map that was filled at the start, with little garbage, is none', () =>
    assert.deepEqual(
      told({ jobs: [major], heap: { used: (share) => 6e8 + 3e7 * ((share * 8) % 1), limit: 1e9 } }),
      [],
    ));

  test('nor a saw-tooth that each full collection brings back', () =>
    assert.deepEqual(
      told({ jobs: [major], heap: { used: (share) => 1e8 + 3e8 * ((share * 10) % 1), limit: 1e9 } }),
      [],
    ));

  test('scavenges that copy what stays are not told to want a larger nursery', () => {
    const scavenges: Job = { everyUs: 250_000, us: 9000, stack: ['(garbage collector)'], gc: 1 };
    const found = advise(evidenceOf({ jobs: [scavenges, major], ratePerSecond: 400, heap: growing }));
    const kept = found.find(({ rule }) => rule === 'NODE07');
    assert.ok(kept);
    assert.match(kept.explanation, /Here they stay/);
    assert.match(kept.suggestion, /^Keep less.*does not help what stays alive/);
  });
});

describe('NET01', () => {
  const sources = source({
    2: "import { createServer } from 'node:net';",
    4: 'createServer((socket) => {',
    6: '  socket.write(head);',
    7: '  socket.write(body);',
    8: '});',
  });
  const delayed = (every: number) => (request: number) => (request % every === 0 ? 40_300 : 0);

  test('a pile at 40 ms with as many delayed acknowledgements, at the second write', () => {
    const story = { outside: delayed(10), counters: { 'TcpExt.DelayedACKs': 205 }, sources };
    assert.deepEqual(told(story), ['NET01 warning :7']);
    assert.equal(first(story).evidence['answersIn35To50Ms'], 200);
  });

  test('all answers are delayed: still told', () =>
    assert.deepEqual(told({ outside: () => 40_300, counters: { 'TcpExt.DelayedACKs': 1990 }, sources }), [
      'NET01 warning :7',
    ]));

  test('none without the kernel’s word, or when times lie all about', () => {
    assert.deepEqual(told({ outside: delayed(10), counters: { 'TcpExt.DelayedACKs': 3 }, sources }), []);
    const spread = (request: number): number => (request % 10 === 0 ? 20_000 + ((request * 37) % 60_000) : 0);
    assert.deepEqual(told({ outside: spread, counters: { 'TcpExt.DelayedACKs': 500 }, sources }), []);
    assert.deepEqual(told({ outside: delayed(10) }), [], 'no counter and no source');
    const inside = { outside: delayed(10), waitsInside: true, counters: { 'TcpExt.DelayedACKs': 205 }, sources };
    assert.deepEqual(told(inside), [], 'the service itself took the time');
  });

  test('points nowhere for a service that has it on already', () => {
    const http = source({
      2: "import { createServer } from 'node:http';",
      4: 'createServer((q, r) => { r.write(a); r.end(b); });',
    });
    assert.deepEqual(told({ outside: delayed(10), counters: { 'TcpExt.DelayedACKs': 205 }, sources: http }), [
      'NET01 warning',
    ]);
    const off = source({ 4: 'createServer({', 5: '  noDelay: false,', 6: '}, handler);' });
    assert.deepEqual(told({ outside: delayed(10), counters: { 'TcpExt.DelayedACKs': 205 }, sources: off }), [
      'NET01 warning :5',
    ]);
  });
});

describe('NET06', () => {
  test('a service that closes connections', () => {
    const sources = source({ 4: '  response.writeHead(200, {', 5: "    Connection: 'close',", 6: '  });' });
    assert.deepEqual(told({ closes: true, sources }), ['NET06 warning :5']);
    const setting = source({ 9: 'server.keepAliveTimeout = 1;' });
    assert.deepEqual(told({ closes: true, sources: setting }), ['NET06 warning :9']);
  });

  test('a service that connects for each call of its own', () => {
    const sources = source({ 4: 'get({ host, port, agent: false }, done);' });
    const story = { counters: { 'Tcp.ActiveOpens': 2016 }, outgoing: 2000, sources };
    assert.deepEqual(told(story), ['NET06 warning :4']);
    assert.match(first(story).suggestion, /^Use the default agent/);
    assert.match(first({ ...story, nodeVersion: '18.20.0' }).suggestion, /^Make one http.Agent with keepAlive/);
  });

  test('none when others on the machine connect', () =>
    assert.deepEqual(told({ counters: { 'Tcp.ActiveOpens': 2016 } }), []));
  test('none for a pool', () => assert.deepEqual(told({ counters: { 'Tcp.ActiveOpens': 26 }, outgoing: 2000 }), []));
});

describe('OBS01', () => {
  const arrivals = { model: 'closed', concurrency: 2 } as const;

  test('corrects for the requests that were never sent, as the arithmetic says', () => {
    // 200/s in a loop of 2: an interval of 10 ms. Ten answers of 1 s stand for 10 × 100 requests at 0, 10, … 990 ms: of
    // 1990 + 10 × 99 + 10 then, 1 % (30) lie above about 970 ms.
    const finding = first({ arrivals, outside: (request) => (request % 200 === 100 ? 1e6 : 0) });
    assert.equal(`${finding.rule} ${finding.severity}`, 'OBS01 warning');
    assert.ok(Number(finding.evidence['p99Us']) < 2000);
    assert.ok(
      Math.abs(Number(finding.evidence['correctedP99Us']) - 970e3) < 15e3,
      String(finding.evidence['correctedP99Us']),
    );
  });

  test('is information where it makes no difference', () => assert.deepEqual(told({ arrivals }), ['OBS01 info']));
});

describe('OBS02', () => {
  const slo = (quantile: number, pass: boolean): SloResult => ({
    expr: `p${quantile * 100} < 2ms`,
    slo: {
      source: `p${quantile * 100} < 2ms`,
      metric: { kind: 'quantile', quantile },
      comparison: '<',
      bound: { kind: 'value', value: 2000 },
    },
    pass,
    actual: 1,
    bound: 2000,
  });

  test('fewer than ten requests above the quantile asked for', () => {
    assert.deepEqual(told({ seconds: 4.9 }), ['OBS02 warning']);
    assert.deepEqual(told({ seconds: 5 }), []);
    const finding = first({ slo: [slo(0.999, true)] });
    assert.deepEqual([finding.rule, finding.evidence['requestsNeeded']], ['OBS02', 10_000]);
    assert.deepEqual(told({ slo: [slo(0.9, true)], seconds: 1 }), []);
  });

  test('a miss that few events decided', () => {
    const jobs = [job([`report@${server}:5:16`], { everyUs: 4e6, us: 300_000, lines: [6] })];
    const last = advise(evidenceOf({ jobs, slo: [slo(0.99, false)] })).at(-1);
    assert.deepEqual([last?.rule, last?.severity, Number(last?.evidence['events']) < 10], ['OBS02', 'info', true]);
  });
});

describe('OBS06', () => {
  const cold = (request: number): number => (request < 500 ? 3000 : 0);

  test('finds where the measured window gets warm', () => {
    const finding = first({ outside: cold, warmupUs: 1e6 });
    assert.equal(`${finding.rule} ${finding.severity}`, 'OBS06 warning');
    assert.equal(finding.evidence['coldUs'], 2.5e6);
    assert.match(finding.suggestion, /"warmup": "5s"/);
    assert.ok(finding.score > 0.7);
  });

  test('not for a change at the end, noise, or a stall', () => {
    assert.deepEqual(told({ outside: (request) => (request > 1500 ? 3000 : 0) }), []);
    assert.deepEqual(told({ outside: (request) => (request * 7919) % 1000 }), []);
    assert.deepEqual(told({ outside: (request) => (request < 40 ? 900 : 0) }), []);
  });

  test('no warm-up is a hint as long as nothing shows', () => assert.deepEqual(told({ warmupUs: 0 }), ['OBS06 hint']));
});

describe('OBS08', () => {
  const verdict = {
    ...validVerdict,
    valid: false,
    reasons: [{ code: 'SEND_LAG', text: 'The generator itself sent late: p99 of its lag is 4 ms.' }],
  } as const;

  test('an invalid measurement is the one error, comes first, and takes the weight from all else', () => {
    const jobs = [job([`report@${server}:5:16`], { lines: [7] })];
    assert.deepEqual(told({ jobs, verdict }), ['OBS08 error', 'NODE02 info :7']);
    assert.match(first({ verdict }).explanation, /p99 of its lag is 4 ms/);
  });

  test('where nobody judged the measurement nothing is a warning either, and no quantile is doubted', () => {
    const story = { jobs: [job([`report@${server}:5:16`], { lines: [7] })], seconds: 3 };
    assert.deepEqual(told(story), ['NODE02 warning :7', 'OBS02 warning']);
    const { run, ...rest } = evidenceOf(story);
    const unjudged = { ...rest, run: { ...run, manifest: { ...run.manifest, verdict: null } } };
    assert.deepEqual(
      advise(unjudged).map(({ rule, severity }) => `${rule} ${severity}`),
      ['NODE02 info'],
    );
  });

  test('what several reasons ask for is advised once', () => {
    const missed = { code: 'RATE_MISSED', text: 'Of 30/s offered only 28/s were finished.' } as const;
    const { suggestion } = first({ verdict: { ...verdict, reasons: [missed, ...verdict.reasons] } });
    const measures = 'Lower the rate, give the plan more connections or free the machine of other work.';
    assert.ok(suggestion.startsWith(`${measures} Beyond the rate that is reached, `), suggestion);
  });
});

describe('every rule', () => {
  test('has an id and a source of its own, and names no internal one', () => {
    assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
    for (const { id, title, source: from } of rules) {
      assert.match(id, /^(NODE|NET|OBS|RUST)\d\d$/);
      assert.ok(title.length > 10 && from.length > 10);
      assert.doesNotMatch(from, /seed|tuning-rules/i);
    }
  });

  test('stands a run without a profile, without probe, without requests', () => {
    const { run, analysis, readSource } = evidenceOf({ jobs: [job([`a@${server}:5:1`])] });
    const bare = advise({ run: { ...run, profile: null }, analysis, readSource });
    assert.deepEqual(bare, []);
    const empty = evidenceOf({ seconds: 0.001, ratePerSecond: 1 });
    assert.deepEqual(advise(empty), []);
    const unread = advise({ run, analysis, readSource: () => null });
    assert.equal(unread.length, 1);
  });

  test('is deterministic', () => {
    const story = {
      jobs: [job([`a@${server}:5:1`], { lines: [6] }), job([`b@${server}:9:1`, 'run'], { everyUs: 210_000 })],
    };
    assert.deepEqual(advise(evidenceOf(story)), advise(evidenceOf(story)));
  });
});
