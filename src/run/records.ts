import { join } from 'node:path';
import { asSlowpathError } from '../errors.ts';
import type { Gap } from '../gaps.ts';
import { readRequests } from '../load/requests.ts';
import type { RequestTable } from '../load/result.ts';
import type { Profile } from '../profile/tables.ts';
import { RUNTIME_FILE } from '../target/runtimeFormat.ts';
import { emptyRuntime, readRuntime } from '../target/runtimeLog.ts';
import type { RuntimeTables } from '../target/tables.ts';
import type { Manifest } from './model.ts';
import { readPlainFile } from './plainFiles.ts';
import { joinedProfiles, profileFiles } from './profiles.ts';

const REQUESTS_FILE = 'requests.parquet';
export const LATENCY_FILE = 'latency.hlog';
const MAX_RECORD_BYTES = 1024 ** 3;
/** V8's longest string bounds what can be parsed as text. */
const MAX_TEXT_BYTES = 512 * 1000 * 1000;

interface Records {
  readonly requests: RequestTable;
  readonly runtime: RuntimeTables;
  readonly profile: Profile | null;
  readonly gaps: readonly Gap[];
}

/** Reads the data beside a manifest. Never fails: what is missing or damaged is empty, with a gap that says so. */
export async function readRecords(dir: string, manifest: Manifest): Promise<Records> {
  const gaps: Gap[] = [];
  const measured = manifest.window !== null;
  const launched = manifest.targets.length > 0;
  const requests = await record(dir, REQUESTS_FILE, { expected: measured, maxBytes: MAX_RECORD_BYTES }, gaps, (bytes) =>
    readRequests(bytes.buffer),
  );
  const runtime = await record(
    dir,
    RUNTIME_FILE,
    { expected: launched && measured, maxBytes: MAX_TEXT_BYTES },
    gaps,
    (bytes) => readRuntime(new TextDecoder().decode(bytes)),
  );
  const profiles: Profile[] = [];
  for (const { name, read } of await profileFiles(dir, manifest)) {
    const profile = await record(dir, name, { expected: true, maxBytes: MAX_TEXT_BYTES }, gaps, read);
    if (profile) profiles.push(profile);
  }
  return {
    requests: requests ?? emptyRequests(),
    runtime: runtime ?? emptyRuntime(),
    profile: joinedProfiles(profiles, gaps),
    gaps,
  };
}

/** A run without a load, or one whose rows were lost. */
function emptyRequests(): RequestTable {
  const none = new Float64Array(0);
  const integers = new Int32Array(0);
  return {
    length: 0,
    endpoints: [],
    intendedUs: none,
    sentUs: none,
    firstByteUs: none,
    doneUs: none,
    endpoint: integers,
    status: integers,
    outcome: new Uint8Array(0),
    connection: integers,
    localPort: integers,
    bytes: integers,
    sequence: integers,
  };
}

async function record<T>(
  dir: string,
  name: string,
  { expected, maxBytes }: { readonly expected: boolean; readonly maxBytes: number },
  gaps: Gap[],
  read: (bytes: Uint8Array<ArrayBuffer>) => T | Promise<T>,
): Promise<T | null> {
  const bytes = await readPlainFile(join(dir, name), maxBytes);
  if (bytes === null) {
    if (expected) gaps.push({ what: name, why: 'the file is missing from the run’s folder' });
    return null;
  }
  try {
    if (typeof bytes === 'string') throw new Error(bytes);
    return await read(bytes);
  } catch (error) {
    gaps.push({ what: name, why: asSlowpathError(error).message });
    return null;
  }
}
