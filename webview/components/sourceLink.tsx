import type { JSX } from 'preact';
import { visible } from '../../src/plan/visible.ts';
import { isSource, place } from '../format.ts';
import { usePage } from '../page.ts';

/** Where a function stands: a link where the editor can open it, plain text for the runtime's own files. */
export function SourceLink(props: {
  readonly file: string | null;
  readonly line: number;
  readonly column?: number;
  /** Inside tables that the keyboard walks by row. */
  readonly outOfTabOrder?: boolean;
}): JSX.Element | null {
  const { file, line, column = 1 } = props;
  const { openSource } = usePage();
  if (file === null) return null;
  if (!isSource(file)) return <span class="place">{place(file, line)}</span>;
  return (
    <button
      type="button"
      class="source"
      title={visible(file, 300)}
      tabIndex={props.outOfTabOrder === true ? -1 : 0}
      onClick={(event) => {
        event.stopPropagation();
        openSource(file, line, column, event.altKey);
      }}
    >
      {place(file, line)}
    </button>
  );
}
