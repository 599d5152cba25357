import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { readArguments } from '../../../src/cli/arguments.ts';
import { helpText } from '../../../src/cli/help.ts';
import type { CapacityJson } from '../../../src/report/capacityJson.ts';
import { searchResultOf } from '../../../src/capacity/record.ts';
import { listResults } from '../../../src/results.ts';
import { listRuns } from '../../../src/run/store.ts';
import { lingering, planText, slowpath, workspace } from './harness.ts';

/**
 * One worker that takes 5 ms or a little more for each job: 200/s is out of reach. The 100 to 300 ms after it cost no capacity,
 * but a generator that a busy machine makes some ms late is still on time beside them, and its pauses don't make up the tail.
 */
const queue = `
const http = require('node:http');
const waiting = [];
let working = false;
let jobs = 0;
function next() {
  const job = waiting.shift();
  working = job !== undefined;
  if (!working) return;
  const begun = performance.now();
  const wait = () => {
    if (performance.now() - begun < 5) return void setTimeout(wait, 1);
    setTimeout(() => job.end('done'), 100 + ((jobs++ * 37) % 200));
    next();
  };
  setTimeout(wait, 5);
}
http
  .createServer((request, response) => {
    if (request.url === '/health') return void response.end('ok');
    waiting.push(response);
    if (!working) next();
  })
  .listen(Number(process.env.PORT), '127.0.0.1');
`;

test('capacity reads its words', () => {
  assert.deepEqual(readArguments('capacity orders --from 10 --to 30k/min --steps 3 --duration 2s --json'.split(' ')), {
    name: 'capacity',
    scenario: 'orders',
    plan: undefined,
    out: undefined,
    fromPerSecond: 10,
    toPerSecond: 500,
    steps: 3,
    durationUs: 2e6,
    json: true,
    html: undefined,
    allowRemote: false,
  });
  for (const [words, message] of [
    ['capacity --steps 1', /^--steps: "1" is no number of levels; write 2 to 100\.$/],
    ['capacity --steps many', /^--steps: "many" is no number of levels/],
    ['capacity --from 0', /^--from: a rate of 0 offers nothing/],
    ['capacity --rate 5', /^slowpath capacity takes no --rate; it takes --plan, .*--from, --to, --steps/],
    ['capacity a b', /^It takes one scenario/],
  ] as const)
    assert.throws(() => readArguments(words.split(' ')), { code: 'USAGE', message });
  for (const option of ['plan', 'out', 'from', 'to', 'steps', 'duration', 'json', 'html', 'allow-remote'])
    assert.ok(helpText('capacity').includes(`--${option}`), option);
  for (const line of helpText('capacity').split('\n')) assert.ok(line.length <= 120, line);
});

test('The knee of a service whose capacity is known by construction', async (t) => {
  const dir = await workspace(t);
  await writeFile(join(dir, 'server.cjs'), queue);
  // The median tells a queue that grows from a machine that stumbles.
  const plan = planText({ rate: 100, warmup: '500ms', duration: '1s', slo: ['p50 < 235ms'] });
  await writeFile(join(dir, 'slowpath.jsonc'), plan.replace('"connections":40', '"connections":200'));
  const words = ['--from', '60', '--to', '220', '--steps', '2', '--json', '--html', 'curve.html'];
  const ended = await slowpath(dir, ['capacity', ...words]);
  const { knee, levels, scenario } = JSON.parse(ended.stdout) as CapacityJson;
  assert.equal(scenario, 'orders');
  const runsDir = join(dir, '.slowpath', 'runs');
  const runs = (await listRuns(runsDir)).map(({ id }) => id);
  assert.deepEqual(levels.map(({ run }) => run).sort(), runs.sort());
  // What was found is kept beside them, and opens again.
  const [kept, ...others] = await listResults(runsDir);
  assert.ok(kept?.result?.kind === 'capacity' && others.length === 0);
  const { record } = kept.result;
  assert.equal(record.ended, 'complete');
  assert.deepEqual(
    record.levels.map(({ run }) => run),
    levels.map(({ run }) => run),
  );
  assert.deepEqual(searchResultOf(record).knee, knee);
  assert.ok(
    record.levels.every(({ objectives }) => objectives[0]?.expr === 'p50 < 235ms' && objectives[0].quantile === 0.5),
  );
  const again = await slowpath(dir, ['report', kept.id, '--html', 'again.html']);
  assert.equal(again.code, 0, again.stderr);
  assert.equal(await readFile(join(dir, 'again.html'), 'utf8'), await readFile(join(dir, 'curve.html'), 'utf8'));
  assert.deepEqual(await lingering(dir), []);
  // Beyond what the worker can do nothing is good, on whatever machine.
  assert.ok(!levels.some(({ good, ratePerSecond }) => good && ratePerSecond > 210), ended.stdout);
  // On a machine too busy to measure, saying so is the right answer.
  if (levels.some(({ outcome }) => outcome === 'generator')) return;
  assert.equal(ended.code, 0, ended.stderr);
  assert.ok(knee && knee.ratePerSecond >= 60 && knee.ratePerSecond <= 210, ended.stdout);
  assert.ok(knee.firstBad !== null && knee.firstBad > knee.ratePerSecond);
  assert.match(knee.limitedBy, /^(slo|saturation)$/);
});
