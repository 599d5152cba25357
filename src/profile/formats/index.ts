import { SlowpathError } from '../../errors.ts';
import { inflateGzip, isGzip } from '../../inflate.ts';
import type { Profile } from '../tables.ts';
import type { Importer, ImportOptions, ImportStream } from './importer.ts';
import { importers } from './importers.ts';
import { isObject } from './fields.ts';
import { foreignBeginning, foreignFile } from './foreign.ts';
import { parseJson } from './json.ts';
import { contentStart } from './jsonText.ts';
import { sniffOf, type Sniff } from './sniff.ts';

/** Most that a gzip file may unfold to: more than any profile that can still be shown. */
const mostInflatedBytes = 512 * 2 ** 20;

/** Half as many characters, which one text holds. */
const mostUtf16Bytes = 256 * 2 ** 20;

/**
 * A profile from a file's bytes, gzip or not, in UTF-8 or UTF-16, whatever the file is called: its content decides.
 *
 * @throws FORMAT_UNKNOWN naming what can be opened; FORMAT_MALFORMED with the offset; FORMAT_TOO_LARGE.
 */
export function importProfile(bytes: Uint8Array, options: ImportOptions = {}): Profile {
  const plain = inUtf8(isGzip(bytes) ? inflated(bytes) : bytes);
  if (contentStart(plain) === plain.length)
    throw new SlowpathError('FORMAT_MALFORMED', 'The profile is empty: it is cut off at byte 0. Record it again.');
  try {
    return importerOf(plain).read(plain, options);
  } catch (error) {
    // An array, a text or a map that would be larger than the runtime has them.
    if (!(error instanceof RangeError)) throw error;
    throw new SlowpathError(
      'FORMAT_TOO_LARGE',
      `The profile needs more memory than can be had (${error.message}): record a shorter time.`,
      { cause: error },
    );
  }
}

/**
 * A reader of pieces for a file that begins so, or null if its format must be read whole.
 *
 * @param head the first 64 KB, unpacked.
 * @throws FORMAT_UNKNOWN for one that is known to be another tool's: it need not be read to be told.
 */
export function streamFor(head: Uint8Array, options: ImportOptions = {}): ImportStream | null {
  const sniff = sniffOf(head, 'head');
  const importer = importers.find((each) => each.sniff(sniff));
  const foreign = foreignBeginning(sniff) ?? (importer ? null : foreignFile(sniff));
  if (foreign !== null) throw unknown(foreign);
  return importer?.stream?.(options) ?? null;
}

/** @throws FORMAT_UNKNOWN, or FORMAT_MALFORMED for JSON that breaks before it could be told whose it is. */
function importerOf(bytes: Uint8Array): Importer {
  const head = sniffOf(bytes, 'head');
  const fits = (sniff: Sniff): Importer | undefined => importers.find((importer) => importer.sniff(sniff));
  const foreignText = foreignBeginning(head);
  if (foreignText !== null) throw unknown(foreignText);
  const found = fits(head);
  if (found) return found;
  // A first value of more than 64 KB hides the keys behind it.
  const whole = head.json && bytes.length > head.bytes.length ? sniffOf(bytes, 'whole') : head;
  const hidden = fits(whole);
  if (hidden) return hidden;
  const foreign = foreignFile(whole);
  if (foreign !== null) throw unknown(foreign);
  throw unknown(head.json ? strangeJson(parseJson(bytes)) : 'its content is of no known format');
}

function inflated(bytes: Uint8Array): Uint8Array {
  try {
    return inflateGzip(bytes, mostInflatedBytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    if (error.message.startsWith('unfolds')) {
      throw new SlowpathError(
        'FORMAT_TOO_LARGE',
        `The gzip file unfolds to more than ${mostInflatedBytes / 2 ** 20} MB: record a shorter time, or unpack it first.`,
        { cause: error },
      );
    }
    throw new SlowpathError(
      'FORMAT_MALFORMED',
      `The gzip file is damaged: ${error.message}. Copy or record it again.`,
      { cause: error },
    );
  }
}

/** Windows' shells redirect into UTF-16, with a mark of its byte order. */
function inUtf8(bytes: Uint8Array): Uint8Array {
  const little = bytes[0] === 0xff && bytes[1] === 0xfe;
  if (!little && !(bytes[0] === 0xfe && bytes[1] === 0xff)) return bytes;
  if (bytes.length > mostUtf16Bytes)
    throw new SlowpathError('FORMAT_TOO_LARGE', 'A file in UTF-16 opens up to 256 MB: save it as UTF-8.');
  return new TextEncoder().encode(new TextDecoder(little ? 'utf-16le' : 'utf-16be').decode(bytes));
}

function unknown(found: string): SlowpathError {
  const labels = importers.map(({ label }) => label);
  const list = labels.length > 1 ? `${labels.slice(0, -1).join(', ')} and ${labels.at(-1) ?? ''}` : labels.join('');
  return new SlowpathError('FORMAT_UNKNOWN', `This file can't be opened as a profile: ${found}. What opens: ${list}.`);
}

/** Of JSON that is nobody's. @throws FORMAT_MALFORMED where it breaks */
function strangeJson(json: unknown): string {
  if (isObject(json) && ('head' in json || 'nodes' in json)) return 'its nodes are missing';
  return 'its JSON is of no known format';
}
