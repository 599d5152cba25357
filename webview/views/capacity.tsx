import type { JSX } from 'preact';
import { formatRate, formatShare, formatUs } from '../../src/plan/units.ts';
import { visible } from '../../src/plan/visible.ts';
import type { CapacityPage } from '../../src/report/resultPage.ts';
import { LoadCurveChart } from '../charts/loadCurveChart.tsx';
import { UtilisationChart } from '../charts/utilisationChart.tsx';
import { Figure } from '../components/figure.tsx';
import { FigureTable } from '../components/figureTable.tsx';
import { Icon } from '../components/icons.tsx';
import { ResultHead } from '../components/resultHead.tsx';
import { RunLink } from '../components/runLink.tsx';
import { Section } from '../components/section.tsx';
import { isTrusted, latencyNames, type Level, verdictWords } from '../model/loadCurve.ts';

/** The knee in a sentence, the load curve, what was used up, and every level with its verdict. */
export function CapacityView({ page }: { readonly page: CapacityPage }): JSX.Element {
  const { levels, knee } = page;
  const hasCpu = levels.some(({ targetCores, generatorShare }) => targetCores !== null || generatorShare !== null);
  return (
    <>
      <ResultHead page={page} />
      {levels.length > 0 && (
        <>
          <Figure
            id="load-curve"
            title="Load curve"
            note="Response time from the intended time, over the offered rate."
            chart={() => <LoadCurveChart levels={levels} knee={knee} />}
            table={() => <LevelTable levels={levels} knee={knee} />}
          />
          {hasCpu && (
            <Figure
              id="utilisation"
              title="CPU in use"
              note="As a share of one core. A thread near 100% has no room left; a generator near it is itself the limit."
              chart={() => <UtilisationChart levels={levels} />}
              table={() => <CpuTable levels={levels} />}
            />
          )}
          <Section id="levels" title="Levels" note="Each is a run of its own, with targets started afresh.">
            <Verdicts levels={levels} knee={knee} />
          </Section>
        </>
      )}
    </>
  );
}

function RateCell({ level, knee }: { readonly level: Level; readonly knee: CapacityPage['knee'] }): JSX.Element {
  const isKnee = knee?.ratePerSecond === level.ratePerSecond;
  return (
    <th scope="row">
      {formatRate(level.ratePerSecond)}
      {isKnee && <span class="tag">knee</span>}
    </th>
  );
}

function LevelTable(props: { readonly levels: readonly Level[]; readonly knee: CapacityPage['knee'] }): JSX.Element {
  const { levels, knee } = props;
  return (
    <FigureTable columns={['Offered', 'Achieved', ...latencyNames, 'Floor', 'Errors', 'Verdict']}>
      <tbody>
        {levels.map((level) => (
          <tr key={level.ratePerSecond} class={isTrusted(level) ? '' : 'unearned'}>
            <RateCell level={level} knee={knee} />
            <td>{formatRate(level.achieved)}</td>
            {latencyNames.map((name) => (
              <td key={name}>{formatUs(level.latencyUs[name])}</td>
            ))}
            <td class="unearned">{formatUs(level.floorUs)}</td>
            <td>{formatShare(level.errors)}</td>
            <td>{verdictWords[level.outcome]}</td>
          </tr>
        ))}
      </tbody>
    </FigureTable>
  );
}

function CpuTable({ levels }: { readonly levels: readonly Level[] }): JSX.Element {
  return (
    <FigureTable columns={['Offered', 'Targets', 'Busiest thread', 'Its name', 'Generator']}>
      <tbody>
        {levels.map((level) => (
          <tr key={level.ratePerSecond}>
            <th scope="row">{formatRate(level.ratePerSecond)}</th>
            <td>{formatShare(level.targetCores)}</td>
            <td>{formatShare(level.busiestThread?.share ?? null)}</td>
            <td>{visible(level.busiestThread?.name ?? '–', 60)}</td>
            <td>{formatShare(level.generatorShare)}</td>
          </tr>
        ))}
      </tbody>
    </FigureTable>
  );
}

const icons = { good: 'pass', slo: 'fail', saturation: 'fail', generator: 'warning' } as const;

function Verdicts(props: { readonly levels: readonly Level[]; readonly knee: CapacityPage['knee'] }): JSX.Element {
  const { levels, knee } = props;
  return (
    <FigureTable columns={['Offered', 'Verdict', 'p99', 'Why', 'Run']} class="levels">
      <tbody>
        {levels.map((level) => (
          <tr key={level.ratePerSecond} class={`${level.outcome} ${isTrusted(level) ? '' : 'unearned'}`}>
            <RateCell level={level} knee={knee} />
            <td class="verdict">
              <Icon name={icons[level.outcome]} /> {verdictWords[level.outcome]}
            </td>
            <td>{formatUs(level.latencyUs.p99)}</td>
            <td class="why">{level.reasons.map((reason) => visible(reason, 500)).join(' ')}</td>
            <td class="run-name">
              <RunLink run={level.run} />
            </td>
          </tr>
        ))}
      </tbody>
    </FigureTable>
  );
}
