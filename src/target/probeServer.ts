import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SlowpathError } from '../errors.ts';
import { FrameReader, type Rows } from './frames.ts';
import { PROFILE_STATE_FILE, type ClockStamps, type Hello, type ProbeCommand, type ProfileState } from './wire.ts';

/** sockaddr_un holds 108 bytes on Linux and 104 on macOS, the terminating zero included. */
const MAX_SOCKET_PATH = 103;
const MAX_TEXT = 4096;

type Command = ProbeCommand extends infer Each ? (Each extends ProbeCommand ? Omit<Each, 'id'> : never) : never;

export interface ProbeEvents {
  onThread(thread: ProbeThread): void;
  onRows(thread: ProbeThread, rows: Rows): void;
  onWorkerCreated(thread: ProbeThread, threadId: number): void;
  onClock(thread: ProbeThread, marks: readonly ClockStamps[]): void;
  onGap(what: string, why: string): void;
  /** That many rows never left the thread. */
  onLost(thread: ProbeThread, rows: number): void;
}

/** One instrumented thread of the target. */
export class ProbeThread {
  readonly hello: Hello;
  private readonly socket: Socket;
  private readonly waiting = new Map</* command id */ number, { resolve(): void; reject(error: Error): void }>();
  private nextId = 1;
  private open = true;

  constructor(hello: Hello, socket: Socket) {
    this.hello = hello;
    this.socket = socket;
    socket.once('close', () => {
      this.open = false;
      for (const each of this.waiting.values()) each.reject(new Error('it ended'));
      this.waiting.clear();
    });
  }

  /** Asks the probe to do something; rejects when it fails, ends or does not answer in time. */
  async ask(command: Command, timeoutMs: number): Promise<void> {
    if (!this.open) throw new Error('it ended');
    const id = this.nextId++;
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.waiting.set(id, { resolve, reject });
        timer = setTimeout(
          () => reject(new Error(`it did not answer within ${timeoutMs / 1000} s: its event loop is busy`)),
          timeoutMs,
        );
        this.socket.write(`${JSON.stringify({ ...command, id })}\n`);
      });
    } finally {
      clearTimeout(timer);
      this.waiting.delete(id);
    }
  }

  /** False once it has ended. */
  isConnected(): boolean {
    return this.open;
  }

  answer(id: number, error: string | null): void {
    const asked = this.waiting.get(id);
    if (error === null) asked?.resolve();
    else asked?.reject(new Error(error));
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Where the probes of one target report: a Unix socket (a named pipe on Windows) that only this user can open. */
export class ProbeServer {
  readonly path: string;
  readonly run: string;
  /** Holds the socket; removed by dispose. */
  readonly folder: string;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private events: ProbeEvents | undefined;

  private constructor(run: string, folder: string) {
    this.run = run;
    this.folder = folder;
    this.path = process.platform === 'win32' ? `\\\\.\\pipe\\slowpath-${run}` : join(folder, 's');
    this.server = createServer((socket) => this.accept(socket));
  }

  /** @throws SlowpathError INTERNAL if no temporary folder can be made. */
  static async open(): Promise<ProbeServer> {
    const server = new ProbeServer(randomUUID(), await shortTemporaryFolder());
    await new Promise<void>((resolve, reject) => {
      server.server.once('error', reject);
      server.server.listen(server.path, () => resolve());
    });
    server.server.unref();
    return server;
  }

  /** To be called before the first probe can know the path. */
  listenTo(events: ProbeEvents): void {
    this.events = events;
  }

  /** Threads that start from now on profile themselves at once; null ends that. */
  async setProfileState(state: ProfileState | null): Promise<void> {
    const file = join(this.folder, PROFILE_STATE_FILE);
    if (state) await writeFile(file, JSON.stringify(state));
    else await rm(file, { force: true });
  }

  async dispose(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
    await rm(this.folder, { recursive: true, force: true });
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    let thread: ProbeThread | undefined;
    const reader = new FrameReader({
      onMessage: (message) => {
        if (thread) this.onMessage(thread, message);
        else if (isHello(message) && message.run === this.run) {
          thread = new ProbeThread(message, socket);
          this.events?.onThread(thread);
        } else throw new RangeError('a stranger');
      },
      onRows: (rows) => {
        if (!thread) throw new RangeError('rows before hello');
        this.events?.onRows(thread, rows);
      },
    });
    socket.on('data', (chunk) => {
      try {
        reader.write(chunk);
      } catch {
        if (thread)
          this.events?.onGap(
            `probe of ${thread.hello.name} (pid ${thread.hello.pid})`,
            'it sent what cannot be read; its connection was closed',
          );
        socket.destroy();
      }
    });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => {
      this.sockets.delete(socket);
    });
  }

  private onMessage(thread: ProbeThread, message: unknown): void {
    if (typeof message !== 'object' || message === null || !('type' in message)) throw new RangeError('not a message');
    if (message.type === 'reply' && 'id' in message && typeof message.id === 'number') {
      thread.answer(
        message.id,
        'error' in message && typeof message.error === 'string' ? message.error.slice(0, MAX_TEXT) : null,
      );
    } else if (message.type === 'worker' && 'threadId' in message && typeof message.threadId === 'number') {
      this.events?.onWorkerCreated(thread, message.threadId);
    } else if (message.type === 'clock' && 'marks' in message && Array.isArray(message.marks)) {
      this.events?.onClock(thread, (message.marks as unknown[]).filter(isStamps));
    } else if (message.type === 'lost' && 'rows' in message && Number.isSafeInteger(message.rows)) {
      this.events?.onLost(thread, Math.max(0, Number(message.rows)));
    } else if (message.type === 'gap' && 'what' in message && 'why' in message) {
      this.events?.onGap(
        `${String(message.what)} in ${thread.hello.name} (pid ${thread.hello.pid})`.slice(0, MAX_TEXT),
        String(message.why).slice(0, MAX_TEXT),
      );
    }
  }
}

async function shortTemporaryFolder(): Promise<string> {
  const bases = process.platform === 'win32' ? [tmpdir()] : [tmpdir(), '/tmp', '/var/tmp'];
  let failure: unknown;
  for (const base of bases) {
    if (process.platform !== 'win32' && Buffer.byteLength(join(base, 'slowpath-XXXXXX', 's')) > MAX_SOCKET_PATH)
      continue;
    try {
      return await mkdtemp(join(base, 'slowpath-'));
    } catch (error) {
      failure = error;
    }
  }
  throw new SlowpathError(
    'INTERNAL',
    `No temporary folder could be made in ${bases.join(', ')}; free some space there or set TMPDIR.`,
    { cause: failure },
  );
}

function isHello(value: unknown): value is Hello {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    value.type === 'hello' &&
    'run' in value &&
    'pid' in value &&
    Number.isSafeInteger(value.pid) &&
    'tid' in value &&
    Number.isSafeInteger(value.tid) &&
    'threadId' in value &&
    Number.isSafeInteger(value.threadId) &&
    'name' in value &&
    isShortText(value.name) &&
    'version' in value &&
    isShortText(value.version) &&
    'argv' in value &&
    Array.isArray(value.argv) &&
    value.argv.every((arg) => typeof arg === 'string')
  );
}

function isStamps(value: unknown): value is ClockStamps {
  return (
    typeof value === 'object' &&
    value !== null &&
    'mark' in value &&
    isShortText(value.mark) &&
    'beforeUs' in value &&
    Number.isFinite(value.beforeUs) &&
    'afterUs' in value &&
    Number.isFinite(value.afterUs)
  );
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_TEXT;
}
