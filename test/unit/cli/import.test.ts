import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import * as hdr from 'hdr-histogram-js';
import type { LatencyLogJson } from '../../../src/report/latencyLog.ts';
import type { ProfileJson } from '../../../src/report/profileReport.ts';
import { slowpath, workspace } from './harness.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/profiles');

async function folderWith(t: TestContext, ...names: readonly string[]): Promise<string> {
  const dir = await workspace(t);
  for (const name of names) await copyFile(join(fixtures, name), join(dir, name.slice(name.lastIndexOf('/') + 1)));
  return dir;
}

test('a profile is shown as a table, in its own unit', async (t) => {
  const dir = await folderWith(t, 'go/go-cpu.pb.gz', 'go/go-heap.pb.gz');
  const cpu = await slowpath(dir, ['import', 'go-cpu.pb.gz']);
  assert.equal(cpu.code, 0, cpu.stderr);
  // As `go tool pprof -top` has it.
  assert.match(cpu.stdout, /176 samples · 1\.78 s in all · over 2\.63 s/);
  assert.match(cpu.stdout, /\n {2}main\.fibonacci +planted\/main\.go:43 +440 ms +24\.7% +490 ms +27\.5%\n/);
  assert.match(cpu.stdout, /and \d+ more; --json has all\n$/);
  const heap = await slowpath(dir, ['import', 'go-heap.pb.gz']);
  assert.match(heap.stdout, /\n {2}main\.main +planted\/main\.go:88 +1\.06 MB +97\.5% +1\.06 MB +97\.5%\n/);
});

test('minutes of CPU time keep their distance from the share before them', async (t) => {
  const dir = await workspace(t);
  const callFrame = { functionName: 'work', scriptId: '1', url: '/srv/a.js', lineNumber: 1, columnNumber: 0 };
  const profile = { nodes: [{ id: 1, callFrame }], samples: [1], timeDeltas: [0], startTime: 0, endTime: 767e6 };
  await writeFile(join(dir, 'long.cpuprofile'), JSON.stringify(profile));
  const { stdout } = await slowpath(dir, ['import', 'long.cpuprofile']);
  assert.match(stdout, /\n {2}work +\/srv\/a\.js:2 {2,}12 min 47 s {2,}100\.0% {2,}12 min 47 s {2,}100\.0%\n/);
});

test('and as JSON, of the type that is asked for', async (t) => {
  const dir = await folderWith(t, 'go/go-heap.pb.gz');
  const { stdout } = await slowpath(dir, ['import', 'go-heap.pb.gz', '--type', 'alloc_objects', '--json']);
  const json = JSON.parse(stdout) as ProfileJson;
  assert.deepEqual(
    { ...json, functions: json.functions.slice(0, 1) },
    {
      file: join(dir, 'go-heap.pb.gz'),
      unit: 'count',
      timeless: true,
      samples: 57,
      total: 628_144,
      threads: ['main'],
      functions: [
        {
          function: 'fmt.Sprint',
          file: 'fmt/print.go',
          line: 277,
          self: 337_041,
          total: 337_073,
          selfPct: 53.66,
          totalPct: 53.66,
        },
      ],
    },
  );
  const wrong = await slowpath(dir, ['import', 'go-heap.pb.gz', '--type', 'cpu']);
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /no samples of type cpu; it has alloc_objects, alloc_space/);
});

