import type { JSX } from 'preact';
import { visible } from '../../src/plan/visible.ts';
import type { SampleTypes } from '../../src/profile/formats/importer.ts';
import { usePage } from '../page.ts';

/** Which of its file's sample types the profile shows; another choice has the file read again. */
export function SampleTypeSelect({ types }: { readonly types: SampleTypes }): JSX.Element {
  const { state, chooseSampleType } = usePage();
  const { names, chosen } = types;
  // What was chosen stands here at once, not only when it has been read.
  const wanted = names.indexOf(state.sampleType ?? chosen);
  return (
    <label class="select sample-type">
      <span class="visually-hidden">Sample type</span>
      <select
        value={wanted >= 0 ? wanted : names.indexOf(chosen)}
        title="What the samples of this file count"
        onChange={(event) => {
          const name = names[Number(event.currentTarget.value)];
          if (name !== undefined) chooseSampleType(name);
        }}
      >
        {names.map((name, index) => (
          <option key={index} value={index}>
            {visible(name, 60)}
          </option>
        ))}
      </select>
    </label>
  );
}
