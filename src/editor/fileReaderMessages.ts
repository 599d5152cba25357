/** What the extension host and the process that reads a profile file for it tell each other. */
import type { ErrorCode } from '../errors.ts';
import type { SampleTypes } from '../profile/formats/importer.ts';
import type { FileBytes } from './analysisMessages.ts';

export type MessageToFileReader =
  /** Once, first. `sampleType`: which of the file's several, null for its own choice. */
  | { readonly type: 'read'; readonly file: FileBytes; readonly sampleType: string | null }
  /** Bytes of the packed profile. */
  | { readonly type: 'slice'; readonly from: number; readonly to: number };

export type MessageFromFileReader =
  /** The profile is packed. `types`: null where the file can be read in one way only. */
  | { readonly type: 'packed'; readonly byteLength: number; readonly types: SampleTypes | null }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string }
  | { readonly type: 'slice'; readonly from: number; readonly bytes: Uint8Array<ArrayBuffer> };
