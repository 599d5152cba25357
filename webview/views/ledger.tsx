import type { JSX } from 'preact';
import { formatCount, formatUs } from '../../src/plan/units.ts';
import { visible } from '../../src/plan/visible.ts';
import type { Ledger, SetAnalysis } from '../../src/trace/analysis.ts';
import { Figure } from '../components/figure.tsx';
import { formatPercent, quantileName } from '../format.ts';
import type { TailSummary } from '../model/messages.ts';

/** From what the code can change to what it can't. */
const ledgerParts: readonly { readonly key: keyof Ledger; readonly label: string; readonly meaning: string }[] = [
  {
    key: 'otherCpu',
    label: 'blocked by other work',
    meaning: 'The thread was running something that was not this request.',
  },
  { key: 'ownCpu', label: 'own CPU', meaning: 'The thread was running this request.' },
  { key: 'gc', label: 'garbage collection', meaning: 'The process stood still for the garbage collector.' },
  {
    key: 'runnable',
    label: 'waiting for a CPU',
    meaning: 'The thread was ready to run, but the system ran something else.',
  },
  { key: 'downstream', label: 'other services', meaning: 'Waiting for calls the target made itself.' },
  {
    key: 'idle',
    label: 'thread idle',
    meaning: 'Nothing to run: waiting for timers, disk, network or the thread pool.',
  },
  { key: 'client', label: 'load generator', meaning: 'Before the request left: send lag.' },
  { key: 'unknown', label: 'unknown', meaning: 'Could not be attributed.' },
];

/** Where the time of slow and of typical requests went; each bar sums to 100 %. */
export function LedgerFigure({ tail }: { readonly tail: TailSummary }): JSX.Element {
  const sets = [
    { name: 'slow', label: `Slowest ${slowest(tail.quantile)}`, set: tail.slow },
    { name: 'typical', label: 'Typical', set: tail.typical },
  ];
  const used = ledgerParts.filter(({ key }) => sets.some(({ set }) => set.ledger[key] > 0.0005));
  return (
    <Figure
      id="ledger"
      title="Where the time went"
      note={`Slow: above ${quantileName(tail.quantile)} of their endpoint. Typical: between p40 and p60.`}
      chart={() => (
        <div class="ledger">
          {sets.map(({ name, label, set }) => (
            <LedgerBar key={name} label={label} set={set} />
          ))}
          {tail.notes.map((note) => (
            <p key={note} class="note">
              {visible(note, 1000)}
            </p>
          ))}
          <ul class="ledger-key">
            {used.map(({ key, label, meaning }) => (
              <li key={key} title={meaning}>
                <i class={`swatch ledger-${key}`} />
                <span>{label}</span>
                <b>{formatPercent(tail.slow.ledger[key])}</b>
                <em>{formatPercent(tail.typical.ledger[key])}</em>
              </li>
            ))}
          </ul>
        </div>
      )}
      table={() => (
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">Where</th>
              <th scope="col">Slow</th>
              <th scope="col">Typical</th>
            </tr>
          </thead>
          <tbody>
            {ledgerParts.map(({ key, label }) => (
              <tr key={key}>
                <th scope="row">{label}</th>
                <td>{formatPercent(tail.slow.ledger[key])}</td>
                <td>{formatPercent(tail.typical.ledger[key])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    />
  );
}

function slowest(quantile: number): string {
  return formatPercent(1 - quantile);
}

function LedgerBar({ label, set }: { readonly label: string; readonly set: SetAnalysis }): JSX.Element {
  const mean = set.requests > 0 ? set.totalUs / set.requests : null;
  const spoken = ledgerParts
    .filter(({ key }) => set.ledger[key] > 0.005)
    .map((part) => `${part.label} ${formatPercent(set.ledger[part.key])}`)
    .join(', ');
  return (
    <div class="ledger-row">
      <div class="ledger-head">
        <strong>{label}</strong>
        <span>
          {formatUs(mean)} each · {formatCount(set.requests)} requests
        </span>
      </div>
      <div class="ledger-bar" role="img" aria-label={`${label}: ${spoken}`}>
        {ledgerParts.map(({ key, label: part }) => {
          const share = set.ledger[key];
          if (share <= 0) return null;
          return (
            <span
              key={key}
              class={`ledger-${key}`}
              style={{ flexGrow: share }}
              title={`${part}: ${formatPercent(share)}`}
            >
              {share >= 0.07 ? formatPercent(share) : ''}
            </span>
          );
        })}
      </div>
    </div>
  );
}
