import type { Shape } from '../plan/matrix.ts';
import type { ExportFormat, ExportView } from '../report/exportFormats.ts';

/** What a person asked for. Paths are as written. */
export type Command =
  | {
      readonly name: 'run';
      readonly scenario: string | undefined;
      readonly plan: string | undefined;
      /** Where run folders are made. */
      readonly out: string | undefined;
      readonly ratePerSecond: number | undefined;
      readonly durationUs: number | undefined;
      readonly json: boolean;
      readonly html: string | undefined;
      /** The person's yes to load on another machine. */
      readonly allowRemote: boolean;
      readonly verbose: boolean;
    }
  | {
      readonly name: 'capacity';
      readonly scenario: string | undefined;
      readonly plan: string | undefined;
      readonly out: string | undefined;
      /** The range of rates; undefined: around the plan's. */
      readonly fromPerSecond: number | undefined;
      readonly toPerSecond: number | undefined;
      readonly steps: number | undefined;
      /** Of each level. */
      readonly durationUs: number | undefined;
      readonly json: boolean;
      readonly html: string | undefined;
      readonly allowRemote: boolean;
    }
  | {
      readonly name: 'matrix';
      readonly scenario: string | undefined;
      readonly plan: string | undefined;
      readonly out: string | undefined;
      /** Undefined: as the plan says. */
      readonly shapes: readonly Shape[] | undefined;
      /** Of the shape many; null is the plan's load. */
      readonly clients: readonly (number | null)[] | undefined;
      /** Of each shape but the soak. */
      readonly durationUs: number | undefined;
      readonly soakUs: number | undefined;
      readonly json: boolean;
      readonly html: string | undefined;
      readonly allowRemote: boolean;
    }
  | {
      readonly name: 'overhead';
      readonly scenario: string | undefined;
      readonly plan: string | undefined;
      readonly out: string | undefined;
      readonly pairs: number;
      /** Clients of a closed loop, instead of the plan's arrivals. */
      readonly closed: number | undefined;
      readonly ratePerSecond: number | undefined;
      /** Of each run. */
      readonly durationUs: number | undefined;
      readonly json: boolean;
      readonly allowRemote: boolean;
    }
  | { readonly name: 'show'; readonly run: string; readonly runs: RunsPlace; readonly json: boolean }
  | { readonly name: 'report'; readonly run: string; readonly runs: RunsPlace; readonly html: string }
  | {
      readonly name: 'import';
      readonly file: string;
      /** Which of several sample types. */
      readonly type: string | undefined;
      readonly json: boolean;
      readonly html: string | undefined;
    }
  | {
      readonly name: 'export';
      /** A run or a profile file. */
      readonly of: string;
      readonly runs: RunsPlace;
      readonly format: ExportFormat;
      /** Of an SVG. */
      readonly view: ExportView;
      /** `-` is standard output; undefined: beside the run or the file. */
      readonly file: string | undefined;
      /** Replace whatever stands there. */
      readonly force: boolean;
    }
  | {
      readonly name: 'diff';
      /** Runs or profile files. */
      readonly a: string;
      readonly b: string;
      readonly runs: RunsPlace;
      readonly json: boolean;
    }
  | { readonly name: 'doctor'; readonly json: boolean; readonly html: string | undefined }
  | { readonly name: 'list'; readonly runs: RunsPlace; readonly json: boolean }
  | { readonly name: 'help'; readonly topic: CommandName | null }
  | { readonly name: 'version' };

/** Where recorded runs are looked for. */
export interface RunsPlace {
  readonly plan: string | undefined;
  readonly out: string | undefined;
}

export const commandNames = [
  'run',
  'capacity',
  'matrix',
  'overhead',
  'show',
  'report',
  'import',
  'export',
  'diff',
  'list',
  'doctor',
  'help',
] as const;
export type CommandName = (typeof commandNames)[number];
