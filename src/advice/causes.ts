/**
 * What each stack was busy with: the runtime functions between it and the code that called them tell, and where V8 has no frame
 * (JSON, the first run of a regular expression) the source line does. Checked on Node 20 and 24: JSON.parse and JSON.stringify
 * count as self time of the calling line; a regular expression is interpreted at first, which counts as self time of the
 * calling line too, and shows as a native frame `RegExp: pattern` once compiled; console methods are called through a native
 * frame `consoleCall`; zlib's Sync methods show as `zlibBufferSync`.
 */
import { FrameKind, type Profile } from '../profile/tables.ts';
import { riskyRepetition } from './backtracking.ts';
import { callsBelow, inlinedAt, isWithin } from './inlined.ts';
import { jsonFunctionOf } from './jsonCalls.ts';
import { callsIn, functionExtent, mentions, type SourceText } from './source.ts';
import { calledName, frameFile, frameName, type Members, type StackTimes } from './stackTimes.ts';

export type CauseKind = 'sync' | 'json' | 'regexp' | 'console' | 'plain';

/** Stacks busy with one thing on behalf of one function. */
export interface Cause {
  readonly kind: CauseKind;
  /** The runtime's function, `JSON.parse`, the pattern; '' for plain. */
  readonly detail: string;
  /** Frame of the calling function in the person's own code (else of a library). */
  readonly frame: number;
  readonly members: Members;
  /** Lines of the calling function it was seen on, with weights in µs of slow time (else of any). */
  readonly lines: ReadonlyMap<number, number>;
  /** Names of the functions that it called for it, weighted likewise: where there is no line, the call is what can be looked for. */
  readonly callees: ReadonlyMap<string, number>;
}

export type Causes = readonly Cause[];

export type ReadSource = (file: string) => SourceText | null;

export function causesOf(times: StackTimes, source: ReadSource): Causes {
  const grouping = new Grouping(times);
  const { profile, owner } = times;
  const path = pathsBelowOwner(times, source);
  const lineCauses = new LineCauses(profile, source);
  for (let stack = 0; stack < profile.stacks.length; stack++) {
    if (!((times.rangeUs[stack] ?? 0) > 0 || (times.slowUs[stack] ?? 0) > 0)) continue;
    const own = owner[stack] ?? -1;
    if (own < 0) continue;
    const frame = profile.stacks.frame[own] ?? 0;
    const top = profile.stacks.frame[stack] ?? 0;
    const what = path[stack];
    if (what || (stack !== own && profile.frames.kind[top] !== FrameKind.library)) {
      grouping.add(stack, 1, frame, what ?? plain, 0);
      continue;
    }
    const first = profile.stacks.lineStart[stack] ?? 0;
    const end = profile.stacks.lineStart[stack + 1] ?? 0;
    let ticks = 0;
    for (let row = first; row < end; row++) ticks += profile.stacks.lineTicks[row] ?? 0;
    if (ticks === 0) grouping.add(stack, 1, frame, plain, 0);
    for (let row = first; row < end && ticks > 0; row++) {
      const line = profile.stacks.lineNumber[row] ?? 0;
      const share = (profile.stacks.lineTicks[row] ?? 0) / ticks;
      grouping.add(stack, share, frame, lineCauses.of(top, line), stack === own ? line : 0);
    }
  }
  return grouping.causes();
}

interface What {
  readonly kind: CauseKind;
  readonly detail: string;
}

const plain: What = { kind: 'plain', detail: '' };

class Grouping {
  private readonly times: StackTimes;
  private readonly found = new Map<
    /* frame, kind, detail */ string,
    Cause & {
      readonly members: Map<number, number>;
      readonly lines: Map<number, number>;
      readonly callees: Map<string, number>;
    }
  >();

  constructor(times: StackTimes) {
    this.times = times;
  }

  add(stack: number, part: number, frame: number, { kind, detail }: What, line: number): void {
    const key = `${frame} ${kind} ${detail}`;
    let cause = this.found.get(key);
    if (!cause) {
      cause = { kind, detail, frame, members: new Map(), lines: new Map(), callees: new Map() };
      this.found.set(key, cause);
    }
    cause.members.set(stack, (cause.members.get(stack) ?? 0) + part);
    // Any time at all keeps a line in the running where nothing is slow.
    const us = part * ((this.times.slowUs[stack] ?? 0) + 1e-3 * (this.times.rangeUs[stack] ?? 0));
    if (line > 0) cause.lines.set(line, (cause.lines.get(line) ?? 0) + us);
    const callee = this.times.callee[stack] ?? -1;
    if (callee < 0) return;
    const name = calledName(this.times.profile, callee);
    cause.callees.set(name, (cause.callees.get(name) ?? 0) + us);
  }

  causes(): Cause[] {
    return [...this.found.values()];
  }
}

