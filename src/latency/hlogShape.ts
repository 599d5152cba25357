const intervalLine = /^(?:Tag=[^,]*,)?[\d.]+,[\d.]+,[\d.]+,[A-Za-z0-9+/]+={0,2}$/;

/**
 * What is wrong with the shape of an interval log that was whole once, a clause; null if nothing is. Reads no histogram: unpacking those of
 * ten minutes takes seconds, which nobody shall wait who only opens a run.
 */
export function hlogFault(text: string): string | null {
  if (!text.startsWith('#[Histogram log format')) return 'its first line is not that of an interval log';
  let broken = 0;
  let lines = 0;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    if (newline < 0) return 'it is cut in the middle of a line';
    const first = text[start];
    lines++;
    if (first !== '#' && first !== '"' && !intervalLine.test(text.slice(start, newline))) broken++;
    start = newline + 1;
  }
  return broken > 0 ? `${broken} of its ${lines} lines can’t be read` : null;
}
