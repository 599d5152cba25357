import { formatRate, formatUs } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import type { Manifest } from '../run/model.ts';
import type { RunEntry } from '../run/store.ts';
import { cellsOf, padEnd, type Paint } from '../report/paint.ts';

/** One line a run, newest first. */
export function listTable(entries: readonly RunEntry[], paint: Paint): string {
  const rows = [
    ['RUN', 'STARTED', 'RESULT', 'P50', 'P99', 'RATE'].map(paint.dim),
    ...entries.map(({ id, manifest, problem }) =>
      manifest
        ? [visible(id, 100), started(manifest), result(manifest, paint), ...figures(manifest)]
        : [visible(id, 100), '', paint.red(visible(problem.message, 300)), '', '', ''],
    ),
  ];
  // A long complaint must not push the other rows' figures out of sight.
  const widths = [0, 1, 2, 3, 4].map((column) =>
    Math.max(...rows.map((row) => (row[3] === '' && column === 2 ? 0 : cellsOf(row[column] ?? '')))),
  );
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => padEnd(cell, widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** One object, for scripts. */
export function listJson(entries: readonly RunEntry[]): unknown {
  return {
    runs: entries.map(({ id, dir, manifest, problem }) => ({
      run: id,
      dir,
      scenario: manifest?.scenario.name ?? null,
      startedAt: manifest?.startedAt ?? null,
      state: manifest?.state ?? 'unreadable',
      valid: manifest?.verdict?.valid ?? null,
      sloMissed: manifest?.summary?.slo.filter(({ pass }) => !pass).length ?? null,
      problem: problem?.message ?? null,
    })),
  };
}

/** The local time, as the person's clock had it. */
function started({ startedAt }: Manifest): string {
  const time = new Date(startedAt);
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

function result({ state, verdict, summary }: Manifest, paint: Paint): string {
  if (state !== 'complete') return state === 'running' ? paint.cyan('running') : paint.yellow(state);
  if (!verdict?.valid) return paint.red('invalid');
  const missed = summary?.slo.filter(({ pass }) => !pass).length ?? 0;
  return missed > 0 ? paint.red(`${missed} missed`) : paint.green('good');
}

function figures({ verdict, summary }: Manifest): string[] {
  if (!verdict?.valid || !summary) return ['–', '–', '–'];
  const { p50, p99 } = summary.latencyUs.response;
  return [formatUs(p50), formatUs(p99), formatRate(summary.ratePerSecond.achieved)];
}
