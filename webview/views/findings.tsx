import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Finding } from '../../src/advice/finding.ts';
import { visible } from '../../src/plan/visible.ts';
import { Icon } from '../components/icons.tsx';
import { SourceLink } from '../components/sourceLink.tsx';
import { evidenceFigure, evidenceName } from '../../src/advice/evidenceWords.ts';
import type { RunInfo } from '../model/messages.ts';
import { usePage } from '../page.ts';

/** What to change, each with the figures that say so. */
export function FindingsView({
  info,
  reveal,
  onRevealed,
}: {
  readonly info: RunInfo;
  /** Index of a finding to bring into view, or null. */
  readonly reveal: number | null;
  /** It is in view: the wish is done, and the same one may come again. */
  readonly onRevealed: () => void;
}): JSX.Element {
  const { findings } = info;
  const { announce } = usePage();
  const list = useRef<HTMLOListElement>(null);
  const [marked, setMarked] = useState<number | null>(null);
  useEffect(() => {
    if (reveal === null) return;
    const card = list.current?.querySelectorAll<HTMLElement>('.finding')[reveal];
    card?.scrollIntoView({ block: 'start' });
    // Asked for from elsewhere, a tree or the code: whoever types there keeps the focus, and only hears of it.
    if (document.hasFocus()) card?.focus();
    else announce(findings[reveal]?.title ?? '');
    setMarked(reveal);
    onRevealed();
  }, [reveal, findings, announce, onRevealed]);
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
    <ol class="findings" ref={list}>
      {findings.map((finding, index) => (
        <li key={`${finding.rule}-${index}`}>
          <FindingCard finding={finding} marked={index === marked} />
        </li>
      ))}
    </ol>
  );
}

const severityIcons = { error: 'fail', warning: 'warning', info: 'info', hint: 'hint' } as const;
const severityNames = { error: 'Problem', warning: 'Warning', info: 'Information', hint: 'Hint' } as const;

function FindingCard({ finding, marked }: { readonly finding: Finding; readonly marked: boolean }): JSX.Element {
  const { severity } = finding;
  return (
    <article class={`finding finding-${severity}`} tabIndex={-1} aria-current={marked}>
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
