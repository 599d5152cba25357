import { formatRate, formatShare } from '../../plan/units.ts';
import type { VerdictReason } from '../../load/result.ts';
import type { Evidence, Finding, Rule } from '../finding.ts';
import { rounded } from '../cpuFinding.ts';

const source = 'Tene, wrk2; Kasture and Sanchez, “TailBench”, 2016; Zhang et al., “Treadmill”, ISCA 2016';

/** What to do, by reason. */
const remedies: Readonly<Record<VerdictReason['code'], string>> = {
  SEND_LAG: 'Lower the rate, give the plan more connections, or free the machine of other work.',
  RATE_MISSED:
    'Lower the rate until it is reached: beyond that point latency measures the length of the queue, not the service. If the service has room left, raise "connections".',
  DROPPED: 'Lower the rate, or give the generator a core of its own.',
  CPU: 'Lower the rate, or run on a machine with a core to spare for the generator.',
  GC: 'Lower the rate or free memory on the machine; the generator’s own pauses are in the figures.',
  STALL: 'Free the machine of other work: the generator itself was held up.',
  THROTTLED: 'Raise the CPU limit of the container that runs the generator.',
  FLOOR: 'Measure an endpoint that does some work; here the figures are those of the machine.',
  NO_REQUESTS: 'See whether the service is up, the address right and the duration long enough.',
  CLOSED_LOOP: 'Offer a rate instead of a closed loop.',
  STEAL: 'Run on a machine whose cores are not shared.',
  NO_WARMUP: 'Give the plan a warm-up.',
  FEW_SAMPLES: 'Run longer.',
  INCOMPLETE: 'Let the run come to its end.',
  PROCESS_LOST:
    'Run it again; if it happens again, see what ends the generator (the kernel’s log names what ran out of memory).',
};

/**
 * The run cannot be believed: its verdict (see the generator's own checks) is invalid. It is the only finding that is an error, and it comes
 * first, because no other figure of the run stands without it.
 */
export const generatorLimits: Rule = {
  id: 'OBS08',
  title: 'The measurement is invalid',
  source,
  find: ({ run }: Evidence) => {
    const { verdict, summary, scenario } = run.manifest;
    const [first, ...others] = verdict?.reasons ?? [];
    if (!verdict || verdict.valid || !first) return [];
    const { health } = verdict;
    const codes = new Set([first, ...others].map(({ code }) => code));
    const achieved = summary?.ratePerSecond.achieved ?? null;
    const offered = summary?.ratePerSecond.offered ?? null;
    const finding: Finding = {
      rule: generatorLimits.id,
      severity: 'error',
      title: `The measurement is invalid: ${titleOf(first.code, achieved, offered, health.cpuShare)}`,
      explanation: [first, ...others].map(({ text }) => text).join(' '),
      suggestion: [...codes].map((code) => remedies[code]).join(' '),
      file: null,
      line: null,
      evidence: {
        reasons: [...codes].join(', '),
        generatorCpuShare: rounded(health.cpuShare),
        ...(health.sendLagUs.p99 === null ? {} : { sendLagP99Us: Math.round(health.sendLagUs.p99) }),
        ...(offered === null || achieved === null
          ? {}
          : { offeredPerSecond: offered, achievedPerSecond: Math.round(achieved) }),
        connections: scenario.load.connections,
      },
      score: 1,
      source,
    };
    return [finding];
  },
};

function titleOf(
  code: VerdictReason['code'],
  achieved: number | null,
  offered: number | null,
  cpuShare: number,
): string {
  switch (code) {
    case 'SEND_LAG':
      return 'requests left the generator late';
    case 'RATE_MISSED':
      return `${formatRate(achieved)} of ${formatRate(offered)} were reached`;
    case 'DROPPED':
      return 'requests could not be recorded';
    case 'CPU':
      return `the generator was busy ${formatShare(cpuShare)} of its core`;
    case 'GC':
    case 'STALL':
      return 'the generator itself was held up';
    case 'THROTTLED':
      return 'the generator was throttled';
    case 'FLOOR':
      return 'the service cannot be told from an empty one';
    case 'NO_REQUESTS':
      return 'no request was answered';
    case 'PROCESS_LOST':
      return 'a generator process died';
    default:
      return 'see its reasons';
  }
}
