/** What the extension host and the process that reads a profile file for it tell each other. */
import type { ErrorCode } from '../errors.ts';
import type { SampleTypes } from '../profile/formats/importer.ts';
import type { ProfileUnit } from '../profile/tables.ts';
import type { FunctionRow, LineRow, TimeRange } from '../trace/analysis.ts';
import type { FunctionCallers } from '../trace/functionCallers.ts';
import type { FileBytes } from './analysisMessages.ts';

/** What can be asked of a profile that was read: what is given, what is answered. */
export interface ProfileQuestions {
  /** What its lines and functions cost in a stretch of time, null for all of it. */
  heat: { args: { range: TimeRange | null }; answer: ProfileHeat };
  /** Who called a function (FunctionRow.frame); null: nobody. */
  callers: { args: { range: TimeRange | null; frame: number }; answer: FunctionCallers | null };
  sources: { args: Record<string, never>; answer: ProfileSource[] };
}

export type ProfileQuestion = {
  [Name in keyof ProfileQuestions]: { readonly name: Name; readonly args: ProfileQuestions[Name]['args'] };
}[keyof ProfileQuestions];

export interface ProfileHeat {
  readonly unit: ProfileUnit;
  /** What the profile covers; 0 where nothing has a time. */
  readonly durationUs: number;
  readonly functions: readonly FunctionRow[];
  readonly lines: readonly LineRow[];
}

/** A source file as the profile names it, and functions that stand in it: untrusted. */
export interface ProfileSource {
  readonly file: string;
  readonly functions: readonly string[];
}

export type MessageToFileReader =
  /** Once, first. `sampleType`: which of the file's several, null for its own choice. */
  | { readonly type: 'read'; readonly file: FileBytes; readonly sampleType: string | null }
  /** Bytes of the packed profile. */
  | { readonly type: 'slice'; readonly from: number; readonly to: number }
  | { readonly type: 'ask'; readonly id: number; readonly question: ProfileQuestion };

export type MessageFromFileReader =
  /** The profile is packed. `types`: null where the file can be read in one way only. `remarks`: what of it could not be used. */
  | {
      readonly type: 'packed';
      readonly byteLength: number;
      readonly types: SampleTypes | null;
      readonly remarks: readonly string[];
    }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string }
  | { readonly type: 'slice'; readonly from: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown };
