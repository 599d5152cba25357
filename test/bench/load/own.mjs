import { fileURLToPath } from 'node:url';
import { generate } from './cores.mjs';

const script = fileURLToPath(new URL('./generator.mjs', import.meta.url));

/**
 * One load as `slowpath run` offers it, with full recording, on the generator's core.
 * @param overrides of the fixture's load, see test/fixtures/load.ts; `request` of its one request.
 * @param turn as `inTurns` gives it, where the generator takes turns with others: the load lasts longer by its share.
 * @returns counts, rates and latencies of its result.
 * @throws if a request failed: such a run is no measure.
 */
export async function measureOwn(url, { request = {}, ...overrides }, { share = 1, onStart } = {}) {
  const { warmupUs, durationUs } = overrides;
  const times = { warmupUs: warmupUs * share, durationUs: durationUs * share };
  const plan = JSON.stringify({ request, overrides: { ...overrides, ...times } });
  const out = await generate(process.execPath, [script, url, plan], { onStart });
  const result = JSON.parse(out);
  const { counts } = result;
  if (counts.errors + counts.timeouts > 0 || counts.ok === 0)
    throw new Error(`Requests of the load on ${url} failed: ${JSON.stringify(counts)}`);
  const { ratePerSecond } = result;
  return { ...result, ratePerSecond: { ...ratePerSecond, achieved: ratePerSecond.achieved * share } };
}
