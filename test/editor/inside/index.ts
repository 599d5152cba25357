/** Entry of the suite that runs inside a real extension host (test/editor/host.test.ts starts it). */
import { SlowpathError } from '../../../src/errors.ts';
import './plan.ts';
import './measuring.ts';
import './heat.ts';
import './heatDiff.ts';
import './reports.ts';
import './results.ts';
import './profileHeat.ts';
import './previews.ts';
import { runAll } from './suite.ts';

export async function run(): Promise<void> {
  const file = process.env['SLOWPATH_OUTCOMES'];
  if (file === undefined) throw new SlowpathError('USAGE', 'SLOWPATH_OUTCOMES names no file for the outcomes.');
  await runAll(file);
}
