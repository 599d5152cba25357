import type { JSX } from 'preact';
import type { ViewName } from '../../src/protocol.ts';
import type { ViewEntry } from '../content.ts';
import { Badge } from './controls.tsx';

/** The row of views; arrow keys walk it as the ARIA tabs pattern has it. */
export function Tabs(props: {
  readonly views: readonly ViewEntry[];
  readonly value: ViewName;
  readonly onChange: (name: ViewName) => void;
}): JSX.Element {
  const { views, value, onChange } = props;
  const onKey = (event: KeyboardEvent): void => {
    const at = views.findIndex((view) => view.name === value);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: views.length - 1 }[event.key];
    const view = next === undefined ? undefined : views[(next + views.length) % views.length];
    if (!view) return;
    event.preventDefault();
    onChange(view.name);
    document.getElementById(`tab-${view.name}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Views" onKeyDown={onKey}>
      {views.map((view) => (
        <button
          key={view.name}
          id={`tab-${view.name}`}
          type="button"
          role="tab"
          aria-selected={view.name === value}
          aria-controls="panel"
          tabIndex={view.name === value ? 0 : -1}
          onClick={() => onChange(view.name)}
        >
          {view.label}
          {view.count !== null && view.count > 0 && <Badge>{view.count}</Badge>}
        </button>
      ))}
    </div>
  );
}
