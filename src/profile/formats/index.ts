import { SlowpathError } from '../../errors.ts';
import { inflateGzip, isGzip } from '../../inflate.ts';
import type { Profile } from '../tables.ts';
import type { Importer, ImportOptions, ImportStream } from './importer.ts';
import { importers } from './importers.ts';
import { isObject } from './fields.ts';
import { parseJson } from './json.ts';
import { contentStart } from './jsonText.ts';
import { sniffOf, type Sniff } from './sniff.ts';

/** Most that a gzip file may unfold to: more than any profile that can still be shown. */
const mostInflatedBytes = 512 * 2 ** 20;

/** Half as many characters, which one text holds. */
const mostUtf16Bytes = 256 * 2 ** 20;

const artTrace = 'it is a method trace of Android’s runtime (ART); profiler.firefox.com and Android Studio open it';

/** What Android's tools write, and what opens it. Sources: art/runtime/trace.cc; simpleperf's cmd_report_sample.proto. */
const androidTraces = [
  {
    magic: 'SIMPLEPERF',
    words:
      'it is what Android’s "simpleperf report-sample --protobuf" writes; profiler.firefox.com opens it, and the text that simpleperf’s report_sample.py writes opens here',
  },
  { magic: 'SLOW', words: artTrace },
  { magic: '*version', words: artTrace },
] as const;

const v8LogStart = 'v8-version,';

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
 */
export function streamFor(head: Uint8Array, options: ImportOptions = {}): ImportStream | null {
  const sniff = sniffOf(head, 'head');
  return importers.find((importer) => importer.sniff(sniff))?.stream?.(options) ?? null;
}

/** @throws FORMAT_UNKNOWN, or FORMAT_MALFORMED for JSON that breaks before it could be told whose it is. */
function importerOf(bytes: Uint8Array): Importer {
  const head = sniffOf(bytes, 'head');
  const fits = (sniff: Sniff): Importer | undefined => importers.find((importer) => importer.sniff(sniff));
  // A first value of more than 64 KB hides the keys behind it.
  const found =
    fits(head) ?? (head.json && bytes.length > head.bytes.length ? fits(sniffOf(bytes, 'whole')) : undefined);
  if (found) return found;
  throw unknown(head.json ? foreignJson(parseJson(bytes)) : foreignBinary(bytes));
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

function foreignBinary(bytes: Uint8Array): string {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return 'it is a zip archive';
  if (bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46) return 'it is a program';
  if (new TextDecoder().decode(bytes.subarray(0, v8LogStart.length)) === v8LogStart)
    return 'it is the log that node --prof writes; "node --prof-process --preprocess FILE > FILE.json" makes one that opens';
  const begin = new TextDecoder('latin1').decode(bytes.subarray(0, 16));
  const android = androidTraces.find(({ magic }) => begin.startsWith(magic));
  if (android) return android.words;
  return 'its content is of no known format';
}

function foreignJson(json: unknown): string {
  if (!isObject(json)) return 'its JSON is of no known format';
  if (isObject(json['snapshot'])) return 'it is a heap snapshot';
  if (Array.isArray(json['profileJSON']) || isObject(json['profileJSON']))
    return "it is of Firefox' old profiler Cleopatra; open it at profiler.firefox.com and save it from there";
  if ('dhatFileVersion' in json)
    return 'it is a heap profile of DHAT; profiler.firefox.com and dh_view.html of Valgrind open it';
  if ('head' in json || 'nodes' in json) return 'its nodes are missing';
  return 'its JSON is of no known format';
}
