import { open, readFile } from 'node:fs/promises';
import { SlowpathError } from '../errors.ts';
import { logSeries, looksLikeLatencyLog, type LogSeries } from '../latency/logSeries.ts';

const headBytes = 64 * 1024;
/** As text it must fit V8's longest string; a log of a week at a line a second has some 200 MB. */
const mostBytes = 500 * 2 ** 20;

/**
 * What an interval log of HdrHistogram (.hlog) or a percentile table (.hgrm) holds; null for any other file, told by its content, and for
 * one that can't be read, of which the importer of profiles says why.
 *
 * @throws SlowpathError FORMAT_MALFORMED naming the line, FORMAT_TOO_LARGE
 */
export async function readLatencyFile(path: string): Promise<readonly LogSeries[] | null> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return null;
  await using opened = file;
  const facts = await opened.stat();
  if (!facts.isFile()) return null;
  const { bytesRead, buffer } = await opened.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  if (!looksLikeLatencyLog(buffer.toString('utf8', 0, bytesRead))) return null;
  if (facts.size > mostBytes)
    throw new SlowpathError(
      'FORMAT_TOO_LARGE',
      `The log is larger than ${mostBytes / 2 ** 20} MB: cut it to the time you want.`,
    );
  return logSeries(await readFile(path, 'utf8'));
}
