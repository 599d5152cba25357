import { SlowpathError } from '../errors.ts';
import type { LaunchTarget } from '../plan/scenario.ts';
import type { Exit } from './guarded.ts';
import { portInOutput, portInUse } from './ready.ts';

/** Decides how a launched process came to its end. */
export class Life {
  readonly failed: Promise<never>;
  private readonly fail: (error: SlowpathError) => void;
  private readonly name: string;
  private isReady = false;
  private isStopping = false;

  constructor(name: string) {
    const { promise, reject } = Promise.withResolvers<never>();
    this.name = name;
    this.failed = promise;
    this.fail = reject;
    // Who waits for it decides; nobody need.
    promise.catch(() => undefined);
  }

  ready(): void {
    this.isReady = true;
  }

  /** From now on its end is no failure. */
  stopping(): void {
    this.isStopping = true;
  }

  exited({ code, signal }: Exit, lastLines: readonly string[]): void {
    if (this.isStopping) return;
    const port = this.isReady ? undefined : portInOutput(lastLines);
    if (port !== undefined) {
      this.fail(portInUse(this.name, port));
      return;
    }
    const when = this.isReady ? 'during the run' : 'before it was ready';
    const text = `Target "${this.name}" ${endOf({ code, signal })} ${when}.${quotedLines(lastLines)}`;
    this.fail(new SlowpathError('TARGET_EXITED', text, { cause: { code, signal } }));
  }

  flooded(lastLines: readonly string[]): void {
    if (this.isStopping) return;
    this.fail(
      new SlowpathError(
        'TARGET_FLOODED',
        `Target "${this.name}" writes more than 10 MB/s of output, which would be what is measured; turn its logging down.${quotedLines(lastLines.slice(-3))}`,
      ),
    );
  }
}

/** How a process ended, as the rest of a sentence. */
export function endOf({ code, signal }: Exit): string {
  if (signal !== null) return `was ended by ${signal}`;
  return code !== null ? `exited with code ${code}` : 'lost its guard process';
}

/** Waits for a line of output that contains a text, among those already printed too. */
export class LineWatch {
  private readonly printed: string[] = [];
  private readonly waiting = new Map</* text */ string, () => void>();

  saw(line: string): void {
    if (this.printed.length < 10_000) this.printed.push(line);
    for (const [text, resolve] of this.waiting) if (line.includes(text)) resolve();
  }

  next(text: string): Promise<void> {
    if (this.printed.some((line) => line.includes(text))) return Promise.resolve();
    return new Promise((resolve) => void this.waiting.set(text, resolve));
  }
}

/** Why a target that did not come up in time did not, as far as its output tells. */
export function notReady(spec: LaunchTarget, problem: string, lastLines: readonly string[]): SlowpathError {
  const port = portInOutput(lastLines);
  if (port !== undefined) return portInUse(spec.name, port);
  const seconds = (spec.ready?.timeoutUs ?? 0) / 1e6;
  return new SlowpathError(
    'TARGET_NOT_READY',
    `Target "${spec.name}" did not become ready within ${seconds} s: ${problem}; correct "ready" in the plan or give it a longer "timeout".${quotedLines(lastLines)}`,
  );
}

/** The last lines under a message; it says so if there was no output. */
export function quotedLines(lines: readonly string[]): string {
  if (lines.length === 0) return ' It printed nothing.';
  return ` Its last output:\n${lines.map((line) => `  ${line.length > 500 ? `${line.slice(0, 500)}…` : line}`).join('\n')}`;
}
