import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { SlowpathError } from '../errors.ts';
import { looksLikeHgrm, parseHgrm } from '../latency/hgrm.ts';
import { parseHlog } from '../latency/hlog.ts';
import { visible } from '../plan/visible.ts';
import type { SampleTypes } from '../profile/formats/importer.ts';
import { importProfile } from '../profile/formats/index.ts';
import { importProfileFile, whyUnreadable } from '../profile/importFile.ts';
import { packProfile } from '../run/pack.ts';
import type { FileBytes } from './analysisMessages.ts';
import { largestPackedBytes } from './fileLimits.ts';

interface PackedProfile {
  readonly profile: ArrayBuffer;
  /** null where the file can be read in one way only. */
  readonly types: SampleTypes | null;
  /** What of the file could not be used, in sentences. */
  readonly remarks: readonly string[];
}

/** A profile file of any known format, packed for the page, as the sample type asked for. @throws SlowpathError FORMAT_* */
export async function packProfileFile(
  file: FileBytes & { readonly sampleType: string | null },
): Promise<PackedProfile> {
  let types: SampleTypes | null = null;
  const onTypes = (found: SampleTypes): void => {
    types = found;
  };
  const remarks: string[] = [];
  const onRemark = (remark: string): unknown => remarks.push(remark);
  const options = { type: file.sampleType ?? undefined, onTypes, onRemark };
  const profile = 'bytes' in file ? importProfile(file.bytes, options) : await importProfileFile(file.path, options);
  const { samples, stacks } = profile;
  // Two doubles and two indices a sample, three indices and the start of its lines a stack; the rest is small beside them.
  if (samples.length * 24 + stacks.length * 16 > largestPackedBytes) {
    const millions = Math.round(samples.length / 1e6);
    throw new SlowpathError(
      'FORMAT_TOO_LARGE',
      `The profile has ${millions} million samples, more than the viewer holds: record a shorter time, or read its figures with "slowpath import".`,
    );
  }
  return { profile: packProfile(profile), types, remarks };
}

/** The text of an interval log or a percentile table once it is known to parse. @throws SlowpathError FORMAT_* */
export async function checkHlog(file: FileBytes): Promise<string> {
  const text = new TextDecoder().decode(await bytesOf(file));
  if (looksLikeHgrm(text)) parseHgrm(text);
  else parseHlog(text);
  return text;
}

async function bytesOf(file: FileBytes): Promise<Uint8Array> {
  if ('bytes' in file) return file.bytes;
  try {
    return await readFile(file.path);
  } catch (error) {
    throw new SlowpathError(
      'FORMAT_UNKNOWN',
      `${visible(basename(file.path))} cannot be read: ${whyUnreadable(error)}.`,
      {
        cause: error,
      },
    );
  }
}
