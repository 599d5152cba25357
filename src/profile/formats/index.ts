import { SlowpathError } from '../../errors.ts';
import type { Profile } from '../tables.ts';
import { importCpuProfile, isCpuProfile } from './cpuprofile.ts';
import { isObject } from './fields.ts';
import { parseJson } from './json.ts';

/**
 * A profile from a file's bytes, whatever the file is called: its content decides.
 *
 * @throws FORMAT_UNKNOWN naming what can be opened; FORMAT_MALFORMED with the offset; FORMAT_TOO_LARGE.
 */
export function importProfile(bytes: Uint8Array): Profile {
  const first = firstByte(bytes);
  if (first === undefined)
    throw new SlowpathError('FORMAT_MALFORMED', 'The profile is empty: it is cut off at byte 0. Record it again.');
  if (first !== '{') throw unknown(foreignBinary(bytes) ?? 'it is not JSON');
  const json = parseJson(bytes);
  if (isCpuProfile(json)) return importCpuProfile(json);
  throw unknown(
    isObject(json) ? (foreignJson(json) ?? 'it has neither a list of nodes nor a head') : 'it is not an object',
  );
}

function unknown(found: string): SlowpathError {
  return new SlowpathError(
    'FORMAT_UNKNOWN',
    `This file can't be opened as a CPU profile: ${found}. Open a V8 .cpuprofile.`,
  );
}

/** The first character that is not a byte order mark or white space. */
function firstByte(bytes: Uint8Array): string | undefined {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  const byte = bytes[at];
  return byte === undefined ? undefined : String.fromCharCode(byte);
}

function foreignBinary(bytes: Uint8Array): string | null {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'it is compressed with gzip';
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return 'it is a zip archive';
  return null;
}

function foreignJson(json: Readonly<Record<string, unknown>>): string | null {
  if ('traceEvents' in json) return 'it is a Chrome trace';
  if (isObject(json['snapshot'])) return 'it is a heap snapshot';
  if ('head' in json || 'nodes' in json) return 'its nodes are missing';
  if ('$schema' in json && 'shared' in json) return 'it is a speedscope file';
  return null;
}
