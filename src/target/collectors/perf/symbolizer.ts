import { runCommand } from '../command.ts';

/** Where an address comes from, innermost inlined function first; the last one is the function that stands there. */
export type Place = readonly PlaceFrame[];

export interface PlaceFrame {
  /** As the linker knows it, '' if unknown. */
  readonly name: string;
  /** '' if unknown. */
  readonly file: string;
  /** 0 if unknown. */
  readonly line: number;
}

/** Debug information of a large Rust program (1 GB) takes LLVM some ten seconds to index. */
const TIMEOUT_MS = 60_000;
/** Bounds one answer's size: a Rust address may stand for a dozen inlined functions of 200 characters. */
const BATCH = 4000;

/**
 * Functions and lines of addresses in one file, by one call of `llvm-addr2line` or `addr2line` (binutils) for thousands: asked one
 * by one, as `perf script -F srcline` does, they take a thousand times as long.
 *
 * @param addresses as the file itself counts them.
 * @returns only what is known; null if the tool failed.
 */
export async function placesIn(
  tool: string,
  file: string,
  addresses: readonly number[],
): Promise<ReadonlyMap<number, Place> | null> {
  const places = new Map<number, Place>();
  for (let at = 0; at < addresses.length; at += BATCH) {
    const input = addresses
      .slice(at, at + BATCH)
      .map((address) => `0x${address.toString(16)}\n`)
      .join('');
    const { code, stdout } = await runCommand(tool, ['-a', '-f', '-i', '-e', file], { timeoutMs: TIMEOUT_MS, input });
    if (code !== 0) return null;
    readPlaces(stdout, places);
  }
  return places;
}

/** `0x1234`, then for each function a line with its name and one with `file:line`, `??` for what is unknown. */
export function readPlaces(text: string, into: Map<number, Place>): void {
  const lines = text.split('\n');
  for (let at = 0; at < lines.length;) {
    const address = Number(lines[at++]);
    const frames: PlaceFrame[] = [];
    while (at < lines.length && !/^0x[0-9a-f]+$/.test(lines[at] ?? '')) {
      const name = lines[at++] ?? '';
      const place = lines[at++];
      if (place !== undefined) frames.push(frameOf(name, place));
    }
    if (Number.isSafeInteger(address) && frames.some(({ line }) => line > 0)) into.set(address, frames);
  }
}

function frameOf(name: string, place: string): PlaceFrame {
  const [, file = '', line = ''] = /^(.*):(\d+|\?)(?: \(discriminator \d+\))?$/.exec(place) ?? [];
  const known = file !== '' && file !== '??' && Number(line) > 0;
  return { name: name === '??' ? '' : name, file: known ? file : '', line: known ? Number(line) : 0 };
}
