const escapes: Readonly<Record<string, string>> = {
  SP: '@',
  BP: '*',
  RF: '&',
  LT: '<',
  GT: '>',
  LP: '(',
  RP: ')',
  C: ',',
};

/**
 * Rust's first scheme, in use until 2025: `N`, path parts with their lengths, a hash, `E`. It looks like C++; only the hash
 * `17h` + 16 hex digits tells them apart. Null for anything else. The hash itself is left out.
 * Source: rustc-demangle, src/legacy.rs.
 *
 * @param mangled what follows `_Z`.
 */
export function demangleRustLegacy(mangled: string): string | null {
  if (!mangled.startsWith('N')) return null;
  const parts: string[] = [];
  let at = 1;
  while (mangled[at] !== 'E') {
    const digits = /^[1-9]\d{0,3}/.exec(mangled.slice(at, at + 4))?.[0];
    if (digits === undefined) return null;
    const start = at + digits.length;
    at = start + Number(digits);
    if (at > mangled.length) return null;
    parts.push(mangled.slice(start, at));
  }
  if (at !== mangled.length - 1 || parts.length < 2 || !/^h[0-9a-f]{16}$/.test(parts.at(-1) ?? '')) return null;
  return parts.slice(0, -1).map(unescape).join('::');
}

function unescape(part: string): string {
  const text = part.startsWith('_$') ? part.slice(1) : part;
  return text
    .replace(/\$(?:u([0-9a-f]{1,6})|([A-Z]{1,2}))\$/g, (whole, hex: string | undefined, name: string | undefined) => {
      if (name !== undefined) return escapes[name] ?? whole;
      const code = Number.parseInt(hex ?? '', 16);
      return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : whole;
    })
    .replaceAll('..', '::');
}
