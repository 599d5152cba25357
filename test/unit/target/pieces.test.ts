import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { userEnvironment, withProbe } from '../../../src/target/environment.ts';
import { FrameReader, type Rows } from '../../../src/target/frames.ts';
import { isLoopback } from '../../../src/target/inspectorPort.ts';
import { isNodeExecutable } from '../../../src/target/node.ts';
import { OutputLog, sanitizeLine } from '../../../src/target/output.ts';
import { messageFrame, RowBuffer } from '../../../src/target/probe/rows.ts';
import { monotonicUs } from '../../../src/target/clock.ts';
import { SchedPoller, type SchedSample } from '../../../src/target/procfs.ts';
import { isOnRunClock } from '../../../src/target/profileFiles.ts';
import { portInOutput } from '../../../src/target/ready.ts';
import { ServerRequests } from '../../../src/target/serverRequests.ts';

describe('environment of a target', () => {
  const probe = { run: 'r1', socket: '/tmp/s', preload: '/opt/slow path/preload.cjs' };

  test('the person’s variables and the plan’s, with the plan’s first', () => {
    assert.deepEqual(userEnvironment({ HOME: '/home/a', PORT: '1' }, { PORT: '2' }), { HOME: '/home/a', PORT: '2' });
  });

  test('nothing of the extension host, its NODE_OPTIONS included', () => {
    const host = {
      VSCODE_PID: '1',
      VSCODE_ESM_ENTRYPOINT: 'x',
      ELECTRON_RUN_AS_NODE: '1',
      NODE_CHANNEL_FD: '3',
      NODE_OPTIONS: '--max-old-space-size=100',
      PATH: '/bin',
    };
    assert.deepEqual(userEnvironment(host), { PATH: '/bin' });
  });

  test('the person’s own NODE_OPTIONS stay, without the debugger’s auto-attach', () => {
    const bootloader = '--require "/home/a/.config/Code/ms-vscode.js-debug/bootloader.js"';
    assert.deepEqual(userEnvironment({ NODE_OPTIONS: `--trace-warnings ${bootloader}` }), {
      NODE_OPTIONS: '--trace-warnings',
    });
    assert.deepEqual(userEnvironment({ NODE_OPTIONS: bootloader }), {});
    assert.equal(
      withProbe({ NODE_OPTIONS: '--trace-warnings' }, probe)['NODE_OPTIONS'],
      '--trace-warnings --require="/opt/slow path/preload.cjs"',
    );
  });

  test('an outer run leaves no mark on an inner one', () => {
    assert.equal(userEnvironment({ SLOWPATH_RUN: 'outer', SLOWPATH_SOCKET: 'x' })['SLOWPATH_RUN'], undefined);
  });
});

