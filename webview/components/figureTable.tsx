import type { ComponentChildren, JSX } from 'preact';

/** A table of figures: the first column names the row, the others stand to the right; one too wide scrolls in its own box. */
export function FigureTable(props: {
  readonly columns: readonly ComponentChildren[];
  /** What holds for all of it, above it: one line each. */
  readonly captions?: readonly string[];
  /** Many rows: it scrolls below its head. */
  readonly tall?: boolean;
  readonly class?: string;
  /** Its bodies, and a foot. */
  readonly children: ComponentChildren;
}): JSX.Element {
  const { columns, captions = [], tall = false, children } = props;
  return (
    <div class={tall ? 'scroll-x tall' : 'scroll-x'}>
      <table class={props.class === undefined ? 'figures' : `figures ${props.class}`}>
        {captions.map((caption) => (
          <caption key={caption}>{caption}</caption>
        ))}
        <thead>
          <tr>
            {columns.map((column, index) => (
              <th scope="col" key={index}>
                {column}
              </th>
            ))}
          </tr>
        </thead>
        {children}
      </table>
    </div>
  );
}
