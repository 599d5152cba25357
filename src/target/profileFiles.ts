import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundlePath } from '../bundles.ts';
import { asSlowpathError } from '../errors.ts';
import type { Gap } from '../gaps.ts';
import { probeUrl } from '../profile/classify.ts';
import { importCpuProfile } from '../profile/formats/cpuprofile.ts';
import type { PositionMap } from '../profile/positionMap.ts';
import type { Profile } from '../profile/tables.ts';
import { loadScriptMap } from './sourceMaps.ts';
import type { SampleCounts } from './target.ts';
import { rawProfilePrefix, type RawProfile } from './wire.ts';

/** V8's longest string bounds what JSON.parse can take. */
const MAX_RAW_BYTES = 400 * 1024 * 1024;
/** V8 counts in µs, the stamps are finer. */
const CLOCK_TOLERANCE_US = 2;

export interface FinishedProfile {
  readonly file: string;
  readonly pid: number;
  readonly tid: number;
  /** Node's. */
  readonly threadId: number;
  readonly name: string;
  /** Null if it is on another clock than the run. */
  readonly profile: Profile | null;
  readonly counts: SampleCounts;
}

export interface ProfileOwner {
  readonly target: string;
  readonly run: string;
  /** The target's first process. */
  readonly pid: number;
  readonly cwd: string;
  readonly dir: string;
}

