import { addressAt, readExecutable, type Executable } from './elf.ts';
import type { Mapping } from './scriptLines.ts';
import { placesIn, type Place } from './symbolizer.ts';

/** More than a program has in its hot code; what comes after keeps its function's name without a line. */
const MAX_ADDRESSES = 200_000;
/** Beyond this a place is no address of user code: 47 bits are all a process has. */
const USER_SPACE = 2 ** 47;

/** Lines of one file's code. */
interface Resolved {
  readonly executable: Executable;
  /** By the address as perf prints it. */
  readonly places: ReadonlyMap<number, Place>;
}

/**
 * The lines of code addresses: gathered while the samples go by, looked up in one go, then asked for each frame.
 *
 * perf 6.0 and newer print user addresses as offsets in the file, older ones as they were in memory: an address that is no code of the
 * file is looked for in the mappings.
 */
export class Addresses {
  private readonly gathered = new Map</* object */ string, Set<number>>();
  private readonly mappings = new Map</* object */ string, Mapping[]>();
  private readonly resolved = new Map</* object */ string, Resolved>();
  private count = 0;

  map(mapping: Mapping): void {
    const known = this.mappings.get(mapping.object);
    if (known) known.push(mapping);
    else this.mappings.set(mapping.object, [mapping]);
  }

  /** Notes an address of an object: the path of a file, or something that has no lines (`[kernel.kallsyms]`). */
  add(object: string, address: number): void {
    if (!object.startsWith('/') || address >= USER_SPACE || this.count >= MAX_ADDRESSES) return;
    let addresses = this.gathered.get(object);
    if (!addresses) this.gathered.set(object, (addresses = new Set()));
    if (addresses.has(address)) return;
    addresses.add(address);
    this.count++;
  }

  /** Looks everything up. @returns the files for which the tool gave no answer. */
  async resolve(tool: string | null): Promise<readonly string[]> {
    const unanswered: string[] = [];
    for (const [object, addresses] of this.gathered) {
      const executable = await readExecutable(object);
      if (!executable) continue;
      const own = new Map<number, number>();
      for (const address of addresses) {
        const found = addressAt(executable, address) ?? this.fromMemory(executable, object, address);
        if (found !== null) own.set(address, found);
      }
      const wanted = tool !== null && executable.hasLines ? [...new Set(own.values())] : [];
      const found = tool === null ? new Map<number, Place>() : await placesIn(tool, object, wanted);
      if (found === null) unanswered.push(object);
      const places = new Map<number, Place>();
      for (const [address, at] of own) {
        const place = found?.get(at);
        if (place) places.set(address, place);
      }
      this.resolved.set(object, { executable, places });
    }
    return unanswered;
  }

  /** Functions and lines of an address, innermost first; null if they are not known. */
  placeOf(object: string, address: number): Place | null {
    return this.resolved.get(object)?.places.get(address) ?? null;
  }

  /** What is known about an object's file; null if it isn't an ELF file that can be read. */
  executable(object: string): Executable | null {
    return this.resolved.get(object)?.executable ?? null;
  }

  private fromMemory(executable: Executable, object: string, address: number): number | null {
    const found = this.mappings.get(object)?.find(({ start, length }) => address >= start && address < start + length);
    return found ? addressAt(executable, address - found.start + found.offset) : null;
  }
}
