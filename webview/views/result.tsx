import type { JSX } from 'preact';
import type { ResultPage } from '../../src/report/resultPage.ts';
import { CapacityView } from './capacity.tsx';
import { DoctorView } from './doctor.tsx';
import { MatrixView } from './matrix.tsx';

/** What came of several runs, or of none. */
export function ResultView({ result }: { readonly result: ResultPage }): JSX.Element {
  switch (result.kind) {
    case 'capacity':
      return <CapacityView page={result} />;
    case 'matrix':
      return <MatrixView page={result} />;
    case 'doctor':
      return <DoctorView page={result} />;
  }
}
