import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, gunzipSync } from 'node:zlib';
import { asSlowpathError, SlowpathError } from '../errors.ts';
import type { ExportFormat } from './exportFormats.ts';
import { headOf, type Exported } from './exporting.ts';

/**
 * Makes sure that nothing precious is replaced: a file that exists must be one that we exported in this format, which
 * its first bytes tell. Collapsed stacks have no place for that.
 *
 * @throws SlowpathError USAGE
 */
export async function checkExportFile(file: string, format: ExportFormat): Promise<void> {
  const folder = await stat(dirname(file)).catch(() => null);
  if (!folder?.isDirectory())
    throw new SlowpathError('USAGE', `There is no folder ${dirname(file)} to write the export to; make it first.`);
  const facts = await stat(file).catch(() => null);
  if (facts === null) return;
  if (facts.isDirectory()) throw new SlowpathError('USAGE', `${file} is a folder; name a file in it.`);
  if (!facts.isFile() || !(await isOurs(file, headOf(format)))) {
    throw new SlowpathError(
      'USAGE',
      `${file} exists and can't be told to be an earlier ${format} export, so it is not replaced; choose another name, or say --force.`,
    );
  }
}

/**
 * Writes an export to a file, whole or not at all: a draft beside it takes its place once it is complete.
 *
 * @throws SlowpathError RUN_WRITE_FAILED, CANCELLED
 */
export async function writeExportFile(file: string, exported: Exported, signal?: AbortSignal): Promise<void> {
  const draft = join(dirname(file), `.${basename(file)}.${randomBytes(4).toString('hex')}.tmp`);
  try {
    await writeExport(createWriteStream(draft, { flags: 'wx' }), exported, signal);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    const failure = asSlowpathError(error);
    if (failure.code === 'CANCELLED' || failure === error) throw failure;
    throw new SlowpathError(
      'RUN_WRITE_FAILED',
      `The export can't be written to ${file} (${failure.message}); choose another place.`,
      { cause: error },
    );
  }
}

/** Writes an export to a stream as fast as the stream takes it, and ends the stream unless told otherwise. */
export async function writeExport(
  stream: NodeJS.WritableStream,
  { pieces, gzipped }: Exported,
  signal?: AbortSignal,
  end = true,
): Promise<void> {
  const options = { end, ...(signal && { signal }) };
  if (gzipped) await pipeline(Readable.from(pieces), createGzip(), stream, options);
  else await pipeline(Readable.from(pieces), stream, options);
}

const headBytes = 4096;

async function isOurs(file: string, head: string | null): Promise<boolean> {
  await using handle = await open(file, 'r');
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  if (bytesRead === 0) return true;
  return head !== null && unzipped(buffer.subarray(0, bytesRead)).toString('latin1').startsWith(head);
}

/** The beginning of a file may be cut anywhere: what there is of it is unfolded. */
function unzipped(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return bytes;
  }
}
