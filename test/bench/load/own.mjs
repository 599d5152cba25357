import { fileURLToPath } from 'node:url';
import { generate } from './cores.mjs';

const script = fileURLToPath(new URL('./generator.mjs', import.meta.url));

/**
 * One load as `slowpath run` offers it, with full recording, on the generator's core.
 * @param overrides of the fixture's load, see test/fixtures/load.ts; `request` of its one request.
 * @returns counts, rates and latencies of its result.
 * @throws if a request failed: such a run is no measure.
 */
export async function measureOwn(url, { request = {}, ...overrides }) {
  const out = await generate(process.execPath, [script, url, JSON.stringify({ request, overrides })]);
  const result = JSON.parse(out);
  const { counts } = result;
  if (counts.errors + counts.timeouts > 0 || counts.ok === 0)
    throw new Error(`Requests of the load on ${url} failed: ${JSON.stringify(counts)}`);
  return result;
}