interface CallFrame {
  readonly functionName: string;
  readonly scriptId: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

interface ProfileNode {
  readonly callFrame: CallFrame;
  readonly positionTicks?: readonly { readonly line: number; readonly ticks: number }[];
}

/**
 * Turns the raw profiles the target's threads left in the run folder into `.cpuprofile` files in the person's own lines and
 * removes them. What cannot be read becomes a gap; the rest is kept.
 */
export async function finishProfiles(owner: ProfileOwner, gaps: Gap[]): Promise<readonly FinishedProfile[]> {
  const prefix = rawProfilePrefix(owner.run);
  // A folder that has gone holds no profiles: each is named as missing by who expects it.
  const names = (await readdir(owner.dir).catch(() => [])).filter((name) => name.startsWith(prefix)).sort();
  const finished: FinishedProfile[] = [];
  for (const name of names) {
    const path = join(owner.dir, name);
    try {
      finished.push(await finishProfile(await readRaw(path), owner, gaps));
    } catch (error) {
      gaps.push({
        what: `CPU profile of ${owner.target} (${name.slice(prefix.length, -5)})`,
        why: asSlowpathError(error).message,
      });
    } finally {
      await rm(path, { force: true });
    }
  }
  return finished;
}

/** Removes raw profiles nobody will finish. */
export async function discardRawProfiles(dir: string, run: string): Promise<void> {
  const names = await readdir(dir).catch(() => []);
  for (const name of names) if (name.startsWith(rawProfilePrefix(run))) await rm(join(dir, name), { force: true });
}

async function readRaw(path: string): Promise<RawProfile> {
  const { size } = await stat(path);
  if (size > MAX_RAW_BYTES)
    throw new RangeError(
      `it is too big to read (${Math.round(size / 1e6)} MB); profile for a shorter time or at a longer interval`,
    );
  const raw: unknown = JSON.parse(await readFile(path, 'utf8'));
  if (!isRaw(raw)) throw new SyntaxError('it is not a profile');
  return raw;
}

async function finishProfile(raw: RawProfile, owner: ProfileOwner, gaps: Gap[]): Promise<FinishedProfile> {
  const { pid, tid, name, intervalUs } = raw;
  const origin = { target: owner.target, pid, tid, name, intervalUs };
  const mapped = await mapProfile(raw, owner, gaps);
  const onClock = isOnRunClock(raw);
  const file = `${fileStem(raw, owner)}${onClock ? '' : '.unaligned'}.cpuprofile`;
  if (!onClock) {
    gaps.push({
      what: `join of ${file} with requests`,
      why: 'the profile is not on the clock of the run: its start and end do not fall inside the stamps taken around them',
    });
  }
  // Other tools pass over a key they don't know; reopening the run needs to know whose profile it is.
  await writeFile(join(owner.dir, file), JSON.stringify({ ...mapped, slowpath: origin }));
  const profile = onClock ? importCpuProfile(mapped, origin) : null;
  return { file, pid, tid, threadId: raw.threadId, name, profile, counts: countsOf(raw) };
}

/** V8 tells no losses: what was due in the time between start and end and is not there was not taken in time. */
export function countsOf({ profile, intervalUs }: Pick<RawProfile, 'profile' | 'intervalUs'>): SampleCounts {
  const { startTime, endTime, samples } = (profile ?? {}) as Partial<
    Record<'startTime' | 'endTime' | 'samples', unknown>
  >;
  const taken = Array.isArray(samples) ? samples.length : 0;
  const due = typeof startTime === 'number' && typeof endTime === 'number' ? (endTime - startTime) / intervalUs : 0;
  return { samples: taken, lost: Math.max(0, Math.floor(due) - taken) };
}

function fileStem(raw: RawProfile, owner: ProfileOwner): string {
  const target = safeName(owner.target);
  const process = raw.pid === owner.pid ? target : `${target}-${raw.pid}`;
  return raw.threadId === 0 ? process : `${process}-worker-${raw.threadId}`;
}

/** Plans name their targets freely; a file name takes letters, digits, dot, dash and underscore. */
export function safeName(name: string): string {
  return name
    .replaceAll(/[^\p{L}\p{N}._-]/gu, '_')
    .replace(/^\.+/, '_')
    .slice(0, 100);
}

/** Law 3: the times V8 wrote fall inside the monotonic stamps taken around the commands. */
export function isOnRunClock({ stampsUs, profile }: RawProfile): boolean {
  if (typeof profile !== 'object' || profile === null || !('startTime' in profile) || !('endTime' in profile))
    return false;
  const within = (time: unknown, from: number, to: number): boolean =>
    typeof time === 'number' && time >= from - CLOCK_TOLERANCE_US && time <= to + CLOCK_TOLERANCE_US;
  return (
    within(profile.startTime, stampsUs.startBefore, stampsUs.startAfter) &&
    within(profile.endTime, stampsUs.stopBefore, stampsUs.stopAfter)
  );
}

/** The profile with every frame and line tick moved to the original source, where a source map leads there. */
export async function mapProfile(
  raw: RawProfile,
  owner: Pick<ProfileOwner, 'cwd' | 'target'>,
  gaps: Gap[],
): Promise<object> {
  const profile = raw.profile as { readonly nodes: readonly ProfileNode[] };
  const used = new Set(profile.nodes.map((node) => node.callFrame.scriptId));
  const maps = new Map</* script id */ string, PositionMap>();
  for (const script of raw.scripts) {
    const map = used.has(script.scriptId) ? await loadScriptMap(script, owner.cwd) : null;
    if (map) maps.set(script.scriptId, map);
  }
  const ownUrl = pathToFileURL(bundlePath('preload')).href;
  const oneLiners = new Set<string>();
  const nodes = profile.nodes.map((node) => {
    if (node.callFrame.url === ownUrl) return { ...node, callFrame: { ...node.callFrame, url: probeUrl } };
    const map = maps.get(node.callFrame.scriptId);
    return map ? mapNode(node, map, oneLiners) : node;
  });
  if (oneLiners.size > 0) {
    gaps.push({
      what: `lines inside functions of ${[...oneLiners].slice(0, 3).join(', ')}${oneLiners.size > 3 ? ` and ${oneLiners.size - 3} more` : ''}`,
      why: `the code ${owner.target} runs has whole files on one line (minified), so samples can only be given to a function's first line; build it without minifying white space, or let Node 22.18 or newer run TypeScript by itself`,
    });
  }
  return { ...profile, nodes };
}

function mapNode(node: ProfileNode, map: PositionMap, oneLiners: Set<string>): ProfileNode {
  const mapped = map.mappedNode(node);
  if (!mapped) return node;
  if (standsOnOneLine(node)) oneLiners.add(baseName(mapped.callFrame.url));
  return mapped;
}

/** All samples on the line the function begins on, far to the right: what a minifier leaves of a file. */
function standsOnOneLine({ callFrame: { lineNumber, columnNumber }, positionTicks = [] }: ProfileNode): boolean {
  return columnNumber > 200 && positionTicks.length > 0 && positionTicks.every(({ line }) => line === lineNumber + 1);
}

function baseName(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1);
}

function isRaw(value: unknown): value is RawProfile {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, tid, threadId, name, intervalUs, stampsUs, scripts, profile } = value as Partial<
    Record<keyof RawProfile, unknown>
  >;
  return (
    [pid, tid, threadId].every(Number.isSafeInteger) &&
    typeof name === 'string' &&
    typeof intervalUs === 'number' &&
    typeof stampsUs === 'object' &&
    stampsUs !== null &&
    Array.isArray(scripts) &&
    scripts.every((script) => hasTexts(script, ['scriptId', 'url', 'sourceMapUrl'])) &&
    typeof profile === 'object' &&
    profile !== null &&
    'nodes' in profile &&
    Array.isArray(profile.nodes) &&
    profile.nodes.every(
      (node: unknown) =>
        typeof node === 'object' &&
        node !== null &&
        'callFrame' in node &&
        hasTexts(node.callFrame, ['scriptId', 'url', 'functionName']),
    )
  );
}

function hasTexts(value: unknown, keys: readonly string[]): boolean {
  return (
    typeof value === 'object' && value !== null && keys.every((key) => typeof Reflect.get(value, key) === 'string')
  );
}
