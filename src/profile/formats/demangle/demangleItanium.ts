import { MangledTypes } from './itaniumTypes.ts';
import { Unreadable } from './itaniumReader.ts';
import { specialNames } from './itaniumTables.ts';

const mostBehind = 4096;

/**
 * A C++ name (Itanium ABI) without its parameters, as perf shows functions. Null for what is rare enough to be left as it is:
 * expressions in template arguments, vector types, vendor extensions.
 * Source: https://itanium-cxx-abi.github.io/cxx-abi/abi.html#mangling
 *
 * @param mangled what follows `_Z`.
 */
export function demangleItanium(mangled: string): string | null {
  try {
    return read(new MangledTypes(mangled));
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

function read(symbol: MangledTypes): string {
  const special = specialNames[symbol.ahead(2)];
  if (special !== undefined) {
    symbol.skip(2);
    const text = symbol.ahead(1) === 'N' || special.startsWith('guard') ? symbol.name() : symbol.typeText();
    return symbol.ended() ? special + text : symbol.fail();
  }
  if (/^T[hv]$/.test(symbol.ahead(2))) {
    symbol.skip(1);
    symbol.callOffset();
    return symbol.encoding();
  }
  const name = symbol.name();
  const behind = symbol.ahead(mostBehind);
  try {
    symbol.signature();
    if (!symbol.ended()) symbol.fail();
  } catch (error) {
    // A return type computed by an expression: it is not shown, so that it need not be read.
    if (!(error instanceof Unreadable && /X|D[tT]/.test(behind))) throw error;
  }
  return name;
}
