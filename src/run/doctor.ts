import { fork } from 'node:child_process';
import { bundlePath } from '../bundles.ts';
import { SlowpathError } from '../errors.ts';
import {
  doctorTimes,
  type DoctorStep,
  type DoctorTimes,
  type MachineFigures,
  type MessageFromDoctor,
} from '../load/doctor/figures.ts';
import { machineFacts, readSwappedPages, type MachineFacts } from './machineFacts.ts';

/** Everything that is known about a machine before it is judged. */
export interface Examination {
  readonly facts: MachineFacts;
  readonly figures: MachineFigures;
  /** Swapped in and out meanwhile; null where the system does not tell. */
  readonly swappedPages: number | null;
}

export interface ExamineOptions {
  /** Aborting ends it at once. */
  readonly signal: AbortSignal;
  readonly onStep: (step: DoctorStep) => void;
  readonly times?: DoctorTimes;
  /** Entry of the measuring process, if not the bundle. */
  readonly entry?: string;
}

const keptStderr = 2000;

/**
 * Measures the machine from a process of its own, which is gone when this settles.
 * @throws SlowpathError CANCELLED; LOAD_FAILED if the process cannot be started or dies.
 */
export async function examineMachine(options: ExamineOptions): Promise<Examination> {
  // First, since measuring is itself a load.
  const facts = await machineFacts();
  const swappedBefore = readSwappedPages();
  const figures = await measureFigures(options);
  const swapped = readSwappedPages();
  const swappedPages = swapped !== null && swappedBefore !== null ? swapped - swappedBefore : null;
  return { facts, figures, swappedPages };
}

function measureFigures({ signal, onStep, times, entry }: ExamineOptions): Promise<MachineFigures> {
  if (signal.aborted) return Promise.reject(cancelled());
  const child = fork(entry ?? bundlePath('doctor'), [JSON.stringify(times ?? doctorTimes)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  // It keeps nothing that it would have to bring to an end.
  const cancel = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', cancel, { once: true });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-keptStderr)));
  return new Promise<MachineFigures>((resolve, reject) => {
    let figures: MachineFigures | null = null;
    let failure: string | null = null;
    child.on('message', (message: MessageFromDoctor) => {
      switch (message.type) {
        case 'step':
          onStep(message.step);
          break;
        case 'result':
          figures = message.figures;
          break;
        case 'failed':
          failure = message.message;
      }
    });
    child.on('error', (cause) => {
      reject(new SlowpathError('LOAD_FAILED', `The machine cannot be measured: ${cause.message}.`, { cause }));
    });
    // `close`, not `exit`: by then every message has been delivered.
    child.on('close', (code, killer) => {
      // Ctrl+C in a terminal reaches both processes, in either order.
      if (signal.aborted || killer === 'SIGINT') reject(cancelled());
      else if (figures) resolve(figures);
      else reject(died(failure ?? stderr.trim(), killer ?? `exit code ${code ?? 'unknown'}`));
    });
  }).finally(() => signal.removeEventListener('abort', cancel));
}

function cancelled(): SlowpathError {
  return new SlowpathError('CANCELLED', 'Cancelled; the machine was not judged.');
}

function died(words: string, how: string): SlowpathError {
  const last = words === '' ? '' : ` Its last words: ${words}`;
  return new SlowpathError(
    'LOAD_FAILED',
    `The process that measures the machine ended early (${how}); see whether loopback connections are allowed here.${last}`,
  );
}
