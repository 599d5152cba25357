import type { LoadProgress } from '../load/result.ts';
import { formatRate, formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import type { MeasureEvent, MeasurePhase } from '../run/measureEvent.ts';
import { cellsOf, padEnd } from '../report/paint.ts';
import type { Terminal } from './terminal.ts';

const PHASES: Readonly<Record<MeasurePhase, string>> = {
  launching: 'starting targets',
  connecting: 'connecting',
  warmup: 'warming up',
  measuring: 'measuring',
  draining: 'waiting for last answers',
  collecting: 'collecting profiles',
  writing: 'writing',
  analysing: 'analysing',
};
const BAR_CELLS = 20;
/** Between plain lines where there is no terminal, ms. */
const PLAIN_EVERY_MS = 5000;

/** Tells on standard error how a run goes: one line rewritten in place on a terminal, a plain line now and then elsewhere. */
export class Progress {
  private readonly terminal: Terminal;
  private readonly verbose: boolean;
  private readonly now: () => number;
  private phase: MeasurePhase | null = null;
  private last: LoadProgress | null = null;
  private isDrawn = false;
  private plainAt = 0;

  constructor(terminal: Terminal, options: { readonly verbose: boolean; readonly now?: () => number }) {
    this.terminal = terminal;
    this.verbose = options.verbose;
    this.now = options.now ?? (() => performance.now());
  }

  readonly onEvent = (event: MeasureEvent): void => {
    switch (event.type) {
      case 'created':
        this.line(this.terminal.paintErr.dim(`recording ${visible(event.id, 200)}`));
        break;
      case 'phase':
        this.enter(event.phase);
        break;
      case 'progress':
        this.show(event.progress);
        break;
      case 'output':
        if (this.verbose) {
          const { target, text } = event.output;
          this.line(`${this.terminal.paintErr.dim(`${visible(target, 40)} |`)} ${visible(text, 2000)}`);
        }
        break;
      case 'log':
        this.line(this.terminal.paintErr.dim(visible(event.text, 1000)));
        break;
      case 'warning':
        if (this.verbose) this.line(`not measured: ${visible(event.gap.what, 300)} (${visible(event.gap.why, 500)})`);
    }
  };

  /** A whole line of its own; the live one comes back below it. */
  line(text: string): void {
    this.clear();
    this.terminal.err(`${text}\n`);
    this.draw();
  }

  /** Takes the live line away for good. */
  end(): void {
    this.clear();
    this.phase = null;
  }

  private enter(phase: MeasurePhase): void {
    if (phase === this.phase) return;
    this.phase = phase;
    if (this.terminal.liveColumns() === null) {
      this.plainAt = this.now();
      this.terminal.err(`${PHASES[phase]}\n`);
    } else {
      this.draw();
    }
  }

  private show(progress: LoadProgress): void {
    this.last = progress;
    if (this.terminal.liveColumns() !== null) {
      this.draw();
    } else if (this.now() - this.plainAt >= PLAIN_EVERY_MS) {
      this.plainAt = this.now();
      this.terminal.err(`${this.text()}\n`);
    }
  }

  private draw(): void {
    const columns = this.terminal.liveColumns();
    if (columns === null || this.phase === null) return;
    // Never as wide as the terminal: a wrapped line can't be rewritten.
    let text = this.text();
    if (cellsOf(text) >= columns) text = text.slice(0, Math.max(0, columns - 1));
    this.terminal.err(`\r\u001b[2K${text}`);
    this.isDrawn = true;
  }

  private clear(): void {
    if (this.isDrawn) this.terminal.err('\r\u001b[2K');
    this.isDrawn = false;
  }

  private text(): string {
    const phase = this.phase === null ? '' : PHASES[this.phase];
    const { last } = this;
    if (last === null) return phase;
    const share = Math.min(1, Math.max(0, last.share));
    const filled = Math.round(share * BAR_CELLS);
    const bar = this.terminal.liveColumns() === null ? '' : `${'━'.repeat(filled)}${'─'.repeat(BAR_CELLS - filled)} `;
    const errors = last.errors === 0 ? '' : `  ${last.errors} ${last.errors === 1 ? 'error' : 'errors'}`;
    return `${padEnd(phase, 12)} ${bar}${String(Math.round(share * 100)).padStart(3)}%  ${formatRate(last.ratePerSecond)}  p50 ${formatUs(last.p50Us)}  p99 ${formatUs(last.p99Us)}${errors}`;
  }
}
