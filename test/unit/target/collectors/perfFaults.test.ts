/** What perf could not record, by a perf that says exactly what a test wants. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Collection } from '../../../../src/target/collection.ts';
import { foreignProcess, mostCalls } from '../../../../src/target/collectors/perf/access.ts';
import type { ProfiledProcess, TakenProfile } from '../../../../src/target/collectors/collector.ts';
import { perfCollector } from '../../../../src/target/collectors/perf/collector.ts';
import { PerfRecording } from '../../../../src/target/collectors/perf/recording.ts';
import { writePerfText } from '../../../../src/target/collectors/perf/scriptFile.ts';
import { busyProcess } from './busy.ts';
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

/** A process that computes is profiled for 200 ms of its CPU time, by perf as the shell has it: `$perf` is the real one. */
async function recorded(t: TestContext, script: string, callGraph: 'dwarf' | 'fp'): Promise<TakenProfile> {
  const folder = await mkdtemp(join(workspace, 'wrapped-'));
  await writeFile(join(folder, 'perf'), `#!/bin/sh\nperf=${onPath('perf') ?? ''}\n${script}\n`, { mode: 0o755 });
  const before = process.env['PATH'];
  process.env['PATH'] = `${folder}:${before ?? ''}`;
  t.after(() => (process.env['PATH'] = before));
  const { pid, use } = await busyProcess(t);
  const session = await perfCollector.start(await processToProfile(t, pid, folder, () => [pid], callGraph));
  t.after(() => session.dispose());
  await use(200_000);
  return session.stop();
}

test(
  'a perf that has no room for its samples: all are lost, and the run says so',
  { skip: missing({ perf: perfWorks }) },
  async (t) => {
    // A copy of the stack is larger than the two pages there are for it.
    const script = 'if [ "$1" = record ]; then shift; exec $perf record -m 2 "$@"; fi; exec $perf "$@"';
    const { files, gaps, counts } = await recorded(t, script, 'dwarf');
    assert.deepEqual(files, []);
    assert.equal(counts?.samples, 0);
    assert.ok(counts.lost >= 200, JSON.stringify(counts));
    const gap = gaps.find(({ what }) => what === 'CPU profile of api');
    assert.match(
      gap?.why ?? '',
      /^all of some \d+ samples were lost, for the target used [\d.]+ m?s of CPU time: perf had no room/,
    );
  },
);

test(
  'a perf that leaves out samples without a word: the CPU time tells how many',
  { skip: missing({ perf: perfWorks }) },
  async (t) => {
    // Records stand apart by empty lines: of samples each fourth is printed.
    const quarter = `awk 'BEGIN { RS = ""; ORS = "\\n\\n" } NR % 4 == 0'`;
    const { files, gaps, counts } = await recorded(
      t,
      `if [ "$1" = script ]; then $perf "$@" | ${quarter}; else exec $perf "$@"; fi`,
      // Copies of stacks might be lost in earnest, and told.
      'fp',
    );
    assert.deepEqual(files, ['api.perf.txt.gz']);
    assert.ok(counts && counts.samples > 0 && counts.lost >= 1.5 * counts.samples, JSON.stringify(counts));
    const gap = gaps.find(({ what }) => /^some \d+ of \d+ samples of api$/.test(what));
    assert.match(
      gap?.why ?? '',
      /^those taken stand for [\d.]+ m?s of the [\d.]+ m?s of CPU time that it used by \/proc: perf lost the others/,
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

/** A process with stacks walked at 1 ms, copied unless told, as the plan would have it; its processes are told by the test. */
async function processToProfile(
  t: TestContext,
  pid: number,
  dir: string,
  pids: () => readonly number[],
  callGraph: 'dwarf' | 'fp' = 'dwarf',
): Promise<ProfiledProcess> {
  const { targets, collect } = await scenarioOf({
    target: { runtime: 'native', pid },
    collect: { cpu: '1ms', with: 'perf', callGraph },
  });
  const [spec] = targets;
  assert.ok(spec);
  const collection = await Collection.open({ target: spec.name, dir, cwd: dir });
  t.after(() => collection.dispose());
  return { spec, collect, python: null, pid, pids, dir, intervalUs: 1000, collection };
}