test('latencies that HdrHistogram recorded are shown by their quantiles, told by content', async (t) => {
  const dir = await workspace(t);
  // 1 … 10,000 µs in two intervals, written by the format's own library; by convention nanoseconds.
  const log = new hdr.HistogramLogWriter((text) => void (lines += text));
  let lines = '';
  log.outputLogFormatVersion();
  log.outputLegend();
  for (const [index, tag] of ['', 'create', ''].entries()) {
    const histogram = hdr.build({ bitBucketSize: 64, numberOfSignificantValueDigits: 3 });
    const [from, to] = tag === '' ? [index === 0 ? 1 : 5001, index === 0 ? 5000 : 10_000] : [1, 100];
    for (let us = from; us <= to; us++) histogram.recordValue(us * 1000);
    histogram.tag = tag;
    log.outputIntervalHistogram(histogram, index, index + 1, 1e6);
  }
  await writeFile(join(dir, 'recorded.txt'), lines);
  const shown = await slowpath(dir, ['import', 'recorded.txt']);
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /\n {2}\(no tag\) +10,000 +5(\.00)? ms +9(\.00)? ms +9\.5 ms +9\.9 ms +9\.99 ms +10 ms\n/);
  assert.match(shown.stdout, /\n {2}create +100 +50(\.0)? µs .*\* +100 µs\n/);
  const { stdout } = await slowpath(dir, ['import', 'recorded.txt', '--json']);
  const json = JSON.parse(stdout) as LatencyLogJson;
  assert.deepEqual(
    json.series.map(({ tag, count }) => [tag, count]),
    [
      ['', 10_000],
      ['create', 100],
    ],
  );
  const p99 = json.series[0]?.latencyUs.p99 ?? 0;
  assert.ok(Math.abs(p99 - 9900) < 9900 / 1000, String(p99));

  const histogram = hdr.build({ bitBucketSize: 64 });
  for (let us = 1; us <= 1000; us++) histogram.recordValue(us);
  await writeFile(join(dir, 'table.cpuprofile'), histogram.outputPercentileDistribution(5, 1000));
  const table = await slowpath(dir, ['import', 'table.cpuprofile']);
  assert.match(table.stdout, /\n {2}\(no tag\) +1,000 +50\d(\.\d)? µs/);

  const page = await slowpath(dir, ['import', 'recorded.txt', '--html', 'page.html']);
  assert.equal(page.code, 2);
  assert.match(page.stderr, /recorded\.txt holds latencies and no profile; leave --html out/);
  await writeFile(join(dir, 'damaged.hlog'), `${lines}3,1,2,HISTnonsense\n`);
  const damaged = await slowpath(dir, ['import', 'damaged.hlog']);
  assert.equal(damaged.code, 2);
  assert.match(damaged.stderr, /Interval log line \d+: /);
});

test('it becomes a page; a file that is no page is not replaced', async (t) => {
  const dir = await folderWith(t, 'python.collapsed');
  const written = await slowpath(dir, ['import', 'python.collapsed', '--html', 'p.html']);
  assert.deepEqual([written.code, written.stdout], [0, '']);
  assert.match(written.stderr, /wrote p\.html/);
  const page = await readFile(join(dir, 'p.html'), 'utf8');
  assert.match(page, /<title>python\.collapsed<\/title>/);
  assert.match(page, /id="slowpath-data">[A-Za-z0-9+/]{1000}/);
  const refused = await slowpath(dir, ['import', 'python.collapsed', '--html', 'python.collapsed']);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /is not a Slowpath report, so it is not replaced/);
});

test('a file under another name is the same profile; another kind of file is told what opens', async (t) => {
  const dir = await folderWith(t, 'python.collapsed');
  await copyFile(join(dir, 'python.collapsed'), join(dir, 'x.cpuprofile'));
  const rows = async (name: string): Promise<unknown> => {
    const json = JSON.parse((await slowpath(dir, ['import', name, '--json'])).stdout) as ProfileJson;
    return json.functions;
  };
  assert.deepEqual(await rows('x.cpuprofile'), await rows('python.collapsed'));
  await writeFile(join(dir, 'notes.txt'), 'Not a profile.\n');
  const notes = await slowpath(dir, ['import', 'notes.txt']);
  assert.equal(notes.code, 2);
  assert.match(notes.stderr, /can't be opened as a profile: .* What opens: V8 .*pprof/);
  assert.equal((await slowpath(dir, ['import', 'gone.pb.gz'])).code, 2);
});

test('a source map that could not be used is told beside the profile', async (t) => {
  const dir = await workspace(t);
  const url = 'https://shop.example/app.js';
  const callFrame = { functionName: 'work', scriptId: 1, url, lineNumber: 0, columnNumber: 3 };
  const cpuProfile = { nodes: [{ id: 1, callFrame }], samples: [1, 1] };
  const common = { ph: 'P', pid: 1, tid: 1, id: '0x1', ts: 0 };
  const traceEvents = [
    { ...common, name: 'Profile', args: { data: { startTime: 0 } } },
    { ...common, name: 'ProfileChunk', args: { data: { cpuProfile, timeDeltas: [0, 1000] } } },
  ];
  const metadata = { sourceMaps: [{ url, sourceMapUrl: `${url}.map`, sourceMap: { version: 3 } }] };
  await writeFile(join(dir, 'trace.json'), JSON.stringify({ metadata, traceEvents }));
  const { code, stdout, stderr } = await slowpath(dir, ['import', 'trace.json']);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /\n {2}work +https:\/\/shop\.example\/app\.js:1 /);
  assert.match(stderr, /^A source map in the trace can't be used.*: its mappings are no text\.\n$/);
});
