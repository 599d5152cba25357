import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { formatCount, formatShare, formatUs } from '../../src/plan/units.ts';
import { visible } from '../../src/plan/visible.ts';
import type { DoctorPage } from '../../src/report/resultPage.ts';
import { PairsChart } from '../charts/pairsChart.tsx';
import { Strips, StripTable } from '../charts/strips.tsx';
import { Figure } from '../components/figure.tsx';
import { FigureTable } from '../components/figureTable.tsx';
import { Icon } from '../components/icons.tsx';
import { Section } from '../components/section.tsx';
import { stripsOf } from '../model/strips.ts';

type Line = DoctorPage['lines'][number];

/** What can and cannot be told on this machine: a sentence, what it takes for itself, its noise, and each fact with its meaning. */
export function DoctorView({ page }: { readonly page: DoctorPage }): JSX.Element {
  const { figures, lines, noise, p99BudgetUs } = page;
  const strips = useMemo(() => stripsOf(figures), [figures]);
  const limits = lines.filter(({ mark }) => mark !== 'good');
  const rest = lines.filter(({ mark }) => mark === 'good');
  return (
    <>
      <section class={`hero ${page.valid ? '' : 'invalid'}`}>
        <p class="headline">{sentence(page)}</p>
      </section>
      <dl class="tiles">
        <Tile name="floor, TCP" value={formatUs(figures.tcp.p50)} note="median round trip" />
        <Tile name="floor, UDP" value={formatUs(figures.udp.p50)} note="median round trip" />
        <Tile name="timer lag" value={formatUs(figures.timerLag.p99)} note="p99" />
        <Tile name="pacer lag" value={formatUs(figures.pacerLag.p99)} note="p99" />
        <Tile
          name="CPU taken away"
          value={formatUs(figures.gaps.longestUs)}
          note={`longest of ${figures.gaps.count}`}
        />
        <Tile
          name="change of p99"
          value={formatShare(noise.p99.detectable.find(({ pairs }) => pairs === 16)?.effect ?? null)}
          note="the least seen in 16 pairs"
        />
      </dl>
      <Figure
        id="machine-floor"
        title="What the machine takes for itself"
        note="A service’s latencies contain these. What isn’t clearly above them has not been measured."
        chart={() => <Strips label="What this machine takes for itself" strips={strips} budgetUs={p99BudgetUs} />}
        table={() => <StripTable strips={strips} />}
      />
      {figures.pairs.length > 0 && (
        <Figure
          id="machine-noise"
          title="The same load twice"
          note="Short loads of an empty server, in pairs that differ in nothing: how far the two are apart is noise."
          chart={() => <PairsChart pairs={figures.pairs} />}
          table={() => <PairTable pairs={figures.pairs} />}
        />
      )}
      {limits.length > 0 && <Lines id="limits" title="What limits measurements here" lines={limits} />}
      {rest.length > 0 && <Lines id="fine" title="What is fine" lines={rest} />}
    </>
  );
}

function sentence({ valid, verdict }: DoctorPage): string {
  // A sign and its figure stay together where the line breaks.
  const text = visible(verdict, 1000).replaceAll('≥ ', '≥\u00a0');
  return valid ? `This machine is ${text}.` : `This machine is ${text}. Whatever is measured on it now is invalid.`;
}

function Tile(props: { readonly name: string; readonly value: string; readonly note: string }): JSX.Element {
  return (
    <div class="tile">
      <dt>{props.name}</dt>
      <dd>{props.value}</dd>
      <small>{props.note}</small>
    </div>
  );
}

const icons = { good: 'pass', limit: 'warning', invalid: 'fail' } as const;
const words = { good: 'good', limit: 'limits what can be resolved', invalid: 'makes measurements invalid' } as const;

function Lines(props: { readonly id: string; readonly title: string; readonly lines: readonly Line[] }): JSX.Element {
  const { id, title, lines } = props;
  return (
    <Section id={id} title={title}>
      <ul class="machine-lines">
        {lines.map(({ id: line, mark, label, figure, meaning }) => (
          <li key={line} class={`mark-line-${mark}`}>
            <Icon name={icons[mark]} />
            <span class="visually-hidden">{words[mark]}: </span>
            <strong>{label}</strong>
            <span class="machine-figure">{figure}</span>
            <p>{meaning}</p>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function PairTable({ pairs }: { readonly pairs: DoctorPage['figures']['pairs'] }): JSX.Element {
  return (
    <FigureTable columns={['Pair', 'p50 of A', 'p50 again', 'p99 of A', 'p99 again']}>
      <tbody>
        {pairs.map(({ before, after }, index) => (
          <tr key={index}>
            <th scope="row">{formatCount(index + 1)}</th>
            <td>{formatUs(before.p50)}</td>
            <td>{formatUs(after.p50)}</td>
            <td>{formatUs(before.p99)}</td>
            <td>{formatUs(after.p99)}</td>
          </tr>
        ))}
      </tbody>
    </FigureTable>
  );
}
