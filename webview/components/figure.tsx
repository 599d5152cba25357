import type { ComponentChildren, JSX } from 'preact';
import { usePage } from '../page.ts';
import { Icon } from './icons.tsx';

/** A chart with its heading and its twin: the same figures as a table, for whoever reads tables better or only. */
export function Figure(props: {
  readonly id: string;
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly aside?: ComponentChildren;
  readonly class?: string;
  readonly chart: () => ComponentChildren;
  readonly table: () => ComponentChildren;
}): JSX.Element {
  const { state, change } = usePage();
  const asTable = state.tables.includes(props.id);
  const toggle = (): void =>
    change({ tables: asTable ? state.tables.filter((id) => id !== props.id) : [...state.tables, props.id] });
  return (
    <section class={`figure ${props.class ?? ''}`} aria-labelledby={`${props.id}-title`}>
      <header>
        <div class="heading">
          <h2 id={`${props.id}-title`}>{props.title}</h2>
          {props.note !== undefined && <p class="note">{props.note}</p>}
        </div>
        <div class="aside">
          {props.aside}
          <button type="button" class="twin" aria-pressed={asTable} onClick={toggle}>
            <Icon name={asTable ? 'chart' : 'table'} />
            {asTable ? 'Show as chart' : 'Show as table'}
          </button>
        </div>
      </header>
      {asTable ? <div class="twin-table">{props.table()}</div> : props.chart()}
    </section>
  );
}
