import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Finding } from '../../src/advice/finding.ts';
import { visible } from '../../src/plan/visible.ts';
import { Icon } from '../components/icons.tsx';
import { SourceLink } from '../components/sourceLink.tsx';
import { evidenceFigure, evidenceName } from '../evidence.ts';
import type { RunInfo } from '../model/messages.ts';

/** What to change, each with the figures that say so. */
export function FindingsView({
  info,
  reveal,
}: {
  readonly info: RunInfo;
  readonly reveal: number | null;
}): JSX.Element {
  const { findings } = info;
  const revealed = useRef<HTMLElement>(null);
  useEffect(() => {
    revealed.current?.scrollIntoView({ block: 'start' });
    revealed.current?.focus();
  }, [reveal]);
  if (findings.length === 0) {
    return (
      <div class="empty-state">
        <Icon name="pass" />
        <h2>Nothing stands out</h2>
        <p>
          No rule found its evidence in this run. What is slow here is not one of the known faults; the flamegraph’s
          “Slow vs typical” shows where the time went.
        </p>
      </div>
    );
  }
  return (
    <ol class="findings">
      {findings.map((finding, index) => (
        <li key={`${finding.rule}-${index}`}>
          <FindingCard finding={finding} focus={index === reveal ? revealed : null} />
        </li>
      ))}
    </ol>
  );
}

const severityIcons = { error: 'fail', warning: 'warning', info: 'info', hint: 'hint' } as const;
const severityNames = { error: 'Problem', warning: 'Warning', info: 'Information', hint: 'Hint' } as const;

function FindingCard({
  finding,
  focus,
}: {
  readonly finding: Finding;
  readonly focus: { current: HTMLElement | null } | null;
}): JSX.Element {
  const { severity } = finding;
  return (
    <article class={`finding finding-${severity}`} tabIndex={-1} ref={focus}>
      <header>
        <span class={`severity ${severity}`}>
          <Icon name={severityIcons[severity]} /> {severityNames[severity]}
        </span>
        <span class="rule">{finding.rule}</span>
        <SourceLink file={finding.file} line={finding.line ?? 0} />
      </header>
      <h2>{visible(finding.title, 500)}</h2>
      <dl class="evidence">
        {Object.entries(finding.evidence).map(([name, value]) => (
          <div key={name}>
            <dt>{evidenceName(name)}</dt>
            <dd>{evidenceFigure(name, value)}</dd>
          </div>
        ))}
      </dl>
      <p class="suggestion">{visible(finding.suggestion, 2000)}</p>
      <details>
        <summary>Why we think so</summary>
        <p>{visible(finding.explanation, 4000)}</p>
        <p class="note">Source: {visible(finding.source, 500)}</p>
      </details>
    </article>
  );
}
