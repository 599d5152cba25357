/**
 * Whether a regular expression can backtrack exponentially, from its text alone. A heuristic that prefers silence: it tells
 * the two shapes behind nearly all known cases (OWASP, "Regular expression Denial of Service"; Davis et al., FSE 2018) and looks at
 * which characters the parts can match, so that `(\.\d+)*` and `(?:[^"\\]|\\.)*` stay unsuspected. Linear, no recursion.
 */

/** The repeated group that can be split in many ways, as written, e.g. `(a+)+`; null if none is seen. */
export function riskyRepetition(pattern: string): string | null {
  if (pattern.length > maxPatternLength) return null;
  const open: Group[] = [newGroup(0)];
  for (let at = 0; at < pattern.length;) {
    const char = pattern[at] ?? '';
    const group = open.at(-1);
    if (!group) return null;
    if (char === '(') {
      const head = /^\((\?(?:<?[=!]|:|<[^>]{1,100}>|[-ims]{1,6}:))?/.exec(pattern.slice(at, at + 110))?.[0] ?? '(';
      open.push(newGroup(at, /^\(\?<?[=!]/.test(head)));
      at += head.length;
    } else if (char === '|') {
      group.branches.push(newBranch());
      at++;
    } else if (char === ')') {
      const closed = open.length > 1 ? open.pop() : undefined;
      const quantifier = quantifierAt(pattern, at + 1);
      at += 1 + quantifier.length;
      const parent = open.at(-1);
      if (!closed || !parent) return null;
      if (closed.isLookaround) continue;
      if (quantifier.unbounded && isAmbiguous(closed)) return pattern.slice(closed.start, at);
      addGroup(parent, closed, quantifier);
    } else if (char === '^' || char === '$' || /^\\[bB]/.test(pattern.slice(at, at + 2))) {
      at += char === '\\' ? 2 : 1;
    } else {
      const atom = atomAt(pattern, at);
      const quantifier = quantifierAt(pattern, at + atom.length);
      group.branches.at(-1)?.parts.push({ set: atom.set, quantifier });
      at += atom.length + quantifier.length;
    }
  }
  return null;
}

const maxPatternLength = 5000;

interface Quantifier {
  readonly length: number;
  readonly optional: boolean;
  readonly unbounded: boolean;
}

interface Part {
  /** ASCII characters it can match, one bit each. */
  readonly set: bigint;
  readonly quantifier: Quantifier;
}

interface Branch {
  readonly parts: Part[];
}

interface Group {
  readonly start: number;
  readonly isLookaround: boolean;
  readonly branches: Branch[];
}

function newGroup(start: number, isLookaround = false): Group {
  return { start, isLookaround, branches: [newBranch()] };
}

function newBranch(): Branch {
  return { parts: [] };
}

/** Repeated without bound, could the same text be read in two ways? */
function isAmbiguous({ branches }: Group): boolean {
  for (const { parts } of branches) {
    const repeated = parts.filter(({ quantifier }) => quantifier.unbounded);
    const fixed = parts.filter(({ quantifier }) => !quantifier.unbounded && !quantifier.optional);
    // (a+)+: where one round ends and the next begins is free, unless something else must stand between.
    if (repeated.some(({ set }) => set !== 0n && fixed.every((part) => (part.set & set) !== 0n))) return true;
  }
  const single = branches.flatMap(({ parts }) => (parts.length === 1 ? parts : []));
  // (\w|\d)*: each character can be taken by either branch.
  let seen = 0n;
  for (const { set } of single) {
    if ((seen & set) !== 0n) return true;
    seen |= set;
  }
  return false;
}

/** A group inside another: what it can match, and whether it must. */
function addGroup(parent: Group, group: Group, quantifier: Quantifier): void {
  const all = group.branches.flatMap(({ parts }) => parts);
  const union = all.reduce((set, part) => set | part.set, 0n);
  const branch = parent.branches.at(-1);
  if (!branch) return;
  const only = group.branches.length === 1 ? group.branches[0] : undefined;
  if (only && quantifier.length === 0) branch.parts.push(...only.parts);
  else branch.parts.push({ set: union, quantifier });
}

function quantifierAt(pattern: string, at: number): Quantifier {
  const text = /^(?:[*+?]|\{(\d{1,9})(,)?(\d{1,9})?\})\??/.exec(pattern.slice(at, at + 24));
  if (!text) return { length: 0, optional: false, unbounded: false };
  const [whole, least, comma, most] = text;
  const sign = whole[0];
  return {
    length: whole.length,
    optional: sign === '*' || sign === '?' || least === '0',
    unbounded: sign === '*' || sign === '+' || (sign === '{' && comma === ',' && most === undefined),
  };
}

const allAscii = (1n << 128n) - 1n;
const digits = rangeSet('0', '9');
const wordChars = digits | rangeSet('a', 'z') | rangeSet('A', 'Z') | bit('_');
const spaces = bit(' ') | rangeSet('\t', '\r');
const named: Readonly<Record<string, bigint>> = {
  d: digits,
  w: wordChars,
  s: spaces,
  D: allAscii & ~digits,
  W: allAscii & ~wordChars,
  S: allAscii & ~spaces,
  n: bit('\n'),
  r: bit('\r'),
  t: bit('\t'),
};

function bit(char: string): bigint {
  const code = char === '' ? 128 : char.charCodeAt(0);
  return code < 128 ? 1n << BigInt(code) : 0n;
}

function rangeSet(from: string, to: string): bigint {
  if (from === '' || to === '') return 0n;
  const low = BigInt(Math.min(from.charCodeAt(0), 128));
  const high = BigInt(Math.min(to.charCodeAt(0), 127) + 1);
  return high > low ? (1n << high) - (1n << low) : 0n;
}

function atomAt(pattern: string, at: number): { readonly length: number; readonly set: bigint } {
  const char = pattern[at] ?? '';
  if (char === '.') return { length: 1, set: allAscii & ~bit('\n') };
  if (char === '\\') return escapeAt(pattern, at);
  if (char === '[') return classAt(pattern, at);
  return { length: 1, set: bit(char) };
}

function escapeAt(pattern: string, at: number): { readonly length: number; readonly set: bigint } {
  const char = pattern[at + 1] ?? '';
  const long = /^\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|[pPk][{<][^}>]{1,60}[}>])/.exec(
    pattern.slice(at, at + 66),
  );
  // Not told apart by characters: matches nothing in ASCII as far as we know, so it rouses no suspicion.
  if (long) return { length: long[0].length, set: 0n };
  return { length: 2, set: named[char] ?? bit(char) };
}

function classAt(pattern: string, at: number): { readonly length: number; readonly set: bigint } {
  const negated = pattern[at + 1] === '^';
  let set = 0n;
  let index = at + (negated ? 2 : 1);
  while (index < pattern.length && pattern[index] !== ']') {
    const item = pattern[index] === '\\' ? escapeAt(pattern, index) : { length: 1, set: bit(pattern[index] ?? '') };
    const next = index + item.length;
    if (item.length === 1 && pattern[next] === '-' && pattern[next + 1] !== ']' && pattern[next + 1] !== '\\') {
      set |= rangeSet(pattern[index] ?? '', pattern[next + 1] ?? '');
      index = next + 2;
    } else {
      set |= item.set;
      index = next;
    }
  }
  return { length: index + 1 - at, set: negated ? allAscii & ~set : set };
}
