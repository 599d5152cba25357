import { formatRate, formatShare } from '../../plan/units.ts';
import type { VerdictReason } from '../../load/result.ts';
import type { Evidence, Finding, Rule } from '../finding.ts';
import { rounded } from '../cpuFinding.ts';

const source = 'Tene, wrk2; Kasture and Sanchez, “TailBench”, 2016; Zhang et al., “Treadmill”, ISCA 2016';

/** What to do, by reason: any of these; and what else is to be said. */
const remedies: Readonly<Record<VerdictReason['code'], { readonly any: readonly string[]; readonly note?: string }>> = {
  SEND_LAG: { any: ['lower the rate', 'give the plan more connections', 'free the machine of other work'] },
  RATE_MISSED: {
    any: ['lower the rate', 'give the plan more connections'],
    note: 'Beyond the rate that is reached, latency measures the length of the queue, not the service.',
  },
  DROPPED: { any: ['lower the rate', 'give the generator a core of its own'] },
  CPU: { any: ['lower the rate', 'give the generator a core of its own'] },
  GC: {
    any: ['lower the rate', 'free memory on the machine'],
    note: 'The generator’s own pauses are in the figures.',
  },
  STALL: { any: ['free the machine of other work'] },
  THROTTLED: { any: ['raise the CPU limit of the container that runs the generator'] },
  FLOOR: { any: ['measure an endpoint that does some work'], note: 'The figures are those of the machine.' },
  NO_REQUESTS: { any: ['see whether the service is up, the address right and the duration long enough'] },
  CLOSED_LOOP: { any: ['offer a rate instead of a closed loop'] },
  STEAL: { any: ['run on a machine whose cores are not shared'] },
  NO_WARMUP: { any: ['give the plan a warm-up'] },
  FEW_SAMPLES: { any: ['run longer'] },
  INCOMPLETE: { any: ['let the run come to its end'] },
  PROCESS_LOST: {
    any: ['run it again'],
    note: 'If it happens again, see what ends the generator (the kernel’s log names what ran out of memory).',
  },
};

/** Each measure once, however many reasons ask for it. */
function remedyOf(codes: ReadonlySet<VerdictReason['code']>): string {
  const chosen = Array.from(codes, (code) => remedies[code]);
  const any = [...new Set(chosen.flatMap((remedy) => remedy.any))];
  const last = any.pop() ?? '';
  const text = any.length === 0 ? last : `${any.join(', ')} or ${last}`;
  const notes = chosen.flatMap(({ note }) => note ?? []);
  return [`${text.charAt(0).toUpperCase()}${text.slice(1)}.`, ...notes].join(' ');
}

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
      suggestion: remedyOf(codes),
      file: null,
      line: null,
      evidence: {
        reasons: [...codes].join(', '),
        generatorCpuShare: rounded(health.cpuShare),
        ...(health.sendLagUs.p99 === null ? {} : { sendLagP99Us: Math.round(health.sendLagUs.p99) }),
        ...(offered === null || achieved === null
          ? {}
          : { offeredPerSecond: offered, achievedPerSecond: Math.round(achieved * 10) / 10 }),
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
    case 'INCOMPLETE':
      return 'it did not come to its end';
    default:
      return 'see its reasons';
  }
}
