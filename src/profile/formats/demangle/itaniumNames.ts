import { MangledText } from './itaniumReader.ts';
import { operators, standardNames } from './itaniumTables.ts';

/** A type as what stands before and behind the thing declared: `void (*` and `)(int)`. */
export interface TypeText {
  readonly left: string;
  readonly right: string;
  /** A function or an array, that a pointer to it must bracket. */
  readonly bracket: boolean;
}

/** The names of the Itanium grammar; types are read by the class that extends this one. */
export abstract class MangledNames extends MangledText {
  protected readonly substitutions: TypeText[] = [];
  /** What T_, T0_, … stand for. */
  protected parameters: readonly TypeText[] = [];
  protected inLambda = 0;
  /** What a constructor here would be called. */
  private className = '';
  /** The last name was a template, a conversion or a constructor: decides whether a return type is mangled. */
  private endsInArguments = false;
  private hasNoReturnType = false;

  protected abstract type(): TypeText;
  protected abstract literal(): string;
  protected abstract parameterList(): string;

  typeText(): string {
    const { left, right } = this.type();
    return left + right;
  }

  /** A function's name, its parameters read over. Data have none. */
  encoding(): string {
    return this.nested(() => {
      const name = this.name();
      this.signature();
      return name;
    });
  }

  /** What stands behind the name of a function: nothing for data. */
  signature(): void {
    if (this.ended() || this.ahead(1) === 'E') return;
    if (this.endsInArguments && !this.hasNoReturnType) this.type();
    this.parameterList();
  }

  name(): string {
    return this.nested(() => {
      this.endsInArguments = false;
      this.hasNoReturnType = false;
      if (this.eat('N')) return this.nestedName();
      if (this.eat('Z')) return this.localName();
      const substituted = this.ahead(1) === 'S' && this.ahead(2) !== 'St';
      let text: string;
      if (substituted) {
        this.skip(1);
        text = this.substitution();
      } else text = (this.eat('St') ? 'std::' : '') + this.unqualified();
      if (this.ahead(1) !== 'I') return text;
      if (!substituted) this.remember(text);
      this.skip(1);
      text += (text.endsWith('<') ? ' ' : '') + this.templateArguments();
      this.endsInArguments = true;
      return text;
    });
  }

  callOffset(): void {
    const kind = this.next();
    for (let number = 0; number < (kind === 'v' ? 2 : 1); number++) {
      this.eat('n');
      this.digits();
      this.expect('_');
    }
  }

  private nestedName(): string {
    while (/^[rVK]/.test(this.ahead(1))) this.skip(1);
    if (/^[RO]/.test(this.ahead(1))) this.skip(1);
    let text = '';
    this.endsInArguments = false;
    while (!this.eat('E')) {
      const code = this.ahead(1);
      let known = false;
      if (code === 'I') {
        if (text === '') this.fail();
        this.skip(1);
        text += (text.endsWith('<') ? ' ' : '') + this.templateArguments();
        this.endsInArguments = true;
      } else if (code === 'S') {
        this.skip(1);
        known = true;
        text = this.eat('t') ? 'std' : this.prefixSubstitution();
        this.endsInArguments = false;
      } else if (code === 'T') {
        const { left, right } = this.templateParameter();
        text = left + right;
      } else {
        this.endsInArguments = false;
        text += (text === '' ? '' : '::') + this.unqualified();
      }
      if (!known && this.ahead(1) !== 'E') this.remember(text);
    }
    if (text === '') this.fail();
    return text;
  }

  /** An abbreviation is written out in front of a constructor. */
  private prefixSubstitution(): string {
    const standard = standardNames[this.ahead(1)];
    if (!standard) {
      const text = this.substitution();
      this.className = baseName(text);
      return text;
    }
    this.skip(1);
    const [short, full, name] = standard;
    this.className = name;
    return /^[CD]\d/.test(this.ahead(2)) ? full : short;
  }

  private localName(): string {
    const outer = this.encoding();
    this.expect('E');
    if (this.eat('s')) {
      this.discriminator();
      return `${outer}::string literal`;
    }
    if (this.eat('d')) this.sequence(10);
    const inner = this.name();
    this.discriminator();
    return `${outer}::${inner}`;
  }

