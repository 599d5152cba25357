import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Outlet } from '../../../src/cli/outlet.ts';
import { newTerminal } from '../../../src/cli/terminal.ts';
import { slowpath, type Ended } from './harness.ts';

let folder = '';
before(async () => (folder = await mkdtemp(join(tmpdir(), 'slowpath-outlet-'))));
after(() => rm(folder, { recursive: true }));

/** The command line with its standard output sent where a shell's words say. */
function sentTo(words: string): Promise<Ended> {
  return slowpath(folder, ['help', 'run'], { through: ['/bin/sh', '-c', `trap "" XFSZ; ${words}`, 'sh'] });
}

test('A result that a full disk did not take, or only in part, is told and is no success', async () => {
  for (const [words, why] of [
    ['exec "$@" >/dev/full', /ENOSPC/],
    // 512 bytes: the first write is cut short without an error.
    ['ulimit -f 1; exec "$@" >part', /EFBIG/],
  ] as const) {
    const ended = await sentTo(words);
    assert.equal(ended.code, 2, words);
    assert.match(ended.stderr, /^slowpath: Not all of the result could be written to standard output \(/);
    assert.match(ended.stderr, why);
  }
  const whole = await slowpath(folder, ['help', 'run']);
  const part = await readFile(join(folder, 'part'), 'utf8');
  assert.ok(part.length > 0 && whole.stdout.startsWith(part) && part.length < whole.stdout.length);
});

test('A file takes the whole result, after what is there if it is appended to', async () => {
  const { stdout } = await slowpath(folder, ['help', 'run']);
  for (const words of ['"$@" >all', 'exec "$@" >>all']) assert.equal((await sentTo(words)).code, 0);
  assert.equal(await readFile(join(folder, 'all'), 'utf8'), stdout + stdout);
});

test('A reader that leaves is no failure', async () => {
  const ended = await sentTo('{ "$@"; echo "code $?" >&2; } | :');
  assert.equal(ended.stderr, 'code 0\n');
});

test('A terminal without a size is written to in plain lines, 100 columns wide', () => {
  const sized = (columns: number): Outlet => {
    const facts = new Map<string | symbol, unknown>(Object.entries({ isTTY: true, columns }));
    const get = (stream: typeof process.stderr, name: string | symbol): unknown =>
      facts.get(name) ?? Reflect.get(stream, name);
    return new Outlet(new Proxy(process.stderr, { get }));
  };
  const unsized = newTerminal(sized(0), sized(0), { TERM: 'xterm' });
  assert.deepEqual([unsized.width, unsized.liveColumns()], [100, null]);
  const usual = newTerminal(sized(80), sized(80), { TERM: 'xterm' });
  assert.deepEqual([usual.width, usual.liveColumns()], [80, 80]);
});
