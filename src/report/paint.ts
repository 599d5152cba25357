/** Colours for a terminal; each returns its text unchanged where colour is off. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** The terminal's own palette (SGR codes), so that its theme decides what red is. */
export function newPaint(enabled: boolean): Paint {
  const style =
    (on: number, off: number) =>
    (text: string): string =>
      enabled && text !== '' ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    cyan: style(36, 39),
  };
}

/** East Asian wide and fullwidth characters and emoji take two cells; combining marks none (Unicode TR 11, the common ranges). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const SGR = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');

/** How many cells a text takes in a terminal; our own colours take none. */
export function cellsOf(text: string): number {
  let cells = 0;
  for (const character of text.replace(SGR, '')) {
    if (!/\p{M}/u.test(character)) cells += WIDE.test(character) ? 2 : 1;
  }
  return cells;
}

export function padEnd(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - cellsOf(text)));
}

export function padStart(text: string, cells: number): string {
  return ' '.repeat(Math.max(0, cells - cellsOf(text))) + text;
}

/** An uncoloured text in at most so many cells; the start gives way, since the end of a path tells most. */
export function keepEnd(text: string, cells: number): string {
  if (cellsOf(text) <= cells) return text;
  const characters = Array.from(text);
  while (characters.length > 0 && cellsOf(characters.join('')) > cells - 1) characters.shift();
  return `…${characters.join('')}`;
}

export function keepStart(text: string, cells: number): string {
  if (cellsOf(text) <= cells) return text;
  const characters = Array.from(text);
  while (characters.length > 0 && cellsOf(characters.join('')) > cells - 1) characters.pop();
  return `${characters.join('')}…`;
}

/** An uncoloured text broken at spaces into lines of at most so many cells; a longer word is broken too. */
export function wrap(text: string, cells: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line !== '' && cellsOf(line) + 1 + cellsOf(word) > cells) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
    while (cellsOf(line) > cells) {
      const head = keepStart(line, cells + 1).slice(0, -1);
      if (head === '') break;
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  if (line !== '') lines.push(line);
  return lines;
}
