import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { Gap } from '../../src/gaps.ts';
import { formatCount, formatUs } from '../../src/plan/units.ts';
import { visible } from '../../src/plan/visible.ts';
import { steadyWords } from '../../src/advice/steadyWords.ts';
import { untrustedWords } from '../../src/advice/untrustedWords.ts';
import { PercentileChart } from '../charts/percentileChart.tsx';
import { Figure } from '../components/figure.tsx';
import { FigureTable } from '../components/figureTable.tsx';
import { Icon } from '../components/icons.tsx';
import { QuantileTable } from '../components/quantileTable.tsx';
import { Section } from '../components/section.tsx';
import { figuresOfModel, Tiles } from '../components/tiles.tsx';
import { floorsOf, floorUsOf } from '../model/floor.ts';
import { headline } from '../model/headline.ts';
import type { RangeModel, RunInfo } from '../model/messages.ts';
import { usePage } from '../page.ts';
import { Blockers } from './blockers.tsx';
import { LedgerFigure } from './ledger.tsx';
import { Objectives } from './objectives.tsx';
import { WatchedBy } from './watchedBy.tsx';

/** The whole story on one screen: how slow, why, whether it is good enough, and whether to believe it. */
export function OverviewView({ info, model }: { readonly info: RunInfo; readonly model: RangeModel }): JSX.Element {
  const { verdict, error, summary, gaps } = info.manifest;
  const steady = steadyWords(info.manifest);
  return (
    <>
      {error && (
        <div class="banner banner-bad" role="alert">
          <Icon name="fail" /> <p>{visible(error.message, 2000)}</p>
        </div>
      )}
      {verdict?.valid === true ? (
        <Measured info={info} model={model} />
      ) : (
        <Untrusted
          headline={
            verdict
              ? 'This measurement can’t be trusted, so no percentiles are shown.'
              : 'This run has no percentiles: they were never summed up.'
          }
          // What ended it stands above already.
          reasons={error ? [] : untrustedWords(info.manifest)}
        />
      )}
      {verdict && verdict.valid && (steady !== null || verdict.warnings.length > 0) && (
        <section class="notes">
          <h2>Worth knowing</h2>
          <ul>
            {steady !== null && <li>{steady}</li>}
            {verdict.warnings.map((warning) => (
              <li key={warning.text}>{visible(warning.text, 1000)}</li>
            ))}
          </ul>
        </section>
      )}
      {summary && summary.requests.timeouts + summary.requests.unsent + summary.requests.inFlight > 0 && (
        <section class="notes">
          <h2>Requests without an end</h2>
          <p>
            {formatCount(summary.requests.timeouts)} timed out, {formatCount(summary.requests.unsent)} were due but
            never sent, {formatCount(summary.requests.inFlight)} were still under way at the end. They count with the
            time they had waited until then.
          </p>
        </section>
      )}
      <WatchedBy manifest={info.manifest} />
      <Gaps title="Files that are damaged or missing" gaps={gaps.filter(({ lost }) => lost)} />
      <Gaps title="Not measured here" gaps={gaps.filter(({ lost }) => !lost)} />
    </>
  );
}

function Gaps({ title, gaps }: { readonly title: string; readonly gaps: readonly Gap[] }): JSX.Element | null {
  if (gaps.length === 0) return null;
  return (
    <section class="notes">
      <h2>{title}</h2>
      <ul>
        {gaps.map((gap) => (
          <li key={gap.what}>
            <strong>{visible(gap.what, 200)}</strong>: {visible(gap.why, 500)}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Untrusted({
  headline: text,
  reasons,
}: {
  readonly headline: string;
  readonly reasons: readonly string[];
}): JSX.Element {
  return (
    <section class="hero invalid">
      <p class="headline">{text}</p>
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>{visible(reason, 1000)}</li>
        ))}
      </ul>
    </section>
  );
}

function Measured({ info, model }: { readonly info: RunInfo; readonly model: RangeModel }): JSX.Element {
  const slo = info.manifest.summary?.slo ?? [];
  const floorUs = floorUsOf(info.manifest);
  const floors = useMemo(() => floorsOf(floorUs), [floorUs]);
  return (
    <>
      <Headline info={info} model={model} />
      <Tiles figures={figuresOfModel(model)} slo={slo} />
      {slo.length > 0 && <Objectives slo={slo} />}
      {model.tail && (
        <div class="columns columns-why">
          <LedgerFigure tail={model.tail} />
          <Blockers tail={model.tail} />
        </div>
      )}
      <div class="columns columns-chart">
        <Figure
          id="percentiles"
          title="Latency by percentile"
          note="To the right: the slowest of ten, a hundred, a thousand requests."
          chart={() => (
            <PercentileChart
              series={[
                { label: 'response time', curve: model.response, color: 'response' },
                { label: 'service time', curve: model.service, color: 'service' },
              ]}
              slo={slo}
              floors={floors}
            />
          )}
          table={() => <QuantileTable rows={model.quantiles} floorUs={floorUs} />}
        />
        <Section
          id="quantiles"
          title="Quantiles"
          note="With the range that holds the true value in 95 of 100 such runs."
        >
          <QuantileTable rows={model.quantiles} floorUs={floorUs} />
        </Section>
      </div>
      {model.endpoints.length > 1 && <Endpoints model={model} />}
    </>
  );
}

function Headline({ info, model }: { readonly info: RunInfo; readonly model: RangeModel }): JSX.Element {
  const { openSource } = usePage();
  const p99 = model.quantiles.find((row) => row.quantile === 0.99)?.response.value ?? null;
  const failed = info.manifest.summary?.slo.filter((result) => !result.pass).length ?? 0;
  return (
    <section class={`hero ${failed > 0 ? 'missed' : ''}`}>
      <p class="headline">
        {headline(p99 !== null && Number.isFinite(p99) ? p99 : null, model.tail).map((part, index) => {
          const { source } = part;
          if (source) {
            return (
              <button key={index} type="button" class="source" onClick={() => openSource(source.file, source.line)}>
                {part.text}
              </button>
            );
          }
          return part.style === 'plain' ? (
            part.text
          ) : (
            <span key={index} class={part.style}>
              {part.text}
            </span>
          );
        })}
      </p>
    </section>
  );
}

function Endpoints({ model }: { readonly model: RangeModel }): JSX.Element {
  return (
    <Section id="endpoints" title="By endpoint">
      <FigureTable columns={['Endpoint', 'Requests', 'Errors', 'p50', 'p99', 'max']}>
        <tbody>
          {model.endpoints.map((row) => (
            <tr key={row.name}>
              <th scope="row">{row.name}</th>
              <td>{formatCount(row.requests)}</td>
              <td>{formatCount(row.errors)}</td>
              <td>{formatUs(row.p50Us)}</td>
              <td>{formatUs(row.p99Us)}</td>
              <td>{formatUs(row.maxUs)}</td>
            </tr>
          ))}
        </tbody>
      </FigureTable>
    </Section>
  );
}
