import { getHeapStatistics } from 'node:v8';
import { idleUs, monotonicUs } from './clock.ts';
import { harmless } from './harmless.ts';
import type { RowBuffer } from './rows.ts';

/**
 * How often the loop is asked to come round. Measured on a 2-core virtual machine with other work, Node 24, in a process with
 * nothing else to do (each tick wakes it): every 1 ms costs 4.4 % of a core, 5 ms 1.8 %, 10 ms 1.1 %. A busy process is
 * awake anyway and pays a few µs a tick. At 5 ms every stall of 7 ms or more is seen, shorter ones in proportion.
 */
const TICK_MS = 5;
/** libuv's timers have a resolution of 1 ms and fire up to 1 ms late on a free loop. */
const STALL_LATE_US = 2000;
const FLUSH_EVERY_US = 100_000;
const MEMORY_EVERY_US = 250_000;

const { setInterval, clearInterval } = globalThis;
const memoryUsage = process.memoryUsage;

/**
 * One unref'd timer for all that is done regularly: the list of stalls, memory, and the flush.
 *
 * A stall is a tick that came at least 2 ms late. Between two ticks the loop first waited (idle) and then was held up, so the
 * stall began `idle` after the previous tick: `start = last + Δidle`, `duration = now − start`. The histogram of
 * monitorEventLoopDelay would hide a single stall of 500 ms.
 */
export class LoopWatch {
  private timer: NodeJS.Timeout | undefined;
  private lastTickUs = 0;
  private lastIdleUs = 0;
  private lastFlushUs = 0;
  private lastMemoryUs = 0;
  private readonly stalls: RowBuffer;
  private readonly memory: RowBuffer;
  private readonly flush: () => void;

  constructor(stalls: RowBuffer, memory: RowBuffer, flush: () => void) {
    this.stalls = stalls;
    this.memory = memory;
    this.flush = flush;
  }

  start(): void {
    this.forget();
    this.timer = setInterval(
      harmless(() => this.tick()),
      TICK_MS,
    );
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** What held up the loop since the last tick was the probe's own doing: not a stall of the program. */
  forget(): void {
    this.lastTickUs = monotonicUs();
    this.lastIdleUs = idleUs();
  }

  private tick(): void {
    const nowUs = monotonicUs();
    const idle = idleUs();
    if (nowUs - this.lastTickUs - TICK_MS * 1000 >= STALL_LATE_US) {
      const startUs = Math.min(this.lastTickUs + Math.max(0, idle - this.lastIdleUs), nowUs);
      this.stalls.push(startUs, nowUs - startUs);
    }
    this.lastTickUs = nowUs;
    this.lastIdleUs = idle;
    if (nowUs - this.lastMemoryUs >= MEMORY_EVERY_US) {
      this.lastMemoryUs = nowUs;
      const heap = getHeapStatistics();
      this.memory.push(nowUs, memoryUsage.rss(), heap.used_heap_size, heap.heap_size_limit);
    }
    if (nowUs - this.lastFlushUs >= FLUSH_EVERY_US) {
      this.lastFlushUs = nowUs;
      this.flush();
    }
  }
}
