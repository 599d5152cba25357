import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asSlowpathError } from '../errors.ts';
import { parseHlog, type HlogFile } from '../latency/hlog.ts';
import type { PlannedCell } from '../plan/matrix.ts';
import type { Scenario } from '../plan/scenario.ts';
import type { Run } from '../run/model.ts';
import { LATENCY_FILE } from '../run/records.ts';
import { chainOf } from '../trace/chain.ts';
import type { Cell, Soak } from './model.ts';
import { soakOf } from './soak.ts';

/**
 * The scenario in one shape. Clients that wait for their answers are not the planned load, so its objectives don't hold for them. A
 * soak has no CPU profile: of an hour it would fill gigabytes.
 */
export function scenarioIn({ shape, clients }: PlannedCell, scenario: Scenario): Scenario {
  const { load, collect } = scenario;
  if (clients === null) {
    return shape === 'soak' ? { ...scenario, collect: { ...collect, cpuIntervalUs: null } } : scenario;
  }
  const streams = Math.min(load.streams, clients);
  const connections = Math.ceil(clients / streams);
  const arrivals = { model: 'closed', concurrency: clients } as const;
  return { ...scenario, load: { ...load, arrivals, streams, connections }, slo: [] };
}

/**
 * What a run tells of its cell; null if it was cancelled before it measured anything. A cancelled one that did is a cell of the time
 * until then.
 *
 * @param dir the run's folder
 */
export async function cellOf(planned: PlannedCell, run: Run, dir: string): Promise<Cell | null> {
  const { id, state, summary, verdict, error } = run.manifest;
  if (state === 'cancelled' && !hasFigures(run)) return null;
  const valid = state !== 'failed' && verdict?.valid === true && summary !== null;
  const chain = planned.shape === 'chain' || planned.shape === 'single' ? chainIn(run, planned, valid) : null;
  return {
    ...planned,
    run: id,
    ...outcomeOf(run, valid),
    ...(error && state === 'failed' ? { outcome: 'failed', reasons: [error.message] } : {}),
    ratePerSecond: summary?.ratePerSecond ?? null,
    requests: summary && summary.requests.sent + summary.requests.unsent,
    latencyUs: valid ? summary.latencyUs.response : null,
    errors: errorShare(run),
    chain: typeof chain === 'string' ? null : chain,
    chainMissing: typeof chain === 'string' ? chain : null,
    soak: planned.shape === 'soak' ? await soakIn(run, dir, valid) : null,
  };
}

function hasFigures({ manifest: { summary, window } }: Run): boolean {
  return summary !== null && window !== null && window.endUs > window.startUs && summary.requests.sent > 0;
}

function outcomeOf({ manifest }: Run, valid: boolean): Pick<Cell, 'outcome' | 'reasons'> {
  const { verdict, summary } = manifest;
  if (!valid || !summary) {
    const reasons = verdict?.reasons.map(({ text }) => text) ?? [];
    return { outcome: 'invalid', reasons: reasons.length > 0 ? reasons : ['The run has no figures.'] };
  }
  const cut = (verdict?.warnings ?? []).filter(({ code }) => code === 'INCOMPLETE').map(({ text }) => text);
  const missed = summary.slo.filter(({ pass }) => !pass).map(({ expr }) => `${expr} was missed.`);
  return { outcome: missed.length > 0 ? 'slo' : 'good', reasons: [...missed, ...cut] };
}

function errorShare({ manifest: { summary } }: Run): number | null {
  if (!summary) return null;
  const { sent, unsent, errors, timeouts } = summary.requests;
  return sent + unsent === 0 ? null : (errors + timeouts + unsent) / (sent + unsent);
}

const untrusted = "Its run can't be trusted.";

/** A scenario of one target was not asked for a chain: then there is nothing to say. */
function chainIn(run: Run, { shape }: PlannedCell, valid: boolean): ReturnType<typeof chainOf> | null {
  if (shape === 'single' && run.manifest.scenario.targets.length < 2) return null;
  return valid ? chainOf(run) : untrusted;
}

/** Memory is what it is, but latencies of an invalid run are not told. */
async function soakIn(run: Run, dir: string, valid: boolean): Promise<Soak> {
  const log = valid ? await latencyLog(dir) : untrusted;
  const soak = soakOf(run, typeof log === 'string' ? { startTimeSeconds: null, tags: [], lines: [] } : log);
  if (typeof log !== 'string') return soak;
  return { ...soak, drifts: soak.drifts.map((drift) => (drift.of === 'rss' ? drift : { ...drift, why: log })) };
}

async function latencyLog(dir: string): Promise<HlogFile | string> {
  try {
    return parseHlog(await readFile(join(dir, LATENCY_FILE), 'utf8'));
  } catch (error) {
    return `${LATENCY_FILE} can't be read: ${asSlowpathError(error).message}`;
  }
}