/** One a stack below its owner: what the functions called by the owner were for. The outermost telling one decides. */
function pathsBelowOwner({ profile, owner }: StackTimes, source: ReadSource): readonly (What | undefined)[] {
  const { stacks } = profile;
  const whats: (What | undefined)[] = [];
  for (let stack = 0; stack < stacks.length; stack++) {
    const parent = stacks.parent[stack] ?? -1;
    if (owner[stack] === stack || (owner[stack] ?? -1) < 0) {
      whats.push(undefined);
      continue;
    }
    const what = whats[parent] ?? whatOf(profile, stacks.frame[stack] ?? 0);
    const isPrinting = !what && parent === owner[stack] && writesAndPrints(profile, stack, source);
    whats.push(isPrinting ? printing : what);
  }
  return whats;
}

const printing: What = { kind: 'console', detail: 'process.stdout' };

/** A stream is written to by a function all of whose writes are `process.stdout.write`: pipes and terminals are streams like any other. */
function writesAndPrints(profile: Profile, stack: number, source: ReadSource): boolean {
  const { stacks, frames } = profile;
  if (frameFile(profile, stacks.frame[stack] ?? 0) !== 'node:internal/streams/writable') return false;
  const frame = stacks.frame[stacks.parent[stack] ?? -1] ?? 0;
  const text = source(frameFile(profile, frame));
  const extent = text && functionExtent(text, frames.line[frame] ?? 0, frames.column[frame] ?? 0);
  if (!text || !extent) return false;
  const writes = [...callsIn(text, extent), ...callsBelow(text, extent)].filter(({ last }) => last === 'write');
  return writes.length > 0 && writes.every(isConsoleCall);
}

export const regexpPrefix = 'RegExp: ';

function whatOf(profile: Profile, frame: number): What | undefined {
  const name = frameName(profile, frame);
  const file = frameFile(profile, frame);
  if (file === '' && name.startsWith(regexpPrefix)) return { kind: 'regexp', detail: name.slice(regexpPrefix.length) };
  if (file === '' && /^JSON\.(parse|stringify)$/.test(name)) return { kind: 'json', detail: name };
  if (name === 'consoleCall' || file.startsWith('node:internal/console/'))
    return { kind: 'console', detail: 'console' };
  if (file.startsWith('node:internal/fs/sync_write_stream')) return { kind: 'console', detail: 'process.stdout' };
  if (file.startsWith('node:internal/modules/')) return { kind: 'sync', detail: 'require' };
  if (name === 'zlibBufferSync' || name === 'syncBufferWrapper') return { kind: 'sync', detail: 'zlib' };
  // `_`: internals such as `_writeSync`, which nobody calls by that name.
  if (/^[a-z]\w*Sync$/.test(name) && file !== '') return { kind: 'sync', detail: name };
  return undefined;
}

const regexpMethods = ['test', 'exec', 'match', 'matchAll', 'replace', 'replaceAll', 'search', 'split'];

/** What a line of the person's own code spends its self time on, by the calls that stand on it. */
class LineCauses {
  private readonly profile: Profile;
  private readonly source: ReadSource;
  private readonly known = new Map</* frame and line */ string, What>();

  constructor(profile: Profile, source: ReadSource) {
    this.profile = profile;
    this.source = source;
  }

  of(frame: number, line: number): What {
    const file = frameFile(this.profile, frame);
    const key = `${frame} ${line}`;
    let what = this.known.get(key);
    if (!what) {
      const source = file === '' ? null : this.source(file);
      what = source && this.isInside(source, frame, line) ? lineCause(source, line) : plain;
      this.known.set(key, what);
    }
    return what;
  }

  /** The function's own line, or one of a function inlined into it; not one of another file. */
  private isInside(source: SourceText, frame: number, line: number): boolean {
    const { frames } = this.profile;
    const extent = functionExtent(source, frames.line[frame] ?? 0, frames.column[frame] ?? 0);
    return extent === null || isWithin(extent, line) || inlinedAt(source, extent, line) !== null;
  }
}

function lineCause(source: SourceText, line: number): What {
  const calls = source.calls.filter((call) => call.line === line);
  const json = calls.map((call) => jsonFunctionOf(source, call)).find((found) => found !== null);
  if (json) return { kind: 'json', detail: json };
  if (calls.some(({ last }) => regexpMethods.includes(last))) {
    const risky = source.regexps.find(
      (regexp) =>
        (regexp.line === line || (regexp.boundTo !== '' && mentions(source, line, regexp.boundTo))) &&
        riskyRepetition(regexp.pattern) !== null,
    );
    if (risky) return { kind: 'regexp', detail: risky.pattern };
  }
  if (calls.some(isConsoleCall)) return { kind: 'console', detail: 'console' };
  const sync = calls.find(({ last }) => isSyncName(last));
  return sync ? { kind: 'sync', detail: sync.last } : plain;
}

export function isConsoleCall({ name }: { readonly name: string }): boolean {
  return /^console\.\w+$/.test(name) || /^process\.std(out|err)\.write$/.test(name);
}

/** `readFileSync`, `hashSync`; not `Sync` or `isSync`. */
export function isSyncName(name: string): boolean {
  return /^[a-z]\w*Sync$/.test(name) && !/^(is|has|can|no|use|async)([A-Z]\w*)?Sync$/.test(name);
}
