import type { JSX } from 'preact';
import { visible } from '../../src/plan/visible.ts';
import type { CapacityPage, MatrixPage } from '../../src/report/resultPage.ts';
import { Icon } from './icons.tsx';

/** What came of several runs, in a sentence; what went wrong stands above it. */
export function ResultHead({ page }: { readonly page: CapacityPage | MatrixPage }): JSX.Element {
  const { error, sentence, notes } = page;
  return (
    <>
      {error !== null && (
        <div class="banner banner-bad" role="alert">
          <Icon name="fail" /> <p>{visible(error, 2000)}</p>
        </div>
      )}
      <section class="hero">
        <p class="headline">{visible(sentence, 1000)}</p>
        {notes.map((note) => (
          <p class="sentence" key={note}>
            {visible(note, 1000)}
          </p>
        ))}
      </section>
    </>
  );
}
