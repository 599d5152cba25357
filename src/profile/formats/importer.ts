import type { Profile } from '../tables.ts';
import type { Sniff } from './sniff.ts';

/** One profile format that opens: a file of its own in this folder, listed in importers.ts. */
export interface Importer {
  readonly id: string;
  /** What a person calls it, as part of a list in a sentence. */
  readonly label: string;
  /** Whether the content is of this format. It must not throw, whatever the bytes are. */
  readonly sniff: (head: Sniff) => boolean;
  /**
   * The whole file as tables.
   * @throws SlowpathError FORMAT_MALFORMED with the byte offset where there is one, FORMAT_UNKNOWN, FORMAT_TOO_LARGE.
   */
  readonly read: (bytes: Uint8Array, options: ImportOptions) => Profile;
  /** The same in pieces, where the format allows it. */
  readonly stream?: (options: ImportOptions) => ImportStream;
}

/** A profile read in pieces, so that a file of any size opens without ever standing in memory. */
export interface ImportStream {
  /** The next piece, ending anywhere; its bytes may be overwritten afterwards. @throws like `read`. */
  push(piece: Uint8Array): void;
  /** The profile of everything pushed. @throws like `read`. */
  finish(): Profile;
}

export interface ImportOptions {
  /** Which of several sample types to show, by its name in the file (pprof: `inuse_space`). Default: the file's own. */
  readonly type?: string | undefined;
  /** Most memory that JSON may unfold to, beyond which it is refused. Default: 3 GB. */
  readonly heapBytes?: number | undefined;
  /** Told once for a file with several sample types. */
  readonly onTypes?: ((types: SampleTypes) => void) | undefined;
  /** Told what of a file that opens could not be used, as a sentence. It quotes the file: untrusted text, bounded in length. */
  readonly onRemark?: ((remark: string) => void) | undefined;
}

/** What one may choose from in a file with several sample types. Names are the file's own: untrusted text, bounded in number and length. */
export interface SampleTypes {
  readonly names: readonly string[];
  /** The one that was read. */
  readonly chosen: string;
}

/** Longest name of a sample type that can be chosen. */
export const longestTypeName = 200;
