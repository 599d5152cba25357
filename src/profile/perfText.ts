import { SlowpathError } from '../errors.ts';
import { PerfScriptStream } from './formats/perfScript.ts';
import type { Profile } from './tables.ts';

/**
 * `<target>.perf.txt.gz`: what `perf script` prints, gzip, with each frame's source line below it as `-F +srcline` writes it and
 * inlined functions as frames of their own; so every tool that reads perf's text opens it. Comment lines at its head, which such
 * tools pass over, say whose profile it is and where functions begin.
 */
export const PERF_TEXT_SUFFIX = '.perf.txt.gz';

export interface PerfTextHead {
  readonly format: 1;
  readonly target: string;
  /** The target's first process. */
  readonly pid: number;
  readonly intervalUs: number;
  /** When samples began and ended to be taken, µs on the monotonic clock. */
  readonly startUs: number;
  readonly endUs: number;
}

/** Where a function begins. */
export interface FunctionHead {
  readonly name: string;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

const HEAD = '# slowpath-perf ';
const FUNCTION = '# slowpath-function ';

export function headLine(head: PerfTextHead): string {
  return `${HEAD}${JSON.stringify(head)}\n`;
}

export function functionLine(head: FunctionHead): string {
  return `${FUNCTION}${JSON.stringify(head)}\n`;
}

/** More comments than a program has functions. */
const mostCommentBytes = 64 * 2 ** 20;
const [newline, hash] = [0x0a, 0x23];

/** Reads such a text, unpacked, in pieces that may end anywhere: its profile is of the target, on the run's clock. */
export class PerfTextReader {
  private readonly stream = new PerfScriptStream();
  private readonly comments: Uint8Array[] = [];
  private commentBytes = 0;
  /** At the beginning of a line, as far as comments are read. */
  private fresh = true;
  private inComments = true;

  /** @throws SlowpathError FORMAT_MALFORMED with the byte offset, FORMAT_TOO_LARGE */
  push(piece: Uint8Array): void {
    if (this.inComments) this.takeComments(piece);
    // It passes over comments by itself, and counts their bytes.
    this.stream.push(piece);
  }

  /** @throws SlowpathError FORMAT_UNKNOWN if it is perf's text but not ours; FORMAT_MALFORMED */
  finish(): Profile {
    const noted = readComments(decoded(this.comments));
    if (!noted)
      throw new SlowpathError(
        'FORMAT_UNKNOWN',
        'The text does not say whose profile it is; open it by itself with: slowpath import',
      );
    return completed(this.stream.finish(), noted.head, noted.functions);
  }

  private takeComments(piece: Uint8Array): void {
    let at = 0;
    while (at < piece.length) {
      if (this.fresh && piece[at] !== hash) {
        this.inComments = false;
        break;
      }
      const end = piece.indexOf(newline, at);
      this.fresh = end >= 0;
      at = end < 0 ? piece.length : end + 1;
    }
    this.commentBytes += at;
    if (this.commentBytes > mostCommentBytes)
      throw new SlowpathError(
        'FORMAT_TOO_LARGE',
        'The profile begins with more comments than any program has functions.',
      );
    this.comments.push(piece.slice(0, at));
  }
}

/** A character may be cut by the end of a piece. */
function decoded(pieces: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  return pieces.map((piece) => decoder.decode(piece, { stream: true })).join('') + decoder.decode();
}

/** What perf saw, it saw at one moment: half of the time that a sample stands for lies before it. */
function completed(profile: Profile, head: PerfTextHead, functions: readonly FunctionHead[]): Profile {
  const lines = new Map(functions.map(({ name, file, line }) => [`${name}\0${file}`, line]));
  const { frames, samples, strings } = profile;
  const text = (id: number | undefined): string => strings[id ?? -1] ?? '';
  return {
    ...profile,
    frames: {
      ...frames,
      line: frames.line.map(
        (line, frame) => line || (lines.get(`${text(frames.name[frame])}\0${text(frames.file[frame])}`) ?? 0),
      ),
    },
    samples: { ...samples, timeUs: samples.timeUs.map((timeUs, row) => timeUs - (samples.weightUs[row] ?? 0) / 2) },
    threads: profile.threads.map((thread) => ({ ...thread, target: head.target })),
    intervalUs: head.intervalUs,
    startUs: head.startUs,
    endUs: head.endUs,
  };
}

/** What the comments at the head of a file say; null for a text that is not ours. Wrong lines are passed over. */
function readComments(
  text: string,
): { readonly head: PerfTextHead; readonly functions: readonly FunctionHead[] } | null {
  let head: PerfTextHead | null = null;
  const functions: FunctionHead[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith(HEAD)) head = headOf(parsed(line.slice(HEAD.length)));
    else if (line.startsWith(FUNCTION)) {
      const found = functionOf(parsed(line.slice(FUNCTION.length)));
      if (found) functions.push(found);
    }
  }
  return head ? { head, functions } : null;
}

function headOf(value: unknown): PerfTextHead | null {
  if (typeof value !== 'object' || value === null) return null;
  const { format, target, pid, intervalUs, startUs, endUs } = value as Partial<Record<keyof PerfTextHead, unknown>>;
  if (
    format !== 1 ||
    typeof target !== 'string' ||
    !isTime(pid) ||
    !isTime(intervalUs) ||
    !isTime(startUs) ||
    !isTime(endUs)
  )
    return null;
  return { format, target, pid, intervalUs, startUs, endUs };
}

function functionOf(value: unknown): FunctionHead | null {
  if (typeof value !== 'object' || value === null) return null;
  const { name, file, line } = value as Partial<Record<keyof FunctionHead, unknown>>;
  return typeof name === 'string' && typeof file === 'string' && isTime(line) ? { name, file, line } : null;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
