/** What perf could not record, by a perf that says exactly what a test wants. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { foreignProcess, mostCalls } from '../../../../src/target/collectors/perf/access.ts';
import { PerfRecording } from '../../../../src/target/collectors/perf/recording.ts';
import { writePerfText } from '../../../../src/target/collectors/perf/scriptFile.ts';
import { workspace } from './support.ts';

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
