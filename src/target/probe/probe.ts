import { readFileSync, readlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname, join } from 'node:path';
import diagnostics from 'node:diagnostics_channel';
import * as workerThreads from 'node:worker_threads';
import { messageOf } from '../../errors.ts';
import {
  ENV_CLOCK,
  PROFILE_STATE_FILE,
  type Hello,
  type ProbeCommand,
  type ProbeMessage,
  type ProfileState,
} from '../wire.ts';
import { markClock } from './clockMarks.ts';
import { watchGc } from './gc.ts';
import { harmless } from './harmless.ts';
import { watchClient, watchServer } from './http.ts';
import { LoopWatch } from './loop.ts';
import { messageFrame, RowBuffer } from './rows.ts';
import { closeInspector, ThreadProfiler } from './profile.ts';

/** If the launcher falls this far behind, rows are dropped and counted rather than kept in the target's memory. */
const MAX_BACKLOG_BYTES = 4 * 1024 * 1024;
const MAX_COMMAND_CHARS = 64 * 1024;

const { isMainThread, threadId } = workerThreads;

export interface ProbeOptions {
  readonly socket: string;
  readonly run: string;
  /** The inspector was opened for this probe alone: it closes when the probe goes, if it has not been told to before. */
  readonly closeInspector?: boolean;
}

/** Measures the thread it is started in, and goes when the launcher goes. Nothing it does keeps the process alive. */
export class Probe {
  private readonly socket: Socket;
  private readonly stops: (() => void)[] = [];
  private readonly buffers: RowBuffer[];
  private readonly profiler: ThreadProfiler;
  private readonly loop: LoopWatch;
  private lostRows = 0;
  private incoming = '';
  private removed = false;

  constructor(options: ProbeOptions) {
    const hello = helloOf(options.run);
    this.profiler = new ThreadProfiler(hello);
    this.socket = connect(options.socket);
    this.socket.unref();
    this.socket.setEncoding('utf8');
    this.socket.on('error', () => this.remove());
    this.socket.on('close', () => this.remove());
    this.socket.on(
      'data',
      harmless((text: unknown) => this.receive(String(text))),
    );
    this.send(hello);

    const flush = (): void => this.flush();
    const buffer = (name: ConstructorParameters<typeof RowBuffer>[0]): RowBuffer => new RowBuffer(name, flush);
    const gc = buffer('gc');
    const stalls = buffer('stalls');
    const memory = buffer('memory');
    const started = buffer('serverStart');
    const finished = buffer('serverFinish');
    const client = buffer('clientRequests');
    this.buffers = [gc, stalls, memory, started, finished, client];

    this.loop = new LoopWatch(stalls, memory, flush);
    this.watch('GC pauses', () => watchGc(gc));
    this.watch('served requests', () => watchServer(started, finished));
    this.watch('outgoing requests', () => watchClient(client));
    this.watch('worker threads', () => this.watchWorkers());
    this.watch('the CPU profile', () => this.joinRunningProfile(join(dirname(options.socket), PROFILE_STATE_FILE)));
    if (process.env[ENV_CLOCK] === '1') this.watch('the clock of V8’s log', () => this.markClock());
    this.loop.start();
    this.stops.push(() => this.loop.stop());

    if (options.closeInspector) this.stops.push(closeInspector);

    const atExit = (): void => this.atExit();
    process.on('exit', atExit);
    this.stops.push(() => void process.removeListener('exit', atExit));
  }

  private watch(what: string, start: () => () => void): void {
    try {
      this.stops.push(start());
    } catch (error) {
      this.send({ type: 'gap', what, why: messageOf(error) });
    }
  }

  private watchWorkers(): () => void {
    const channel = diagnostics.channel('worker_threads');
    const listener = harmless((message: unknown) => {
      const worker: unknown = typeof message === 'object' && message !== null ? Reflect.get(message, 'worker') : null;
      const id: unknown = typeof worker === 'object' && worker !== null ? Reflect.get(worker, 'threadId') : null;
      if (typeof id === 'number') this.send({ type: 'worker', threadId: id });
    });
    channel.subscribe(listener);
    return () => channel.unsubscribe(listener);
  }

