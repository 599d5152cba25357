import { MangledNames, type TypeText } from './itaniumNames.ts';
import { builtinTypes, builtinTypesD, literalSuffixes } from './itaniumTables.ts';

/** The whole grammar: names (inherited) and types. */
export class MangledTypes extends MangledNames {
  protected type(): TypeText {
    return this.nested(() => {
      const code = this.ahead(1);
      if (code === 'S' && this.ahead(2) !== 'St') return this.substitutedType();
      const builtin = Object.hasOwn(builtinTypes, code) ? builtinTypes[code] : undefined;
      if (builtin !== undefined) {
        this.skip(1);
        return plain(builtin);
      }
      if (code === 'D') {
        const other = this.typeD();
        if (other) return other;
      }
      const type = this.compound(code);
      this.remember(type);
      return type;
    });
  }

  /** A substitution is not remembered again, unless arguments make a new type of it. */
  private substitutedType(): TypeText {
    this.skip(1);
    const type = this.substitutionType();
    if (!this.eat('I')) return type;
    const full = plain(type.left + type.right + this.innerArguments());
    this.remember(full);
    return full;
  }

  /** Null for a function type with an exception specification. */
  private typeD(): TypeText | null {
    const code = this.ahead(2)[1] ?? this.fail();
    const builtin = Object.hasOwn(builtinTypesD, code) ? builtinTypesD[code] : undefined;
    if (builtin !== undefined) {
      this.skip(2);
      return plain(builtin);
    }
    if (code === 'p') {
      this.skip(2);
      const type = this.type();
      this.remember(type);
      return type;
    }
    return code === 'o' ? null : this.fail();
  }

  private compound(code: string): TypeText {
    if (/^[rVK]/.test(code)) return this.qualified();
    switch (code) {
      case 'P':
        return this.pointer('*');
      case 'R':
        return this.pointer('&');
      case 'O':
        return this.pointer('&&');
      case 'D':
      case 'F':
        return this.functionType();
      case 'A':
        return this.array();
      case 'M':
        return this.memberPointer();
      case 'T':
        return this.parameterType();
      case 'u':
        this.skip(1);
        return plain(this.sourceName());
      default:
        if (/^[NZSU\d]/.test(code)) return plain(this.innerName());
        return this.fail();
    }
  }

  private qualified(): TypeText {
    const codes = /^r?V?K?/.exec(this.ahead(3))?.[0] ?? this.fail();
    this.skip(codes.length);
    const type = this.type();
    const words = Array.from(codes)
      .reverse()
      .map((code) => (code === 'K' ? ' const' : code === 'V' ? ' volatile' : ' restrict'))
      .join('');
    return type.bracket ? { ...type, right: type.right + words } : { ...type, left: type.left + words };
  }

  private pointer(mark: string): TypeText {
    this.skip(1);
    const type = this.type();
    if (type.bracket)
      return { left: `${type.left}(${mark}`, right: `)${type.right.replace(/^\[/, ' [')}`, bracket: false };
    // A reference to a reference is the weaker of the two.
    if (mark.startsWith('&') && type.left.endsWith('&')) {
      return mark === '&' ? { ...type, left: type.left.replace(/&+$/, '&') } : type;
    }
    return { ...type, left: type.left + mark };
  }

  private functionType(): TypeText {
    const noexcept = this.eat('Do') ? ' noexcept' : '';
    this.expect('F');
    this.eat('Y');
    const result = this.type();
    const parameters = this.parameterList();
    if (this.ahead(2) === 'RE' || this.ahead(2) === 'OE') this.skip(1);
    this.expect('E');
    const left = result.left.endsWith('(*') ? result.left : `${result.left} `;
    return { left, right: `(${parameters})${noexcept}${result.right}`, bracket: true };
  }

  private array(): TypeText {
    this.skip(1);
    const size = this.digits();
    this.expect('_');
    const type = this.type();
    return { left: `${type.left.trimEnd()} `, right: `[${size}]${type.right}`, bracket: true };
  }

  private memberPointer(): TypeText {
    this.skip(1);
    const owner = this.typeText();
    const type = this.type();
    return type.bracket
      ? { left: `${type.left}(${owner}::*`, right: `)${type.right}`, bracket: false }
      : { ...type, left: `${type.left} ${owner}::*` };
  }

  private parameterType(): TypeText {
    const type = this.templateParameter();
    if (this.ahead(1) !== 'I') return type;
    this.remember(type);
    this.skip(1);
    return plain(type.left + type.right + this.innerArguments());
  }

  /** A class's name inside a type: its template arguments are not those that T_ means. */
  private innerName(): string {
    const outer = this.parameters;
    const name = this.name();
    this.parameters = outer;
    return name;
  }

  private innerArguments(): string {
    const outer = this.parameters;
    const text = this.templateArguments();
    this.parameters = outer;
    return text;
  }

  protected parameterList(): string {
    const list: string[] = [];
    while (!this.ended() && !/^[E.]/.test(this.ahead(1)) && !/^[RO]E/.test(this.ahead(2))) {
      list.push(this.typeText());
      if (list.length > 500) this.fail();
    }
    if (list.length === 0) this.fail();
    return list.length === 1 && list[0] === 'void' ? '' : list.join(', ');
  }

  /** After the `L`: a number with its type. */
  protected literal(): string {
    if (this.ahead(1) === '_') this.fail();
    const code = this.ahead(1);
    const type = this.typeText();
    const digits = /^n?\d*/.exec(this.ahead(40))?.[0] ?? '';
    this.skip(digits.length);
    this.expect('E');
    const value = digits.replace('n', '-');
    if (code === 'b') return value === '1' ? 'true' : 'false';
    const suffix = Object.hasOwn(literalSuffixes, code) ? literalSuffixes[code] : undefined;
    return suffix === undefined ? `(${type})${value}` : value + suffix;
  }
}

function plain(left: string): TypeText {
  return { left, right: '', bracket: false };
}
