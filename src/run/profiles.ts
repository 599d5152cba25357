import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SlowpathError } from '../errors.ts';
import type { Gap } from '../gaps.ts';
import { inflateGzip } from '../inflate.ts';
import { importCpuProfile } from '../profile/formats/cpuprofile.ts';
import { importProfile } from '../profile/formats/index.ts';
import { parseJson } from '../profile/formats/json.ts';
import { importV8Log, type V8LogOrigin } from '../profile/formats/v8Log.ts';
import { functionFrames } from '../profile/functionFrames.ts';
import { mergeProfiles } from '../profile/merge.ts';
import { PERF_TEXT_SUFFIX, PerfTextReader } from '../profile/perfText.ts';
import type { Profile } from '../profile/tables.ts';
import { goKindOf } from '../target/collectors/goProfiles.ts';
import { PPROF_SUFFIX } from '../target/collectors/pprof.ts';
import { ISOLATE_SUFFIX } from '../target/collectors/zerox/collector.ts';
import { SPEEDSCOPE_SUFFIX } from '../target/collectors/pySpy.ts';
import { safeName } from '../target/profileFiles.ts';
import type { Manifest } from './model.ts';

/** A few megabytes can unfold to much; an hour of one busy thread comes to this. */
const MOST_TEXT_BYTES = 4 * 2 ** 30;

/** What one text holds. */
const MOST_JSON_BYTES = 400 * 2 ** 20;

export interface ProfileFile {
  readonly name: string;
  readonly read: (bytes: Uint8Array) => Profile | Promise<Profile>;
}

/** Those the manifest lists and those a crash left unlisted. Unaligned ones are on another clock: they join nothing. */
export async function profileFiles(dir: string, manifest: Manifest): Promise<ProfileFile[]> {
  const found = await readdir(dir).catch(() => []);
  const names = [...new Set([...manifest.files, ...found])].sort();
  return names.flatMap((name): ProfileFile[] => {
    if (name.startsWith('.') || name.endsWith('.unaligned.cpuprofile')) return [];
    if (name.endsWith('.cpuprofile')) return [{ name, read: readCpuProfile }];
    if (name.endsWith(PERF_TEXT_SUFFIX)) return [{ name, read: readPerfText }];
    if (name.endsWith(ISOLATE_SUFFIX)) return [{ name, read: (bytes) => readIsolateLog(bytes, manifest) }];
    const suffix = [PPROF_SUFFIX, SPEEDSCOPE_SUFFIX].find((each) => name.endsWith(each));
    if (suffix === undefined) return [];
    const stem = name.slice(0, -suffix.length);
    if (isOther(stem, manifest.scenario)) return [];
    const target = manifest.scenario.targets.find((each) => safeName(each.name) === stem)?.name ?? stem;
    const linewise = suffix === SPEEDSCOPE_SUFFIX;
    const read = (bytes: Uint8Array): Profile => {
      const profile = importProfile(bytes);
      return timeless(linewise ? functionFrames(profile) : profile, target, manifest);
    };
    return [{ name, read }];
  });
}

/** Names of the run's files that profile something else than CPU time: each opens by itself. */
export function otherProfiles({ files, scenario }: Manifest): readonly string[] {
  return files.filter((name) => name.endsWith(PPROF_SUFFIX) && isOther(name.slice(0, -PPROF_SUFFIX.length), scenario));
}

function isOther(stem: string, { targets }: Manifest['scenario']): boolean {
  return goKindOf(stem) !== null && !targets.some(({ name }) => safeName(name) === stem);
}

/** All threads of all targets in one; what has no times can't stand beside what has them. */
export function joinedProfiles(profiles: readonly Profile[], gaps: Gap[]): Profile | null {
  const timed = profiles.filter((profile) => !profile.timeless);
  const shown = timed.length > 0 ? timed : profiles;
  for (const { threads } of profiles.filter((profile) => !shown.includes(profile))) {
    gaps.push({
      what: `functions of ${threads[0]?.target ?? ''} beside the others'`,
      why: 'its profile has no times and theirs have; its file in the run’s folder opens by itself',
    });
  }
  return shown.length > 0 ? mergeProfiles(shown) : null;
}

async function readPerfText(bytes: Uint8Array): Promise<Profile> {
  const reader = new PerfTextReader();
  let length = 0;
  for await (const piece of Readable.from([bytes]).pipe(createGunzip()) as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > MOST_TEXT_BYTES)
      throw new SlowpathError(
        'FORMAT_TOO_LARGE',
        `It unfolds to more than ${MOST_TEXT_BYTES / 2 ** 30} GB; profile for a shorter time or at a longer interval.`,
      );
    reader.push(piece);
  }
  return reader.finish();
}

/** Taken over the measured window, that much is known. */
function timeless(profile: Profile, target: string, { window }: Manifest): Profile {
  return {
    ...profile,
    timeless: true,
    threads: profile.threads.map((thread) => ({ ...thread, target })),
    startUs: window?.startUs ?? profile.startUs,
    endUs: window?.endUs ?? profile.endUs,
  };
}

/** The collector notes beside V8's own keys whose profile it is. */
function readCpuProfile(bytes: Uint8Array): Profile {
  const json: unknown = parseJson(bytes);
  return importCpuProfile(json, originOf(json));
}

/** V8's log as 0x reads it; one whose marks did not place it on the clock stands for its totals alone. */
function readIsolateLog(bytes: Uint8Array, manifest: Manifest): Profile {
  const json: unknown = parseJson(inflateGzip(bytes, MOST_JSON_BYTES));
  const { clockUs, ...origin } = originOf(json);
  if (clockUs !== undefined) return importV8Log(json, { ...origin, clockUs });
  return timeless(importV8Log(json, origin), origin.target ?? '', manifest);
}

function originOf(json: unknown): V8LogOrigin {
  if (typeof json !== 'object' || json === null || !('slowpath' in json)) return {};
  const noted = json.slowpath;
  if (typeof noted !== 'object' || noted === null) return {};
  const text = (key: string): string | undefined => {
    const value: unknown = Reflect.get(noted, key);
    return typeof value === 'string' ? value : undefined;
  };
  const number = (key: string): number | undefined => {
    const value: unknown = Reflect.get(noted, key);
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
  };
  const [target, name, pid, tid, intervalUs, clockUs] = [
    text('target'),
    text('name'),
    number('pid'),
    number('tid'),
    number('intervalUs'),
    number('clockUs'),
  ];
  return {
    ...(target !== undefined && { target }),
    ...(name !== undefined && { name }),
    ...(pid !== undefined && { pid }),
    ...(tid !== undefined && { tid }),
    ...(intervalUs !== undefined && { intervalUs }),
    ...(clockUs !== undefined && { clockUs }),
  };
}