  /** A thread that starts while the others are being profiled begins at once, before it could be asked to. */
  private joinRunningProfile(stateFile: string): () => void {
    let text = '';
    try {
      text = readFileSync(stateFile, 'utf8');
    } catch {
      return () => undefined; // not profiling now
    }
    const state = JSON.parse(text) as ProfileState;
    this.profiler.start(state, false);
    return () => undefined;
  }

  private markClock(): () => void {
    this.send({ type: 'clock', marks: markClock(`${process.pid}-${threadId}`) });
    return () => undefined;
  }

  private send(message: ProbeMessage): void {
    if (!this.removed) this.socket.write(messageFrame(message));
  }

  private flush(): void {
    if (this.removed) return;
    const full = this.socket.writableLength > MAX_BACKLOG_BYTES;
    for (const buffer of this.buffers) {
      if (full) {
        this.lostRows += buffer.discard();
      } else {
        const frame = buffer.takeFrame();
        if (frame) this.socket.write(frame);
      }
    }
    if (full || this.lostRows === 0) return;
    this.send({ type: 'lost', rows: this.lostRows });
    this.lostRows = 0;
  }

  private receive(text: string): void {
    this.incoming += text;
    if (this.incoming.length > MAX_COMMAND_CHARS) {
      this.remove();
      return;
    }
    for (let end = this.incoming.indexOf('\n'); end >= 0; end = this.incoming.indexOf('\n')) {
      const line = this.incoming.slice(0, end);
      this.incoming = this.incoming.slice(end + 1);
      this.obey(line);
    }
  }

  private obey(line: string): void {
    let command: ProbeCommand;
    try {
      command = JSON.parse(line) as ProbeCommand;
    } catch {
      return;
    }
    let error: string | null = null;
    try {
      this.execute(command);
    } catch (caught) {
      error = messageOf(caught);
    }
    this.send({ type: 'reply', id: command.id, error });
    if (command.method === 'remove') this.remove();
  }

  private execute(command: ProbeCommand): void {
    switch (command.method) {
      case 'startProfile':
        this.profiler.start(command, true);
        this.loop.forget();
        return;
      case 'stopProfile':
        this.flush();
        this.profiler.stop();
        this.loop.forget();
        return;
      case 'flush':
        this.flush();
        return;
      case 'markClock':
        this.markClock();
        return;
      case 'closeInspector':
        closeInspector();
        return;
      case 'remove':
        this.flush();
        return;
    }
  }

  /** libuv writes to an idle socket at once, so that this still leaves the process. */
  private atExit(): void {
    try {
      this.flush();
      this.profiler.stop();
    } catch {
      // The process is going; the launcher names the missing profile.
    }
  }

  private remove(): void {
    if (this.removed) return;
    this.removed = true;
    for (const stop of this.stops.splice(0)) {
      try {
        stop();
      } catch {
        // Each part goes on its own.
      }
    }
    this.profiler.discard();
    this.socket.end();
    this.socket.destroySoon();
  }
}

function helloOf(run: string): Hello {
  return {
    type: 'hello',
    run,
    pid: process.pid,
    tid: nativeThreadId(),
    threadId,
    name: threadName(),
    version: process.versions.node,
    argv: [process.execPath, ...process.execArgv, ...process.argv.slice(1)],
  };
}

/** Loaders run their hooks in a thread of Node's own; Node 22 and newer tell it apart. */
function threadName(): string {
  if (isMainThread) return 'main';
  return Reflect.get(workerThreads, 'isInternalThread') ? 'module hooks' : `worker ${threadId}`;
}

/** Linux names the calling thread in a symbolic link: `4711/task/4713`. */
function nativeThreadId(): number {
  if (isMainThread) return process.pid;
  try {
    const tid = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    if (Number.isSafeInteger(tid)) return tid;
  } catch {
    // not Linux
  }
  return threadId;
}
