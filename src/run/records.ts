import { join } from 'node:path';
import { asSlowpathError } from '../errors.ts';
import type { Gap } from '../gaps.ts';
import { hlogFault } from '../latency/hlogShape.ts';
import { readRequests } from '../load/requests.ts';
import type { RequestTable } from '../load/result.ts';
import { formatBytes } from '../plan/units.ts';
import type { Profile } from '../profile/tables.ts';
import { RUNTIME_FILE } from '../target/runtimeFormat.ts';
import { emptyRuntime, readRuntimeLog } from '../target/runtimeLog.ts';
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

/** What a run lacks without each of its files, in whole or in part. */
const lacking = {
  requests: 'requests one by one, the percentile chart, the timeline and the tail are missing',
  runtime: 'garbage collections, stalls, memory, CPU and the service’s own times are missing in part or in whole',
  latency: 'only other tools read it: the figures shown here are whole',
  profile: 'its CPU samples are missing',
} as const;

/** Reads the data beside a manifest. Never fails: what is missing or damaged is empty, with a gap that says so. */
export async function readRecords(dir: string, manifest: Manifest): Promise<Records> {
  const gaps: Gap[] = [];
  const measured = manifest.window !== null;
  const launched = manifest.targets.length > 0;
  const ended = manifest.state !== 'running' && manifest.state !== 'incomplete';
  const about = (name: string, lacks: string): Omit<FileFacts, 'expected' | 'maxBytes'> => {
    return { path: join(dir, name), name, lacks, writtenBytes: manifest.sizes?.[name] };
  };
  const requests = await record(
    { ...about(REQUESTS_FILE, lacking.requests), expected: measured, maxBytes: MAX_RECORD_BYTES },
    gaps,
    (bytes) => readRequests(bytes.buffer),
  );
  const runtime = await record(
    { ...about(RUNTIME_FILE, lacking.runtime), expected: launched && measured, maxBytes: MAX_TEXT_BYTES },
    gaps,
    (bytes, damage) => {
      const { tables, lines, unreadLines } = readRuntimeLog(new TextDecoder().decode(bytes));
      // A crash leaves half a line behind, and a run that goes on is read while it is written.
      if (ended && unreadLines > 0) damage(`${unreadLines} of its ${lines} lines can’t be read`);
      return tables;
    },
  );
  await record(
    { ...about(LATENCY_FILE, lacking.latency), expected: measured && ended, maxBytes: MAX_TEXT_BYTES },
    gaps,
    (bytes, damage) => {
      const fault = hlogFault(new TextDecoder().decode(bytes));
      if (ended && fault !== null) damage(fault);
    },
  );
  const profiles: Profile[] = [];
  for (const { name, read } of await profileFiles(dir, manifest)) {
    const facts = { ...about(name, lacking.profile), expected: true, maxBytes: MAX_TEXT_BYTES };
    const profile = await record(facts, gaps, read);
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

interface FileFacts {
  readonly path: string;
  readonly name: string;
  /** What the run lacks without it, a clause. */
  readonly lacks: string;
  readonly expected: boolean;
  readonly maxBytes: number;
  /** Its size when the run ended, where the manifest tells it. */
  readonly writtenBytes: number | undefined;
}

/** @param read may tell damage that leaves the rest readable; throws if nothing can be read. */
async function record<T>(
  { path, name, lacks, expected, maxBytes, writtenBytes }: FileFacts,
  gaps: Gap[],
  read: (bytes: Uint8Array<ArrayBuffer>, damage: (fault: string) => void) => T | Promise<T>,
): Promise<T | null> {
  const lost = (fault: string): void => void gaps.push({ what: name, why: `${fault}; ${lacks}`, lost: true });
  const bytes = await readPlainFile(path, maxBytes);
  if (bytes === null) {
    if (expected) lost('it is missing from the run’s folder');
    return null;
  }
  const faults: string[] = [];
  if (typeof bytes !== 'string' && writtenBytes !== undefined && bytes.length !== writtenBytes)
    faults.push(`it has ${formatBytes(bytes.length)} and was written with ${formatBytes(writtenBytes)}`);
  let value: T | null = null;
  try {
    if (typeof bytes === 'string') throw new Error(bytes);
    value = await read(bytes, (fault) => void faults.push(fault));
  } catch (error) {
    faults.push(withoutPeriod(asSlowpathError(error).message));
  }
  if (faults.length > 0) lost(`the file is damaged: ${faults.join(', and ')}`);
  return value;
}

function withoutPeriod(sentence: string): string {
  return sentence.replace(/\.$/, '');
}
