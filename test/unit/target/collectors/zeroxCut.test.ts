/** V8 logs that end anywhere, and a 0x that ends otherwise than well: what there is, or one clear error; never a hang, nothing left behind. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { isObject } from '../../../../src/profile/formats/fields.ts';
import { importV8Log } from '../../../../src/profile/formats/v8Log.ts';
import { convertLog, type ConvertedLog } from '../../../../src/target/collectors/zerox/conversion.ts';
import { copyWholeLines, isolateLogs } from '../../../../src/target/collectors/zerox/isolateLogs.ts';
import { temporaryFolder } from '../harness.ts';
import { samplesOf } from './samples.ts';
import { processesWith } from './support.ts';

const zerox = dirname(createRequire(import.meta.url).resolve('0x/package.json'));

/** By 0x or what stands in for it, in a folder that must hold nothing else afterwards. */
async function converted(t: TestContext, text: string, folder = zerox, timeoutMs = 240_000): Promise<ConvertedLog> {
  const dir = await temporaryFolder(t);
  const file = join(dir, 'isolate-0x1-7-7-v8.log');
  await writeFile(file, text);
  try {
    return await convertLog({ file, pid: 7 }, { folder, node: process.execPath, dir, timeoutMs });
  } finally {
    assert.deepEqual(await readdir(dir), ['isolate-0x1-7-7-v8.log']);
    assert.deepEqual(processesWith(dir), []);
  }
}

test('wherever a log is cut, its whole lines are kept and its samples counted', async (t) => {
  const dir = await temporaryFolder(t);
  const [from, to] = [join(dir, 'from.log'), join(dir, 'to.log')];
  const log = 'v8-version,13,6\ntick,0x1,2,0,0x0,0,0x5\ncode-creation,JS,é\ntick,0x2,9,0,0x0,0\n';
  const bytes = Buffer.from(log);
  for (let cut = 0; cut <= bytes.length; cut++) {
    await writeFile(from, bytes.subarray(0, cut));
    const found = await copyWholeLines(from, to, 1e6);
    const kept = await readFile(to);
    assert.deepEqual(kept, bytes.subarray(0, bytes.subarray(0, cut).lastIndexOf('\n') + 1), `cut at ${cut}`);
    assert.deepEqual(found, { ticks: kept.toString().split('\ntick,').length - 1, cut: false }, `cut at ${cut}`);
  }
});

test('a real log cut in the middle of its last sample gives those before it', async (t) => {
  const dir = await temporaryFolder(t);
  const script = 'function burn() { let x = 0; for (const end = Date.now() + 400; Date.now() < end;) x++; } burn();';
  const flags = ['--prof', `--logfile=${join(dir, '%p-v8.log')}`];
  spawnSync(process.execPath, [...flags, '-e', script], { stdio: 'ignore' });
  const [log] = await isolateLogs(dir);
  const text = await readFile(log?.file ?? '', 'utf8');
  const last = text.lastIndexOf('\ntick,');
  const { parsed, ticks, cut } = await converted(t, text.slice(0, last + 12));
  assert.equal(cut, false);
  assert.ok(ticks > 0 && ticks === text.slice(0, last).split('\ntick,').length - 1, `${ticks} samples`);
  const profile = importV8Log(parsed);
  assert.equal(profile.samples.length, ticks);
  assert.ok(samplesOf(profile, 'burn').total.size > 0);
});

test('a log without samples, and an empty one, are told from those that 0x could not read', async (t) => {
  for (const text of ['', 'v8-ver', 'v8-version,13,6,233,17,-node.53,0\nprofiler,begin,1000\ntick,0x1,2'])
    await assert.rejects(converted(t, text), {
      code: 'TARGET_PROFILE_FAILED',
      message: 'V8 logged no sample of it: it ended before the first one',
    });
});

describe('a 0x', () => {
  const one = 'v8-version,13,6\ntick,0x1,2,0,0x0,0\n';
  const standIn = async (t: TestContext, body: string): Promise<string> => {
    const folder = join(await temporaryFolder(t), '0x');
    await mkdir(join(folder, 'lib'), { recursive: true });
    await writeFile(join(folder, 'package.json'), '{"name":"0x","version":"6.0.0"}');
    await writeFile(
      join(folder, 'lib/v8-log-to-ticks.js'),
      `const fs = require('node:fs');\nmodule.exports = async (log) => { ${body} };\n`,
    );
    return folder;
  };

  test('that is killed', async (t) => {
    const folder = await standIn(t, 'process.kill(process.pid, "SIGKILL"); await new Promise(() => undefined);');
    await assert.rejects(converted(t, one, folder), { code: 'TARGET_PROFILE_FAILED', message: /^0x .*SIGKILL/ });
  });

  test('that does not end is ended', async (t) => {
    const folder = await standIn(t, 'setInterval(() => undefined, 1000); await new Promise(() => undefined);');
    await assert.rejects(converted(t, one, folder, 1000), {
      code: 'TARGET_PROFILE_FAILED',
      message: '0x was not done within 1 s',
    });
  });

  test('whose JSON is cut off', async (t) => {
    const folder = await standIn(t, 'fs.writeFileSync(`${log}.json`, \'{"code":[],"functions":[{"na\');');
    await assert.rejects(converted(t, one, folder), {
      code: 'FORMAT_MALFORMED',
      message: /^The profile is cut off at byte 28: expected the end of a string\./,
    });
  });

  test('that writes nothing', async (t) => {
    const folder = await standIn(t, '');
    await assert.rejects(converted(t, one, folder), { message: '0x wrote nothing' });
  });

  test('that answers with another JSON', async (t) => {
    const folder = await standIn(t, 'fs.writeFileSync(`${log}.json`, \'{"ticks":{}}\');');
    const { parsed } = await converted(t, one, folder);
    assert.ok(isObject(parsed));
    assert.throws(() => importV8Log(parsed), { code: 'FORMAT_MALFORMED' });
  });
});