describe('output of a target', () => {
  function log(nowUs = (): number => 0): { log: OutputLog; lines: string[]; floods: number[] } {
    const lines: string[] = [];
    const floods: number[] = [];
    return {
      log: new OutputLog(
        'api',
        ({ text }) => void lines.push(text),
        () => void floods.push(1),
        nowUs,
      ),
      lines,
      floods,
    };
  }

  test('escape sequences, control characters and direction marks go', () => {
    assert.equal(
      sanitizeLine('\u001b[1;31mred\u001b[0m \u001b]0;title\u0007x\u0000\u009b\u202eabc\u2066\u200f\ttab'),
      'red xabc\ttab',
    );
    assert.equal(sanitizeLine(`\u001b]8;;http://a\u001b\\link\u001b]8;;\u001b\\`), 'link');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) =>
        assert.doesNotMatch(sanitizeLine(text), /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e]/),
      ),
    );
  });

  test('lines come whole however they are cut, characters too', () => {
    const bytes = Buffer.from('grüße\r\n☃ zwei\nrest');
    for (let cut = 0; cut <= bytes.length; cut++) {
      const { log: each, lines } = log();
      each.write('stdout', bytes.subarray(0, cut));
      each.write('stdout', bytes.subarray(cut));
      each.end('stdout');
      assert.deepEqual(lines, ['grüße', '☃ zwei', 'rest']);
    }
  });

  test('a line carries 8 KiB, the last twenty are kept', () => {
    const { log: each, lines } = log();
    each.write('stderr', Buffer.from(`${'x'.repeat(100_000)}\n`));
    assert.equal(lines[0]?.length, 8192);
    for (let i = 0; i < 30; i++) each.write('stdout', Buffer.from(`line ${i}\n`));
    assert.deepEqual(
      each.lastLines(),
      Array.from({ length: 20 }, (_, i) => `line ${i + 10}`),
    );
  });

  test('what stands without a newline is among the last lines, as far as it goes', () => {
    const { log: each, lines } = log();
    each.write('stdout', Buffer.from('whole\nhalf \u001b[31mred'));
    each.write('stderr', Buffer.from('y'.repeat(100_000)));
    assert.deepEqual(each.lastLines(), ['whole', 'half red', 'y'.repeat(8192)]);
    assert.deepEqual(lines, ['whole']);
    each.end('stdout');
    assert.deepEqual(each.lastLines(), ['whole', 'half red', 'y'.repeat(8192)]);
  });

  test('2,000 lines a second are passed on, the rest counted', () => {
    let nowUs = 0;
    const { log: each, lines } = log(() => nowUs);
    for (let i = 0; i < 5000; i++) each.write('stdout', Buffer.from('a\n'));
    assert.equal(lines.length, 2000);
    nowUs = 1_000_001;
    each.write('stdout', Buffer.from('b\n'));
    assert.deepEqual(lines.slice(2000), ['… 3000 more lines left out', 'b']);
  });

  test('more than 10 MB/s over two seconds is a flood, told once; a burst below is none', () => {
    let nowUs = 0;
    const { log: each, floods } = log(() => nowUs);
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    for (let second = 0; second < 20; second++) {
      for (let i = 0; i < 9; i++) each.write('stdout', megabyte);
      nowUs += 1_000_000;
    }
    assert.equal(floods.length, 0);
    for (let i = 0; i < 30; i++) each.write('stdout', megabyte);
    assert.equal(floods.length, 1);
  });
});

describe('frames of the control socket', () => {
  test('rows and messages survive any cut', () => {
    const buffer = new RowBuffer('gc', () => undefined);
    buffer.push(1.5, 2.5, 4);
    buffer.push(10, 20, 8);
    const bytes = Buffer.concat([
      messageFrame({ type: 'hello' }),
      buffer.takeFrame() ?? Buffer.alloc(0),
      messageFrame({ n: 1 }),
    ]);
    assert.equal(buffer.takeFrame(), null);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
        const messages: unknown[] = [];
        const rows: Rows[] = [];
        const reader = new FrameReader({
          onMessage: (each) => void messages.push(each),
          onRows: (each) => void rows.push(each),
        });
        const points = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        points.slice(1).forEach((point, index) => reader.write(bytes.subarray(points[index], point)));
        assert.deepEqual(messages, [{ type: 'hello' }, { n: 1 }]);
        assert.deepEqual(
          rows.map(({ table, columns }) => [table, ...columns.map((column) => [...column])]),
          [['gc', [1.5, 10], [2.5, 20], [4, 8]]],
        );
      }),
    );
  });

  test('garbage is refused, not waited for', () => {
    const reader = (): FrameReader => new FrameReader({ onMessage: () => undefined, onRows: () => undefined });
    assert.throws(() => reader().write(Buffer.from('GET / HTTP/1.1\r\n\r\n')), RangeError);
    assert.throws(() => reader().write(Buffer.from([2, 0, 0, 0, 1, 0x7b, 0x7b])), SyntaxError);
    assert.throws(() => reader().write(Buffer.from([8, 0, 0, 0, 2, 99, 0, 0, 0, 1, 0, 0, 0])), RangeError);
    assert.throws(() => reader().write(Buffer.from([8, 0, 0, 0, 2, 0, 0, 0, 0, 255, 255, 255, 255])), RangeError);
  });

  test('a full buffer is flushed, and if that is impossible drops rows instead of growing', () => {
    const buffer = new RowBuffer('stalls', () => undefined);
    for (let i = 0; i < 10_000; i++) buffer.push(i, i);
    assert.equal(buffer.takeFrame()?.length, 5 + 8 + 2 * 8 * 4096);
  });
});

