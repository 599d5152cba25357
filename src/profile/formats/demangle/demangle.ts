import { demangleItanium } from './demangleItanium.ts';
import { demangleRustLegacy } from './demangleRustLegacy.ts';
import { demangleRustV0 } from './demangleRustV0.ts';

/** Beyond it a name is no name; and substitutions may double its length at each step. */
const longest = 4096;

/** What stands behind a mangled name: `.llvm.123`, `.constprop.0`, `.cold` (left out), `@plt`, `@@GLIBC_2.34` (kept). */
const suffix = /^([^.@]*)(?:\.[^@]*)?(@.*)?$/s;
/** Rust's first scheme has dots inside; its hash ends it. */
const rustLegacy = /^_{1,3}Z(N.*17h[0-9a-f]{16}E)/s;

/**
 * The name as it stands in the source, for functions whose names a tool left as the linker sees them: Rust (legacy and v0) and
 * C++ (Itanium ABI). What it cannot read entirely stays as it is.
 */
export function demangle(symbol: string): string {
  if (symbol.length > longest || !/^_{1,3}[ZR]/.test(symbol)) return symbol;
  const [, mangled = '', version = ''] = suffix.exec(symbol) ?? [];
  const name = read(symbol, mangled.replace(/^_+/, ''));
  return name === null || name.length > longest ? symbol : name + version;
}

function read(symbol: string, mangled: string): string | null {
  const legacy = rustLegacy.exec(symbol)?.[1];
  if (legacy !== undefined) return demangleRustLegacy(legacy) ?? demangleItanium(mangled.slice(1));
  return mangled.startsWith('R') ? demangleRustV0(mangled.slice(1)) : demangleItanium(mangled.slice(1));
}
