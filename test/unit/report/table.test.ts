import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Manifest, Run } from '../../../src/run/model.ts';
import { cellsOf, keepEnd, keepStart, newPaint, wrap } from '../../../src/report/paint.ts';
import { resultTable, type TableInput } from '../../../src/report/table.ts';
import { analyse } from '../../../src/trace/analyse.ts';
import { syntheticFindings, syntheticRun, type SyntheticOptions } from '../../fixtures/run.ts';

const plain = newPaint(false);
const showPath = (path: string): string => path.replace('/srv/shop/', '');

function input(options: SyntheticOptions = {}, change: Partial<Manifest> = {}): TableInput {
  const synthetic = syntheticRun(1, options);
  const run: Run = { ...synthetic, manifest: { ...synthetic.manifest, ...change } };
  return { dir: '/srv/shop/.slowpath/runs/x', run, analysis: analyse(run), findings: syntheticFindings() };
}

function table(made: TableInput, width = 100): string {
  return resultTable(made, { width, paint: plain, showPath, reference: '7f3a' });
}

test('The table fits its terminal from 80 to 140 columns, and colours change nothing but colour', () => {
  const made = input();
  for (let width = 60; width <= 200; width += 7) {
    const text = table(made, width);
    const widest = Math.max(...text.split('\n').map(cellsOf));
    assert.ok(widest <= Math.min(140, Math.max(80, width)), `${widest} cells at width ${width}`);
    const coloured = resultTable(made, { width, paint: newPaint(true), showPath, reference: '7f3a' });
    assert.notEqual(coloured, text);
    assert.equal(coloured.replace(/\u001b\[\d+m/g, ''), text);
  }
});

test('It tells the verdict, the figures, where the time went, the hot line and what to do', () => {
  const text = table(input());
  for (const expected of [
    /orders .*✗ 2 of 3 objectives missed/,
    /7,559 requests in 15 s · 504\/s of 500\/s offered \(poisson\) · 1 error$/m,
    /response +825 µs +1\.48 ms +11\.6 ms +32\.9 ms +44\.2 ms\* +56\.9 ms/,
    /\* few samples/,
    /✗ p99\.9 < 2 \* p50 +44\.2 ms {2}\(bound 1\.65 ms\)/,
    /other code on the thread +79\.0% +25\.4% +█+/,
    /src\/prices\.js:46 +recalculate +13\.9% +16\.8% +71\.1%/,
    /● NODE02 +recalculate blocks the event loop/,
    /→ Move the re-pricing off the request path/,
    /recorded .slowpath\/runs\/x/,
    /slowpath report 7f3a --html report\.html/,
  ]) {
    assert.match(text, expected);
  }
});

test('Profiles of memory and waiting are named, where the run has them', () => {
  const files = ['run.json', 'api.pb.gz', 'api.block.pb.gz', 'api.heap.pb.gz'];
  assert.match(table(input({}, { files })), / also +api\.block\.pb\.gz, api\.heap\.pb\.gz$/m);
  assert.doesNotMatch(table(input()), / also /);
});

test('The ledger’s columns sum to 100 %', () => {
  const { tail } = input().analysis;
  assert.ok(tail);
  for (const { ledger } of [tail.slow, tail.typical]) {
    const sum = Object.values<number>({ ...ledger }).reduce((total, share) => total + share, 0);
    assert.ok(Math.abs(sum - 1) < 1e-9);
  }
});

test('A quantile is starred exactly when fewer than ten requests lie above it', () => {
  // At 400/s for 10 s about 4,000 requests: 4 above p99.9, 40 above p99. At 1,200/s for 10 s 12 above p99.9.
  assert.match(table(input({ ratePerSecond: 400, durationUs: 10e6, culpritUs: 0 })), /response[^*]*\*[^*]*\n/);
  assert.doesNotMatch(table(input({ ratePerSecond: 1200, durationUs: 10e6, culpritUs: 0 })), /\*$|few samples/m);
});

test('An invalid measurement shows why instead of percentiles', () => {
  const { verdict } = input().run.manifest;
  assert.ok(verdict);
  const reasons = [{ code: 'SEND_LAG', text: 'The generator itself sent late.' }] as const;
  const text = table(input({}, { verdict: { ...verdict, valid: false, reasons } }));
  assert.match(text, /✗ invalid measurement/);
  assert.match(text, /✗ The generator itself sent late\./);
  assert.match(text, /✗ p99 < 2ms +not judged/);
  assert.doesNotMatch(text, /32\.9 ms|response/);
});

test('Errors are told by status and by code, with words for the codes', () => {
  const { summary } = input().run.manifest;
  assert.ok(summary);
  const requests = { ...summary.requests, ok: 0, errors: summary.requests.sent };
  const told = (byStatus: Record<string, number>, byError: Record<string, number>): string =>
    table(input({}, { summary: { ...summary, requests, answers: { byStatus, byError, byProtocol: {} } } })).replace(
      /\s+/g,
      ' ',
    );
  assert.match(told({ 500: 7559 }, {}), / · 7,559 × status 500 /);
  assert.match(told({}, { ECONNREFUSED: 3 }), / 3 × ECONNREFUSED, nothing listens there /);
  assert.match(told({}, { HPE_INVALID_CONSTANT: 3 }), / 3 × HPE_INVALID_CONSTANT, the answer is not HTTP\/1\.1/);
  assert.match(told({}, { constructor: 3 }), / 3 × constructor /);
});

test('Failed, cancelled and crashed runs say what they are', () => {
  const nothing = { verdict: null, summary: null, window: null };
  const error = { code: 'TARGET_EXITED', message: 'Target "api" exited with code 7.\n  boom at line 3' };
  const failed = table(input({}, { ...nothing, state: 'failed', error }));
  assert.match(failed, /✗ failed/);
  assert.match(failed, /✗ Target "api" exited with code 7\.\n +boom at line 3/);
  assert.match(table(input({}, { state: 'cancelled' })), /■ cancelled, partial/);
  const known = syntheticRun(1, { durationUs: 1e5 }).manifest.summary;
  const early = known && { ...known, ratePerSecond: { offered: null, achieved: null } };
  assert.match(table(input({}, { state: 'cancelled', summary: early })), /requests in [\d.]+ m?s · \d+ errors/);
  assert.match(table(input({}, { ...nothing, state: 'incomplete' })), /■ cut short, partial[^]*cut short from outside/);
  assert.match(table(input({}, { ...nothing, state: 'running' })), /… being measured/);
  // What to do next stands with each; a window that never began has no length.
  const words = (state: Manifest['state']): string => table(input({}, { ...nothing, state })).replace(/\s+/g, ' ');
  for (const state of ['incomplete', 'cancelled', 'complete'] as const)
    assert.match(words(state), /why there are no figures ✗ It [^✗]*[Rr]un it again/, state);
  const atOnce = table(
    input({}, { state: 'cancelled', summary: early, window: { warmupStartUs: 5, startUs: 5, endUs: 5 } }),
  );
  assert.match(atOnce, /\d+ requests · \d+ errors/);
});

test('Files that were damaged since stand apart from what was not measured', () => {
  const gaps = [
    {
      what: 'runtime.jsonl',
      why: 'the file is damaged: it has 1 KB and was written with 2 KB; stalls are missing',
      lost: true,
    },
    { what: 'thread pool', why: 'Node does not tell' },
  ];
  const text = table(input({}, { gaps }));
  assert.match(
    text,
    /damaged or missing\n +! runtime\.jsonl: the file is damaged: [^]*missing\.\n\n[^]*not measured: thread pool/i,
  );
  assert.doesNotMatch(text, /not measured: runtime/);
});

test('Names from profiles and plans can’t act on the terminal', () => {
  const evil = '\u001b]0;owned\u0007\u001b[2J\u202egnp.exe\u0000\r\n';
  const base = input({ culpritName: evil });
  const { manifest } = base.run;
  const [finding] = base.findings;
  assert.ok(finding);
  const text = table({
    ...base,
    dir: `/x/${evil}`,
    run: {
      ...base.run,
      manifest: { ...manifest, scenario: { ...manifest.scenario, name: evil }, gaps: [{ what: evil, why: evil }] },
    },
    findings: [{ ...finding, title: evil, suggestion: evil, file: evil, rule: evil }],
  });
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  assert.ok(text.includes('\\u{1b}'));
});

test('Text is measured in cells and cut at its less telling end', () => {
  assert.equal(cellsOf('\u001b[1mbold\u001b[22m'), 4);
  assert.equal(cellsOf('日本'), 4);
  assert.equal(cellsOf('e\u0301'), 1);
  assert.equal(keepEnd('src/deep/file.js', 8), '…file.js');
  assert.equal(keepStart('recalculate', 6), 'recal…');
  assert.equal(keepEnd('short', 8), 'short');
  assert.deepEqual(wrap('one two three', 7), ['one two', 'three']);
  assert.deepEqual(wrap('abcdefghij kl', 4), ['abcd', 'efgh', 'ij', 'kl']);
  assert.deepEqual(wrap('', 4), []);
});

test('Of a sample of the requests it tells about how many were slow', () => {
  const made = input();
  const { requests } = made.run;
  const run: Run = { ...made.run, requests: { ...requests, standsFor: new Float32Array(requests.length).fill(1000) } };
  const onOneLine = table({ ...made, run, analysis: analyse(run) }).replaceAll(/\s+/g, ' ');
  assert.match(onOneLine, /about [\d,]+000 slow requests, above [^;]*; against about [\d,]+000 typical ones/);
  assert.doesNotMatch(table(made), /about [\d,]+ slow requests/);
});
