/** What perf could not record, by a perf that says exactly what a test wants. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { Collection } from '../../../../src/target/collection.ts';
import { foreignProcess, mostCalls } from '../../../../src/target/collectors/perf/access.ts';
import type { ProfiledProcess } from '../../../../src/target/collectors/collector.ts';
import { perfCollector } from '../../../../src/target/collectors/perf/collector.ts';
import { noSamplesOf, type NoSamples } from '../../../../src/target/collectors/perf/noSamples.ts';
import { PerfRecording } from '../../../../src/target/collectors/perf/recording.ts';
import { writePerfText } from '../../../../src/target/collectors/perf/scriptFile.ts';
import { cpuTimeUs } from '../../../../src/target/processTree.ts';
import { missing, onPath, perfWorks, scenarioOf, workspace } from './support.ts';

const onLinux = { skip: process.platform !== 'linux' };

/** A perf that does what the shell says. */
async function perfSaying(name: string, script: string): Promise<string> {
  const file = join(workspace, name);
  await writeFile(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

/** A sample of a function that called itself, as `perf script` prints it. */
function recursion(calls: number): string {
  const frames = Array.from({ length: calls }, () => '\t            1897 deep+0xa7 (/srv/api)\n');
  return `api 7/7 12.5:    2000000 cpu-clock: \n${frames.join('')}\n`;
}

test('stacks as deep as the kernel records them are counted, and those below are whole', onLinux, async () => {
  const most = mostCalls();
  const printed = join(workspace, 'deep.txt');
  await writeFile(printed, recursion(most) + recursion(3) + recursion(most - 1) + recursion(most + 1));
  const textFile = join(workspace, 'deep.perf.txt.gz');
  const written = await writePerfText({
    perf: await perfSaying('perf-deep', `cat ${printed}`),
    dataFile: join(workspace, 'none.data'),
    rawFile: join(workspace, 'deep.raw'),
    textFile,
    addr2line: null,
    head: { format: 1, target: 'api', pid: 7, intervalUs: 2000, startUs: 0, endUs: 1e6 },
  });
  assert.deepEqual([written.samples, written.cutStacks], [4, 2]);
  assert.equal(
    gunzipSync(await readFile(textFile))
      .toString()
      .match(/deep\+0xa7/g)?.length,
    3 * most + 3,
  );
  assert.equal(
    mostCalls(() => '1024\n'),
    1024,
  );
  assert.equal(
    mostCalls(() => null),
    127,
  );
});

test('a process of another user is named as what perf may not look at', onLinux, () => {
  const gone = 2 ** 30;
  const nobodyHere = 2 ** 30;
  assert.equal(foreignProcess([gone, process.pid], nobodyHere), process.pid);
  assert.equal(foreignProcess([gone], nobodyHere), null);
  assert.equal(foreignProcess([1, process.pid], 0), null, 'root sees all');
  assert.equal(foreignProcess([process.pid]), null);
});

test('a machine without branch records is told what else walks stacks', onLinux, async () => {
  const perf = await perfSaying(
    'perf-lbr',
    `echo "Error:" >&2; echo "cpu-clock: PMU Hardware or event type doesn't support branch stack sampling." >&2; exit 255`,
  );
  const asked = (callGraph: 'lbr' | 'fp') =>
    PerfRecording.start({
      perf,
      pids: [process.pid],
      intervalUs: 1000,
      callGraph,
      folder: workspace,
      dataFile: join(workspace, 'lbr.data'),
    });
  const said = "perf could not start: cpu-clock: PMU Hardware or event type doesn't support branch stack sampling";
  await assert.rejects(asked('lbr'), {
    code: 'TARGET_PROFILE_FAILED',
    message: `${said}; write "callGraph": "fp" or "dwarf" in "collect".`,
  });
  await assert.rejects(asked('fp'), { message: `${said}.` });
});

test('where no sample came, the target’s CPU time tells whether it was idle or all were lost', () => {
  const recording = { lost: 0, cpuUs: 0, intervalUs: 1000, copiesStacks: false, kernelHidden: false };
  const told = (changes: Partial<NoSamples>): readonly [number, string] => {
    const { why, lost } = noSamplesOf({ ...recording, ...changes });
    return [lost, why];
  };
  assert.deepEqual(told({}), [0, 'no sample was taken: the target was idle, with 0 µs of CPU time by /proc']);
  assert.match(told({ cpuUs: 9000 })[1], /idle, with 9(\.00)? ms/);
  assert.deepEqual(told({ cpuUs: 412_000 }), [
    412,
    'all of some 412 samples were lost, for the target used 412 ms of CPU time: perf had no room to write them; profile at a longer interval',
  ]);
  // perf counts some of what it loses.
  assert.equal(told({ cpuUs: 412_000, lost: 7 })[0], 412);
  assert.equal(told({ cpuUs: 412_000, lost: 5000 })[0], 5000);
  assert.match(told({ cpuUs: null, lost: 7 })[1], /^all of some 7 samples were lost: perf/);
  assert.match(told({ cpuUs: null })[1], /has ended: whether it used CPU time is not known/);
  assert.match(told({ cpuUs: 50_000, copiesStacks: true })[1], /"callGraph": "fp"/);
  assert.match(told({ cpuUs: 50_000, kernelHidden: true })[1], /or it all was kernel time/);
});

test(
  'a perf that has no room for its samples: all are lost, and the run says so',
  { skip: missing({ perf: perfWorks }) },
  async (t) => {
    // A copy of the stack is larger than the two pages there are for it.
    const real = onPath('perf') ?? '';
    const folder = await mkdtemp(join(workspace, 'small-'));
    const script = `#!/bin/sh\nif [ "$1" = record ]; then shift; exec ${real} record -m 2 "$@"; fi\nexec ${real} "$@"\n`;
    await writeFile(join(folder, 'perf'), script, { mode: 0o755 });
    const before = process.env['PATH'];
    process.env['PATH'] = `${folder}:${before ?? ''}`;
    t.after(() => (process.env['PATH'] = before));
    const busy = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
    t.after(() => busy.kill('SIGKILL'));
    const { pid } = busy;
    assert.ok(pid !== undefined);
    const session = await perfCollector.start(await processToProfile(t, pid, folder, () => [pid]));
    t.after(() => session.dispose());
    const began = cpuTimeUs(pid) ?? 0;
    while ((cpuTimeUs(pid) ?? 0) - began < 100_000) await sleep(10);
    const { files, gaps, counts } = await session.stop();
    assert.deepEqual(files, []);
    assert.equal(counts?.samples, 0);
    assert.ok(counts.lost >= 100, JSON.stringify(counts));
    const gap = gaps.find(({ what }) => what === 'CPU profile of api');
    assert.match(
      gap?.why ?? '',
      /^all of some \d+ samples were lost, for the target used [\d.]+ m?s of CPU time: perf had no room/,
    );
  },
);

test(
  'a target whose id another process has by now is not profiled',
  { skip: missing({ perf: perfWorks }) },
  async (t) => {
    const folder = await mkdtemp(join(workspace, 'reused-'));
    const refusal = { code: 'TARGET_PROFILE_FAILED', message: /^Target "api" had ended before its profile began/ };
    // Before perf is started, and while it was.
    for (const answers of [[[]], [[process.pid], []]]) {
      const pids = (): readonly number[] => answers.shift() ?? [];
      const target = await processToProfile(t, process.pid, folder, pids);
      await assert.rejects(perfCollector.start(target), refusal);
    }
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.startsWith('.perf')),
      [],
      'nothing of it is left',
    );
  },
);

/** A process with stacks copied at 1 ms, as the plan would have it; its processes are told by the test. */
async function processToProfile(
  t: TestContext,
  pid: number,
  dir: string,
  pids: () => readonly number[],
): Promise<ProfiledProcess> {
  const { targets, collect } = await scenarioOf({
    target: { runtime: 'native', pid },
    collect: { cpu: '1ms', with: 'perf', callGraph: 'dwarf' },
  });
  const [spec] = targets;
  assert.ok(spec);
  const collection = await Collection.open({ target: spec.name, dir, cwd: dir });
  t.after(() => collection.dispose());
  return { spec, collect, python: null, pid, pids, dir, intervalUs: 1000, collection };
}
