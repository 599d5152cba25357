import { closeSync, openSync, readSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import { addHistogram, newHistogram, type Histogram } from '../../latency/histogram.ts';
import { encodeHlogLine, hlogTag, parseHlog, type HlogLine } from '../../latency/hlog.ts';
import { seriesNames } from '../recording.ts';

const chunkBytes = 1 << 20;
/** The last of a second's lines, see Recording.closeSecond. */
const lastTag = seriesNames.at(-1);
/** So that lines are read without their file's head: ours are in nanoseconds. */
const unit = '#[MaxValueDivisor: 1000000.0]\n';

/** One process' log, read as it grows. */
interface Part {
  readonly path: string;
  file: number | null;
  at: number;
  /** A line without its end. */
  rest: Buffer;
  /** Seconds read whole. */
  complete: number;
  /** Nothing more is written to it. */
  ended: boolean;
  /** It has been read to its end after that. */
  done: boolean;
}

interface Merged {
  readonly histogram: Histogram;
  readonly lengthSeconds: number;
  maxUs: number;
}

/**
 * Merges the interval logs of several processes while they write them: a second's line is written once every process has written its
 * own, or has ended. Exact: histograms of one layout are added count by count. Holds the seconds between the slowest and the fastest
 * process, no more.
 */
export class HlogMerger {
  private readonly parts: readonly Part[];
  private readonly write: (text: string) => void;
  private readonly waiting = new Map</* second */ number, Map</* tag */ string, Merged>>();
  private readonly ranks: ReadonlyMap</* tag */ string, number>;
  private second = 0;

  /** @param endpoints names, by index. */
  constructor(paths: readonly string[], endpoints: readonly string[], write: (text: string) => void) {
    this.write = write;
    this.parts = paths.map((path) => {
      return { path, file: null, at: 0, rest: Buffer.alloc(0), complete: 0, ended: false, done: false };
    });
    // In the order of one process' log: by series, endpoints before all of them together.
    const tags = seriesNames.flatMap((series) => [...endpoints.map((name) => hlogTag(`${series}/${name}`)), series]);
    this.ranks = new Map(tags.map((tag, rank) => [tag, rank]));
  }

  /** A process is gone: no more is waited for from it. */
  ended(index: number): void {
    const part = this.parts[index];
    if (part) part.ended = true;
  }

  /** Takes what is new, and writes the seconds that are whole. @throws what the file system says. */
  poll(): void {
    for (const part of this.parts) if (!part.done) this.read(part);
    const open = this.parts.filter(({ done }) => !done);
    const last = Math.max(-1, ...this.waiting.keys());
    const whole = open.length > 0 ? Math.min(...open.map(({ complete }) => complete)) : last + 1;
    for (; this.second < whole; this.second++) this.writeSecond(this.second);
  }

  private read(part: Part): void {
    // Whether it has ended is asked before the last look, not after.
    part.done = part.ended;
    part.file ??= openIfThere(part.path);
    if (part.file === null) return;
    const buffer = Buffer.alloc(chunkBytes);
    for (let read = -1; read !== 0; part.at += read) {
      read = readSync(part.file, buffer, 0, chunkBytes, part.at);
      const bytes = Buffer.concat([part.rest, buffer.subarray(0, read)]);
      const end = bytes.lastIndexOf(10) + 1;
      part.rest = Buffer.from(bytes.subarray(end));
      if (end > 0) for (const line of parseHlog(unit + bytes.toString('utf8', 0, end)).lines) this.take(part, line);
    }
    if (!part.done) return;
    closeSync(part.file);
    part.file = null;
  }

  private take(part: Part, line: HlogLine): void {
    const tags = this.waiting.get(line.startSeconds) ?? new Map<string, Merged>();
    this.waiting.set(line.startSeconds, tags);
    const merged = tags.get(line.tag) ?? {
      histogram: newHistogram(),
      lengthSeconds: line.lengthSeconds,
      maxUs: 0,
    };
    tags.set(line.tag, merged);
    addHistogram(merged.histogram, line.histogram);
    merged.maxUs = Math.max(merged.maxUs, line.maxUs ?? 0);
    if (line.tag === lastTag) part.complete = line.startSeconds + 1;
  }

  private writeSecond(startSeconds: number): void {
    const tags = this.waiting.get(startSeconds);
    this.waiting.delete(startSeconds);
    if (!tags) return;
    const lines = [...tags].sort(([a], [b]) => (this.ranks.get(a) ?? 0) - (this.ranks.get(b) ?? 0));
    this.write(
      lines
        .map(([tag, { histogram, lengthSeconds, maxUs }]) =>
          encodeHlogLine({ tag, startSeconds, lengthSeconds, histogram, maxUs }, deflateSync),
        )
        .join(''),
    );
  }
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
