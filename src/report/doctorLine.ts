/** One fact about the machine and what follows from it. */
export interface DoctorLine {
  readonly id: string;
  /** `limit`: it limits what can be resolved. `invalid`: whatever is measured now is not worth recording. */
  readonly mark: 'good' | 'limit' | 'invalid';
  readonly label: string;
  readonly figure: string;
  /** One sentence, plain. */
  readonly meaning: string;
}
