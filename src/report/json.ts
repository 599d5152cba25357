import { untrustedWords } from '../advice/untrustedWords.ts';
import type { Finding } from '../advice/finding.ts';
import type { LatencySummary } from '../latency/summary.ts';
import type { AnswerCounts } from '../load/result.ts';
import type { FrameTierName } from '../profile/tables.ts';
import type { Manifest, Run, SloResult, Summary } from '../run/model.ts';
import type { Analysis } from '../trace/analysis.ts';
import { hotSpots } from './hotSpots.ts';

/** What `slowpath run --json` and `slowpath show --json` print: one object, its names kept from release to release. */
export interface ResultJson {
  readonly run: string;
  readonly dir: string;
  readonly verdict: { readonly valid: boolean; readonly reasons: readonly string[] };
  readonly requests: Summary['requests'];
  readonly ratePerSecond: Summary['ratePerSecond'];
  readonly latencyUs: Summary['latencyUs'];
  readonly slo: readonly { readonly expr: string; readonly pass: boolean; readonly actual: number | null }[];
  readonly hot: readonly HotJson[];
  readonly findings: readonly FindingJson[];
  readonly answers: AnswerCounts;
  /** What looked into the targets: taken and lost samples, blind spots. */
  readonly collectors: Manifest['collectors'];
  /** What they cost together, as `slowpath overhead` measured it last; null if it never did. */
  readonly overhead: Manifest['overhead'];
  readonly steady: SteadyJson | null;
}

/** Where the warm-up was really over. */
interface SteadyJson {
  /** Seconds after the first request of the warm-up, and after the measurement began (below 0: within the warm-up); null if nothing was steady. */
  readonly afterSeconds: number | null;
  readonly measuredSeconds: number | null;
  readonly coldP50Us: number | null;
  readonly steadyP50Us: number;
}

interface HotJson {
  readonly function: string;
  readonly file: string;
  readonly line: number;
  /** Percent of all CPU time. */
  readonly selfPct: number;
  readonly totalPct: number;
  /** Percent of the slow requests' time; null where there is no tail to tell. */
  readonly tailPct: number | null;
  /** How V8 ran it, as 0x tells it; the same function in another tier is an entry of its own. Null where nothing tells it. */
  readonly tier: FrameTierName | null;
}

type FindingJson = Pick<Finding, 'rule' | 'severity' | 'title' | 'file' | 'line' | 'evidence'>;

const noFigures: LatencySummary = { p50: null, p90: null, p95: null, p99: null, 'p99.9': null, max: null };
const noRequests: ResultJson['requests'] = { sent: 0, ok: 0, errors: 0, timeouts: 0, unsent: 0, inFlight: 0 };

/**
 * The result of a run. An invalid measurement has no response and service times (architecture, law 7): they are null, and
 * `verdict.reasons` says why. Send lag stays: it is the generator's own.
 */
export function resultJson(dir: string, run: Run, analysis: Analysis, findings: readonly Finding[]): ResultJson {
  const { manifest } = run;
  const { verdict, summary } = manifest;
  const valid = verdict?.valid === true;
  const latency = summary?.latencyUs;
  return {
    run: manifest.id,
    dir,
    verdict: { valid, reasons: verdict ? verdict.reasons.map(({ text }) => text) : untrustedWords(manifest) },
    requests: summary?.requests ?? noRequests,
    ratePerSecond: summary?.ratePerSecond ?? { offered: null, achieved: null },
    latencyUs: {
      response: rounded(valid ? latency?.response : undefined),
      service: rounded(valid ? latency?.service : undefined),
      sendLag: rounded(latency?.sendLag),
    },
    slo: (summary?.slo ?? []).map((result) => ({
      expr: result.expr,
      pass: result.pass,
      actual: valid || !isLatency(result) ? result.actual : null,
    })),
    hot: hotSpots(run, analysis).map((spot) => ({
      function: spot.function,
      file: spot.file,
      line: spot.line,
      selfPct: percent(spot.selfShare),
      totalPct: percent(spot.totalShare),
      tailPct: spot.tailShare === null ? null : percent(spot.tailShare),
      tier: spot.tier,
    })),
    findings: findings.map(({ rule, severity, title, file, line, evidence }) => {
      return { rule, severity, title, file, line, evidence };
    }),
    answers: summary?.answers ?? { byStatus: {}, byError: {}, byProtocol: {} },
    collectors: manifest.collectors,
    overhead: manifest.overhead,
    steady: valid ? steadyOf(manifest) : null,
  };
}

function isLatency({ slo }: SloResult): boolean {
  return slo.metric.kind === 'quantile' || slo.metric.kind === 'max' || slo.metric.kind === 'mean';
}

/** To a hundredth of a microsecond: the recorder's own precision is three digits. */
function rounded(summary: LatencySummary = noFigures): LatencySummary {
  const round = (us: number | null): number | null => (us === null ? null : Math.round(us * 100) / 100);
  return {
    p50: round(summary.p50),
    p90: round(summary.p90),
    p95: round(summary.p95),
    p99: round(summary.p99),
    'p99.9': round(summary['p99.9']),
    max: round(summary.max),
  };
}

function steadyOf({ steady, window }: Manifest): SteadyJson | null {
  if (!steady || !window) return null;
  const { startUs, coldP50Us, steadyP50Us } = steady;
  const secondsAfter = (us: number): number | null => (startUs === null ? null : (startUs - us) / 1e6);
  return {
    afterSeconds: secondsAfter(window.warmupStartUs),
    measuredSeconds: secondsAfter(window.startUs),
    coldP50Us,
    steadyP50Us,
  };
}

function percent(share: number): number {
  return Math.round(share * 10_000) / 100;
}
