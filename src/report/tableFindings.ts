import type { Finding } from '../advice/finding.ts';
import { visible } from '../plan/visible.ts';
import { wrap, type Paint } from './paint.ts';
import { heading, type TableOptions } from './tableLayout.ts';

const MOST = 8;

/** Each finding: what it is, where, and what to change. */
export function findingLines(findings: readonly Finding[], options: TableOptions): string[] {
  if (findings.length === 0) return [];
  const lines = findings.slice(0, MOST).flatMap((finding) => oneFinding(finding, options));
  const more = findings.length - MOST;
  if (more > 0) lines.push(options.paint.dim(`  and ${more} more: slowpath show RUN --json`));
  return [heading('findings', options), ...lines];
}

function oneFinding({ rule, severity, title, suggestion, file, line }: Finding, options: TableOptions): string[] {
  const { paint, width, showPath } = options;
  const [first = '', ...rest] = wrap(visible(title, 600), width - 16);
  const place = file === null ? [] : [paint.cyan(`${visible(showPath(file), 500)}${line === null ? '' : `:${line}`}`)];
  const advice = wrap(visible(suggestion, 1500), width - 18).map((text, row) =>
    row === 0 ? `→ ${text}` : `  ${text}`,
  );
  return [
    `  ${mark(severity, paint)} ${paint.dim(visible(rule, 10).padEnd(9))} ${paint.bold(first)}`,
    ...[...rest.map(paint.bold), ...place, ...advice].map((text) => `${' '.repeat(14)}${text}`),
  ];
}

function mark(severity: Finding['severity'], paint: Paint): string {
  switch (severity) {
    case 'error':
      return paint.red('●');
    case 'warning':
      return paint.yellow('●');
    case 'info':
      return paint.cyan('●');
    case 'hint':
      return paint.dim('○');
  }
}
