/** Something that could not be measured here, and why: shown in the run and in the view, never a silent zero (law 12). */
export interface Gap {
  readonly what: string;
  readonly why: string;
  /** It was measured, and its file is gone or damaged since: `what` names the file. */
  readonly lost?: boolean;
}