describe('requests as the server saw them', () => {
  const columns = (...rows: (readonly number[])[]): Float64Array[] =>
    (rows[0] ?? []).map((_, column) => Float64Array.from(rows, (row) => row[column] ?? 0));

  test('joined in any order; the unfinished end as NaN', () => {
    const requests = new ServerRequests();
    assert.deepEqual(requests.finished(columns([2, 50])), [[], [], [], []]);
    assert.deepEqual(requests.started(columns([1, 10, 11, 4000], [2, 20, 21, 4001])), [[20], [21], [50], [4001]]);
    assert.deepEqual(requests.finished(columns([1, 30])), [[10], [11], [30], [4000]]);
    requests.started(columns([3, 60, 61, 4002]));
    assert.deepEqual(requests.takeOpen(), [[60], [61], [Number.NaN], [4002]]);
  });

  test('endless aborted requests do not pile up', () => {
    const requests = new ServerRequests();
    let given = 0;
    for (let i = 0; i < 60_000; i++) given += requests.started(columns([i, i, i, 1]))[0].length;
    assert.equal(given, 10_000);
  });
});

describe('law 3: one clock', () => {
  const stampsUs = { startBefore: 1000, startAfter: 8000, stopBefore: 90_000, stopAfter: 94_000 };
  const at = (startTime: unknown, endTime: unknown): boolean =>
    isOnRunClock({
      pid: 1,
      tid: 1,
      threadId: 0,
      name: 'main',
      intervalUs: 1000,
      scripts: [],
      stampsUs,
      profile: { startTime, endTime },
    });

  test('a profile joins only if its start and end fall inside the stamps around them', () => {
    assert.ok(at(1000, 94_000) && at(7999, 90_001));
    for (const [startTime, endTime] of [
      [900, 92_000],
      [8100, 92_000],
      [5000, 89_000],
      [5000, 95_000],
      [5000, Number.NaN],
      ['5000', 92_000],
      [undefined, undefined],
    ]) {
      assert.equal(at(startTime, endTime), false, `${String(startTime)} … ${String(endTime)}`);
    }
  });
});

describe('small things', () => {
  test('the port of EADDRINUSE in Node’s own output', () => {
    assert.equal(portInOutput(['listening']), undefined);
    assert.equal(portInOutput(['Error: listen EADDRINUSE: address already in use :::3000']), 3000);
    assert.equal(
      portInOutput(['Error: listen EADDRINUSE: address already in use 127.0.0.1:8080', '    at x (y.js:12:30)']),
      8080,
    );
    assert.equal(portInOutput(["  code: 'EADDRINUSE',", "  address: '::',", '  port: 3001']), 3001);
    assert.equal(portInOutput(['Error: listen EADDRINUSE: address already in use /tmp/sock']), null);
  });

  test('names of Node’s executable', () => {
    for (const name of [
      '/usr/bin/node',
      'node22',
      '/x/node-22.1.0',
      'C:/node.exe',
      '/usr/bin/node (deleted)',
      'nodejs',
    ])
      assert.ok(isNodeExecutable(name), name);
    for (const name of ['/usr/bin/nodemon', '/bin/sleep', '/usr/bin/python3', 'node.sh'])
      assert.ok(!isNodeExecutable(name), name);
  });

  test('loopback is loopback', () => {
    for (const host of ['127.0.0.1', '127.8.8.8', 'localhost', '[::1]']) assert.ok(isLoopback(host));
    for (const host of ['0.0.0.0', '10.0.0.1', 'localhost.evil.org', '127.0.0.1.evil.org', '[::]'])
      assert.ok(!isLoopback(host));
  });

  test('schedstat counts the CPU time the kernel counts', { skip: process.platform !== 'linux' }, () => {
    const samples: SchedSample[] = [];
    const threads = new Map<number, string>();
    const poller = new SchedPoller(
      {
        onThread: (_, tid, name) => void threads.set(tid, name),
        onSample: (_, tid, sample) => {
          if (tid === process.pid) samples.push(sample);
        },
      },
      monotonicUs,
    );
    poller.add(process.pid);
    poller.poll();
    const before = process.threadCpuUsage();
    for (const end = performance.now() + 100; performance.now() < end;);
    const used = process.threadCpuUsage(before);
    poller.poll();
    poller.dispose();
    const [first, last] = [samples[0], samples.at(-1)];
    assert.ok(first && last && threads.size > 1);
    const cpuUs = last.cpuUs - first.cpuUs;
    assert.ok(Math.abs(cpuUs - used.user - used.system) < 5000, `${cpuUs} µs against ${used.user + used.system} µs`);
    assert.ok(last.waitUs >= first.waitUs && last.timeUs > first.timeUs);
  });
});
