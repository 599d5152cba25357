import { orderStatistics, recordedStatistics, type OrderStatistics } from './quantiles.ts';

/** Rows of requests, each of which may stand for several where only a sample was kept. */
interface Rows {
  readonly length: number;
  readonly standsFor?: Float32Array;
}

/** Collects the times of some rows, µs, with how many requests those stand for. */
export class Times {
  private readonly us: Float64Array;
  private readonly weights: Float32Array | null;
  private readonly rows: Rows;
  private count = 0;

  /** @param most rows that are to come; by default all. */
  constructor(rows: Rows, most = rows.length) {
    this.rows = rows;
    this.us = new Float64Array(most);
    this.weights = rows.standsFor ? new Float32Array(most) : null;
  }

  /** @returns how many requests the row stands for. */
  add(us: number, row: number): number {
    const standsFor = this.rows.standsFor?.[row] ?? 1;
    if (this.weights) this.weights[this.count] = standsFor;
    this.us[this.count++] = us;
    return standsFor;
  }

  /** Told as the run's histograms tell them. */
  recorded(): OrderStatistics {
    return recordedStatistics(this.us.subarray(0, this.count), this.weights?.subarray(0, this.count));
  }

  /** As they are; they must have come in ascending order. */
  inOrder(): OrderStatistics {
    return orderStatistics(this.us.subarray(0, this.count), this.weights?.subarray(0, this.count));
  }
}
