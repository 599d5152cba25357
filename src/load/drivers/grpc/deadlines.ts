import { nowUs } from '../../clock.ts';

/**
 * Ends calls that are past their deadline. All have the same time, so the oldest is always the next to expire: one timer, armed for it,
 * serves them all.
 */
export class Deadlines<T extends { deadlineAtUs: number }> {
  private readonly calls = new Set<T>();
  private readonly afterUs: number;
  private readonly expired: (call: T) => void;
  private isArmed = false;

  constructor(afterUs: number, expired: (call: T) => void) {
    this.afterUs = afterUs;
    this.expired = expired;
  }

  begin(call: T): void {
    call.deadlineAtUs = nowUs() + this.afterUs;
    this.calls.add(call);
    this.arm(this.afterUs);
  }

  end(call: T): void {
    this.calls.delete(call);
  }

  private arm(waitUs: number): void {
    if (this.isArmed) return;
    this.isArmed = true;
    // One more turn of the loop, for answers that came while this process stood still.
    setTimeout(() => setImmediate(() => this.expire()), Math.max(1, Math.ceil(waitUs / 1000))).unref();
  }

  private expire(): void {
    const now = nowUs();
    for (const call of this.calls) {
      if (call.deadlineAtUs > now) break;
      this.calls.delete(call);
      this.expired(call);
    }
    this.isArmed = false;
    const [oldest] = this.calls;
    if (oldest) this.arm(oldest.deadlineAtUs - now);
  }
}
