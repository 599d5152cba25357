import { fork, type ChildProcess } from 'node:child_process';
import { bundlePath } from '../bundles.ts';
import { SlowpathError } from '../errors.ts';
import type { Sliceable } from '../pieces.ts';
import type { SampleTypes } from '../profile/formats/importer.ts';
import type { FileBytes } from './analysisMessages.ts';
import type {
  MessageFromFileReader,
  MessageToFileReader,
  ProfileQuestion,
  ProfileQuestions,
} from './fileReaderMessages.ts';
import { runnerEnvironment } from './runnerProcess.ts';

export interface ReadFileOptions {
  /** Which of the file's sample types; null for its own choice. */
  readonly sampleType: string | null;
  /** Ends the process: what it has read goes with it. */
  readonly signal: AbortSignal;
  /** Path of the reader's script; default the built one. */
  readonly script?: string;
  /** Memory of its heap, beyond which a file is too large for us. */
  readonly heapMb: number;
  /** How long the reading may take. */
  readonly timeoutMs: number;
}

/** A profile that stands packed in its reader's memory until the signal comes. */
export interface ReadFile {
  readonly profile: Sliceable;
  /** null where the file can be read in one way only. */
  readonly types: SampleTypes | null;
  /** What of the file could not be used, in sentences that quote it: untrusted text. */
  readonly remarks: readonly string[];
  /** @throws SlowpathError CANCELLED by the signal; FORMAT_TOO_LARGE when the process ran out of memory; INTERNAL. */
  readonly ask: <Name extends keyof ProfileQuestions>(
    name: Name,
    args: ProfileQuestions[Name]['args'],
  ) => Promise<ProfileQuestions[Name]['answer']>;
}

/**
 * Reads a profile file of any known format in a process of its own.
 * @throws SlowpathError FORMAT_*; FORMAT_TOO_LARGE also when the process ran out of memory or time; CANCELLED by the signal; INTERNAL.
 */
export async function readProfileFile(file: FileBytes, options: ReadFileOptions): Promise<ReadFile> {
  const { signal, heapMb, timeoutMs, sampleType } = options;
  if (signal.aborted) throw cancelled();
  const child = fork(options.script ?? bundlePath('reader'), [], {
    env: runnerEnvironment(process.env, ''),
    execArgv: [`--max-old-space-size=${heapMb}`],
    serialization: 'advanced',
    // A heap that is full is told by pages of text, which say nothing to a person.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const end = (): boolean => child.kill('SIGKILL');
  signal.addEventListener('abort', end, { once: true });
  const channel = new Channel(child, signal);
  const timer = setTimeout(() => channel.fail(tooLong(timeoutMs)), timeoutMs);
  try {
    const { byteLength, types, remarks } = await channel.read(file, sampleType);
    const slice = (from: number, to: number): Promise<ArrayBuffer> => channel.slice(from, Math.min(to, byteLength));
    const ask: ReadFile['ask'] = (name, args) => channel.question(name, args);
    return { profile: { byteLength, slice }, types, remarks, ask };
  } catch (error) {
    end();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

type Packed = Extract<MessageFromFileReader, { type: 'packed' }>;

interface Waiting<Value> {
  readonly resolve: (value: Value) => void;
  readonly reject: (error: SlowpathError) => void;
}

/** Questions to the reader and its answers; its end answers all that are open. */
class Channel {
  private readonly child: ChildProcess;
  private reading: Waiting<Packed> | undefined;
  private readonly slices = new Map</* from */ number, Waiting<ArrayBuffer>>();
  private readonly questions = new Map</* id */ number, Waiting<unknown>>();
  private lastId = 0;
  private failure: SlowpathError | undefined;

  constructor(child: ChildProcess, signal: AbortSignal) {
    this.child = child;
    child.on('message', (message) => this.hear(message as MessageFromFileReader));
    child.once('error', (error) =>
      this.fail(new SlowpathError('INTERNAL', `The reader could not be started: ${error.message}`, { cause: error })),
    );
    child.once('exit', (code, by) => this.fail(signal.aborted ? cancelled() : ended(code, by)));
  }

  read(file: FileBytes, sampleType: string | null): Promise<Packed> {
    return new Promise((resolve, reject) => {
      this.reading = { resolve, reject };
      this.send({ type: 'read', file, sampleType });
    });
  }

  slice(from: number, to: number): Promise<ArrayBuffer> {
    return new Promise((resolve, reject) => {
      this.slices.set(from, { resolve, reject });
      this.send({ type: 'slice', from, to });
    });
  }

  question<Name extends keyof ProfileQuestions>(
    name: Name,
    args: ProfileQuestions[Name]['args'],
  ): Promise<ProfileQuestions[Name]['answer']> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.questions.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.send({ type: 'ask', id, question: { name, args } as ProfileQuestion });
    });
  }

  fail(error: SlowpathError): void {
    this.failure ??= error;
    this.reading?.reject(this.failure);
    for (const { reject } of this.slices.values()) reject(this.failure);
    this.slices.clear();
    for (const { reject } of this.questions.values()) reject(this.failure);
    this.questions.clear();
  }

  private send(message: MessageToFileReader): void {
    if (this.failure) this.fail(this.failure);
    // One that is gone by now says so by its exit.
    else if (this.child.connected) this.child.send(message, () => undefined);
  }

  private hear(message: MessageFromFileReader): void {
    if (message.type === 'failed') this.fail(new SlowpathError(message.code, message.message));
    else if (message.type === 'packed') this.reading?.resolve(message);
    else if (message.type === 'answer') {
      this.questions.get(message.id)?.resolve(message.value);
      this.questions.delete(message.id);
    } else {
      const { buffer, byteOffset, byteLength } = message.bytes;
      // Alone in its buffer, or a part of the message's: only its own bytes go on.
      this.slices.get(message.from)?.resolve(buffer.slice(byteOffset, byteOffset + byteLength));
      this.slices.delete(message.from);
    }
  }
}

function cancelled(): SlowpathError {
  return new SlowpathError('CANCELLED', 'The file was closed.');
}

/** How a process ends whose heap is full (V8 aborts; Electron traps), or that the system takes for the largest when memory is short. */
const memorySignals: readonly unknown[] = ['SIGABRT', 'SIGTRAP', 'SIGILL', 'SIGKILL'];
const abortedCode = 134;

function ended(code: number | null, by: NodeJS.Signals | null): SlowpathError {
  if (code === abortedCode || memorySignals.includes(by))
    return new SlowpathError(
      'FORMAT_TOO_LARGE',
      'The file needs more memory than there is for reading it: record a shorter time.',
    );
  return new SlowpathError('INTERNAL', `The reader ended unexpectedly (${by ?? `exit code ${code ?? 'unknown'}`}).`);
}

function tooLong(timeoutMs: number): SlowpathError {
  return new SlowpathError(
    'FORMAT_TOO_LARGE',
    `Reading took longer than ${Math.round(timeoutMs / 1000)} s and was given up: record a shorter time.`,
  );
}
