import type { ComponentChildren, JSX } from 'preact';

/** A part of a page below its heading, without a twin: what is a table or a list already. */
export function Section(props: {
  readonly id: string;
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly children: ComponentChildren;
}): JSX.Element {
  const { id, title, note, children } = props;
  return (
    <section class="figure" aria-labelledby={`${id}-title`}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        {note !== undefined && <p class="note">{note}</p>}
      </header>
      {children}
    </section>
  );
}
