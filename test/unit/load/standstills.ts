import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { rankOf } from '../../../src/latency/histogram.ts';
import { nowUs } from '../../../src/load/clock.ts';
import { httpLoad } from '../../fixtures/load.ts';
import { assertNear } from './oracle.ts';
import type { Span } from './sightings.ts';
import { codes, generatorOf, measure, temporaryFolder } from './support.ts';
import { serveWire } from './wireServer.ts';
import type { Wire } from './wires.ts';

const ratePerSecond = 100;
const everyUs = 1e6 / ratePerSecond;
const standMs = 400;
const delayMs = 30;
/**
 * None among the first 75 of the window: on a busy machine a generator sends several at once, each over a connection of its own, and the last of
 * the warm-up (of 20) reach the server after the window's first.
 */
const isError = (n: number): boolean => n > 95 && (n - 95) % 3 === 0;
const quantiles = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;

/**
 * The oracles in one run of three seconds: first the server stands still, then the generator, then every answer takes 30 ms; of the last 225
 * every third is an error. What a request has waited is known from its intended time and from when they stood still, and so are all
 * quantiles: to 2 % or 1 ms, and what the server saw the machine do.
 */
export async function standStillAtBothEnds(t: TestContext, wire: Wire): Promise<void> {
  const loop = monitorEventLoopDelay({ resolution: 1 });
  const dir = await temporaryFolder(t);
  const held: (() => void)[] = [];
  const delaysUs: number[] = [];
  const arrivedUs: number[] = [];
  let state: 'prompt' | 'still' | 'slow' = 'prompt';
  const { load } = await serveWire(t, wire, ({ answer, write }, n) => {
    const fromUs = nowUs();
    arrivedUs.push(fromUs);
    const reply = (): void => write(isError(n) ? wire.bad(answer) : answer);
    if (state === 'prompt') reply();
    else if (state === 'still') held.push(reply);
    else
      setTimeout(() => {
        delaysUs.push(nowUs() - fromUs);
        reply();
      }, delayMs);
  });

  const spans: Span[] = [];
  let slowFromUs = Infinity;
  /** Each begins between two requests, when none is under way. */
  const course = async (startUs: number): Promise<void> => {
    const until = (ms: number): Promise<void> => sleep(Math.max(0, ms + (startUs - nowUs()) / 1000));
    await until(205);
    state = 'still';
    const heldFromUs = nowUs();
    await sleep(standMs);
    spans.push([heldFromUs, nowUs()]);
    state = 'prompt';
    for (const reply of held.splice(0)) reply();
    await until(1205);
    const pid = generatorOf(dir);
    process.kill(pid, 'SIGSTOP');
    const stoppedFromUs = nowUs();
    await sleep(standMs);
    spans.push([stoppedFromUs, nowUs()]);
    process.kill(pid, 'SIGCONT');
    await until(2000);
    state = 'slow';
    slowFromUs = nowUs();
  };
  let ran = Promise.resolve();
  const isShared = wire.load.streams !== undefined;
  const { result } = await measure(
    t,
    httpLoad(load.url, {
      ...load,
      ...(isShared ? { connections: 7, streams: 10 } : { connections: 64 }),
      arrivals: { model: 'constant', ratePerSecond },
      durationUs: 3_000_000,
      // Longer than the busiest machine lets any of them wait.
      timeoutUs: 60_000_000,
    }),
    {
      dir,
      onPhase: (phase, timeUs) => {
        if (phase !== 'measuring') return;
        loop.enable();
        ran = course(timeUs);
      },
    },
  );
  await ran;
  loop.disable();

  const { counts, latencyUs, verdict, window } = result;
  assert.deepEqual([counts.ok, counts.errors, counts.sent], [225, 75, 300], JSON.stringify(counts));
  if (wire.errorStatus !== null) assert.equal(counts.byStatus[wire.errorStatus], 75);
  const dueUs = Array.from({ length: 320 }, (_, i) => window.warmupStartUs + i * everyUs);
  const standing = (atUs: number): Span | undefined => spans.find(([fromUs, toUs]) => atUs >= fromUs && atUs < toUs);
  const waits = dueUs
    .filter((atUs) => atUs >= window.startUs)
    .map((atUs) => (standing(atUs)?.[1] ?? atUs) - atUs + (atUs >= slowFromUs ? Math.min(...delaysUs) : 0))
    .sort((a, b) => a - b);
  // How late they reached the server though nobody stood still: the way back may have been as long.
  const lateUs = dueUs.map((atUs, i) => (standing(atUs) ? 0 : (arrivedUs[i] ?? atUs) - atUs));
  const noiseUs = 2 * Math.max(...lateUs) + loop.max / 1000;
  for (const key of ['p50', 'p90', 'p95', 'p99'] as const)
    assertNear(key, latencyUs.response[key], waits[rankOf(quantiles[key], 300) - 1] ?? NaN, noiseUs);
  assert.equal(verdict.valid, false);
  assert.ok(codes(verdict.reasons).includes('SEND_LAG'), codes(verdict.reasons).join());
  assert.ok(verdict.health.stallMaxUs > 950 * standMs, String(verdict.health.stallMaxUs));
}
