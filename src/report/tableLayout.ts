import type { Paint } from './paint.ts';

export interface TableOptions {
  /** Columns of the terminal; the table uses 80 to 140 of them. */
  readonly width: number;
  readonly paint: Paint;
  /** How a file is shown, e.g. relative to the working directory. */
  readonly showPath: (file: string) => string;
  /** How the run is called on the command line from here: its last letters, or its folder. */
  readonly reference: string;
}

/** The title of a section. */
export function heading(text: string, { paint }: TableOptions): string {
  return `  ${paint.bold(text)}`;
}

/** A share of 0…1 with one decimal, as columns of shares are read: `71.1%`, `<0.1%`. */
export function shareText(share: number | null): string {
  if (share === null) return '–';
  return share > 0 && share < 0.0005 ? '<0.1%' : `${(share * 100).toFixed(1)}%`;
}
