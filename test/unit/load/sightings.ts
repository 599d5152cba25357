import assert from 'node:assert/strict';
import { nowUs } from '../../../src/load/clock.ts';
import { Outcome } from '../../../src/load/result.ts';
import type { Measured } from './support.ts';

/** From, to: µs on the monotonic clock. */
export type Span = readonly [fromUs: number, toUs: number];

interface Sighting {
  readonly arrivedUs: number;
  /** When the server began to answer, and when all of the answer had left it; NaN if it never did. */
  repliedUs: number;
  leftUs: number;
}

/** How a load was offered, as far as it says when a request can arrive soonest. */
export interface Offered {
  readonly ratePerSecond: number;
  /** Requests that may be under way at once. */
  readonly slots: number;
  /** While the generator was made to stand still. */
  readonly stoodStill?: Span;
}

/** What a server saw of the requests of a run. */
export interface Seen {
  /** Of each measured request, from when it was due to when the server began to answer, and to when the answer had left; ascending. */
  readonly repliedUs: readonly number[];
  readonly leftUs: readonly number[];
  /** The longest that a request needed to arrive after it was due: what held the generator up, or the server. */
  readonly lateUs: number;
  /** The same, from when there was a slot for it. */
  readonly heldUs: number;
  /** The longest that an answer took to leave. */
  readonly leavingUs: number;
  /** Of each request that had to wait for a slot: from the arrival of the one before it to its own. */
  readonly queued: readonly Span[];
}

/**
 * What reaches a server, and when it was answered: the truth that a generator's figures are held against. Whatever a busy machine does to
 * the generator's sending or to the server is in it; only the way back of an answer is not.
 */
export class Sightings {
  private readonly all: Sighting[] = [];

  /** Notes the arrival of a request. @returns its reply, to be called instead. */
  note<Rest extends readonly unknown[]>(reply: (...how: Rest) => void): (...how: Rest) => void {
    const sighting: Sighting = { arrivedUs: nowUs(), repliedUs: NaN, leftUs: NaN };
    this.all.push(sighting);
    return (...how) => {
      sighting.repliedUs = nowUs();
      reply(...how);
      // A library may send none of the answers of a turn before it has made them all.
      setImmediate(() => (sighting.leftUs = nowUs()));
    };
  }

  /** Sets what arrived against when it was due. A constant rate is due evenly, whatever the generator says; it sends in that order. */
  seen({ result: { window }, table }: Measured, { ratePerSecond, slots, stoodStill = [0, 0] }: Offered): Seen {
    const everyUs = 1e6 / ratePerSecond;
    const dueUs = Array.from(table.intendedUs, (_, n) => window.warmupStartUs + n * everyUs);
    dueUs.forEach((due, n) => assert.ok(Math.abs((table.intendedUs[n] ?? NaN) - due) <= 1, `request ${n}`));
    const sentDueUs = dueUs.filter((_, n) => table.outcome[n] !== Outcome.unsent);
    assert.equal(this.all.length, sentDueUs.length, 'what was sent and what arrived');
    const queued: Span[] = [];
    const lateUs: number[] = [];
    const heldUs = this.all.map(({ arrivedUs }, n) => {
      const due = sentDueUs[n] ?? NaN;
      const runningUs = due >= stoodStill[0] && due < stoodStill[1] ? stoodStill[1] : due;
      const freedUs = this.all[n - slots]?.leftUs ?? NaN;
      lateUs.push(arrivedUs - runningUs);
      if (!(freedUs > runningUs)) return arrivedUs - runningUs;
      queued.push([this.all[n - 1]?.arrivedUs ?? NaN, arrivedUs]);
      return arrivedUs - freedUs;
    });
    // A busy machine holds up some requests more than others; a generator that is late by itself, all of them.
    const promptestUs = Math.min(...heldUs);
    assert.ok(
      promptestUs < Math.max(1000, Math.max(...heldUs) / 4),
      `the promptest request was ${promptestUs} µs late`,
    );
    const measured = this.all.flatMap(({ repliedUs, leftUs }, n) => {
      const due = sentDueUs[n] ?? NaN;
      return due >= window.startUs ? [{ repliedUs: repliedUs - due, leftUs: leftUs - due }] : [];
    });
    return {
      repliedUs: measured.map(({ repliedUs }) => repliedUs).sort((a, b) => a - b),
      leftUs: measured.map(({ leftUs }) => leftUs).sort((a, b) => a - b),
      lateUs: Math.max(...lateUs),
      heldUs: Math.max(...heldUs),
      leavingUs: Math.max(...this.all.map(({ repliedUs, leftUs }) => leftUs - repliedUs)),
      queued,
    };
  }
}