  private discriminator(): void {
    if (!this.eat('_')) return;
    if (this.eat('_')) {
      this.digits();
      this.expect('_');
    } else this.skip(1);
  }

  protected unqualified(): string {
    this.eat('L');
    const code = this.ahead(1);
    let text: string;
    if (/\d/.test(code)) {
      text = this.sourceName();
      this.className = text;
    } else if (code === 'C' || (code === 'D' && /^D\d/.test(this.ahead(2)))) text = this.constructorName();
    else if (code === 'U') text = this.unnamed();
    else text = this.operatorName();
    while (this.eat('B')) text += `[abi:${this.sourceName()}]`;
    return text;
  }

  private constructorName(): string {
    const kind = this.next();
    if (this.eat('I')) {
      this.skip(1);
      this.type();
    } else if (!/[0-5]/.test(this.next())) this.fail();
    this.hasNoReturnType = true;
    if (this.className === '') this.fail();
    return (kind === 'D' ? '~' : '') + this.className;
  }

  private unnamed(): string {
    this.skip(1);
    if (this.eat('t')) return `{unnamed type#${this.sequence(10) + 1}}`;
    if (!this.eat('l')) this.fail();
    this.inLambda++;
    const parameters = this.parameterList();
    this.inLambda--;
    this.expect('E');
    return `{lambda(${parameters})#${this.sequence(10) + 1}}`;
  }

  private operatorName(): string {
    const code = this.ahead(2);
    this.skip(2);
    if (code === 'cv') {
      const type = this.typeText();
      this.hasNoReturnType = true;
      return `operator ${type}`;
    }
    if (code === 'li') return `operator"" ${this.sourceName()}`;
    const symbol = Object.hasOwn(operators, code) ? operators[code] : undefined;
    return symbol === undefined ? this.fail() : `operator${symbol}`;
  }

  /** After the `I`. */
  protected templateArguments(): string {
    const outer = { className: this.className, noReturn: this.hasNoReturnType };
    const list: TypeText[] = [];
    while (!this.eat('E')) this.templateArgument(list);
    this.parameters = list;
    this.className = outer.className;
    this.hasNoReturnType = outer.noReturn;
    return `<${shown(list)}>`;
  }

  private templateArgument(list: TypeText[]): void {
    if (this.eat('L')) list.push({ left: this.literal(), right: '', bracket: false });
    else if (this.eat('XadL_Z')) {
      list.push({ left: `&${this.encoding()}`, right: '', bracket: false });
      this.expect('EE');
    } else if (this.eat('J')) {
      const pack: TypeText[] = [];
      while (!this.eat('E')) this.templateArgument(pack);
      list.push({ left: shown(pack), right: '', bracket: false });
    } else list.push(this.type());
    if (list.length > 500) this.fail();
  }

  protected templateParameter(): TypeText {
    this.skip(1);
    const index = this.sequence(10);
    if (this.inLambda > 0) return { left: `auto:${index + 1}`, right: '', bracket: false };
    return this.parameters[index] ?? this.fail();
  }

  /** After the `S`. */
  protected substitution(): string {
    const { left, right } = this.substitutionType();
    return left + right;
  }

  protected substitutionType(): TypeText {
    const standard = standardNames[this.ahead(1)];
    if (standard) {
      this.skip(1);
      return { left: standard[0], right: '', bracket: false };
    }
    return this.substitutions[this.sequence(36)] ?? this.fail();
  }

  protected remember(text: string | TypeText): void {
    this.substitutions.push(typeof text === 'string' ? { left: text, right: '', bracket: false } : text);
  }
}

/** A list of types; an empty pack is none of them. */
function shown(list: readonly TypeText[]): string {
  return list
    .map(({ left, right }) => left + right)
    .filter((text) => text !== '')
    .join(', ');
}

/** `a::b<c::d>` → `b`. */
function baseName(text: string): string {
  let depth = 0;
  let from = 0;
  let to = text.length;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '<' && depth++ === 0) to = at;
    else if (text[at] === '>') depth--;
    else if (depth === 0 && text.startsWith('::', at)) {
      from = at + 2;
      to = text.length;
    }
  }
  return text.slice(from, to);
}
