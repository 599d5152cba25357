/** Something that could not be measured here, and why: shown in the run and in the view, never a silent zero (law 12). */
export interface Gap {
  readonly what: string;
  readonly why: string;
}
