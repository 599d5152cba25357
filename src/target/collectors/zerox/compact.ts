import { isObject, malformed, type JsonObject } from '../../../profile/formats/fields.ts';

/** A log as 0x makes JSON of it. */
export interface LogJson {
  readonly code: readonly unknown[];
  readonly functions: readonly unknown[];
  readonly ticks: readonly unknown[];
  readonly scripts: readonly unknown[];
}

export interface CompactLog {
  /** The same in the same form, without what no sample refers to. */
  readonly json: LogJson;
  /** Samples whose stack V8 cut off at its greatest depth. */
  readonly cutStacks: number;
}

/** V8's TickSample::kMaxFramesCount, and the frame on top; each takes two numbers. */
const DEEPEST = 2 * 256;

/**
 * V8's log without the 40,000 names of Node's own C++ and without the code that no sample met: a tenth of it is left.
 *
 * @param rename names of functions and scripts as they are to stand in the file.
 * @throws FORMAT_MALFORMED
 */
export function compactLog(parsed: unknown, rename: (name: string) => string): CompactLog {
  const { code, functions, ticks, scripts } = isObject(parsed) ? parsed : {};
  if (!Array.isArray(code) || !Array.isArray(functions) || !Array.isArray(ticks))
    throw malformed('its list of code, functions or ticks is missing');
  const texts = Array.isArray(scripts) ? (scripts as unknown[]) : [];
  const kept = new Kept({ code: code as unknown[], functions: functions as unknown[], scripts: texts }, rename);
  let cutStacks = 0;
  const shortened = (ticks as unknown[]).map((tick): unknown => {
    if (!isObject(tick) || !Array.isArray(tick['s'])) return tick;
    const stack = tick['s'] as unknown[];
    if (stack.length >= DEEPEST) cutStacks++;
    return { tm: tick['tm'], vm: tick['vm'], s: stack.map((each, at) => (at % 2 === 0 ? kept.code(each) : each)) };
  });
  const json = { ...kept.lists(), ticks: shortened };
  return { json, cutStacks };
}

/** The text of scripts is of use only for telling lines apart, so every other character is a space: a run's folder holds no source code. */
export function withoutTexts(json: LogJson): LogJson {
  const scripts = json.scripts.map((row) =>
    isObject(row) && typeof row['source'] === 'string'
      ? { ...row, source: row['source'].replaceAll(/[^\n]/g, ' ') }
      : row,
  );
  return { ...json, scripts };
}

/** Rows of one list in the order they are first referred to; what is no row of it stays as it is. */
class Rows {
  readonly order: number[] = [];
  private readonly list: readonly unknown[];
  private readonly numbers = new Map<number, number>();

  constructor(list: readonly unknown[]) {
    this.list = list;
  }

  numbered(id: unknown): unknown {
    if (typeof id !== 'number' || !(id in this.list)) return id;
    let number = this.numbers.get(id);
    if (number === undefined) {
      number = this.order.push(id) - 1;
      this.numbers.set(id, number);
    }
    return number;
  }

  at(id: unknown): unknown {
    return typeof id === 'number' ? this.list[id] : undefined;
  }

  /** Rows as `shortened` leaves them, those it refers to itself included. */
  *takeFrom(start: number, shortened: (row: unknown) => unknown): Generator {
    for (let at = start; at < this.order.length; at++) yield shortened(this.at(this.order[at]));
  }
}

/** Code, functions and scripts refer to each other. */
class Kept {
  private readonly codes: Rows;
  private readonly functions: Rows;
  private readonly scripts: Rows;
  private readonly rename: (name: string) => string;

  constructor(lists: Record<'code' | 'functions' | 'scripts', readonly unknown[]>, rename: (name: string) => string) {
    this.codes = new Rows(lists.code);
    this.functions = new Rows(lists.functions);
    this.scripts = new Rows(lists.scripts);
    this.rename = rename;
  }

  code(id: unknown): unknown {
    return this.codes.numbered(id);
  }

  /** Walked until following the references adds nothing. */
  lists(): { code: unknown[]; functions: unknown[]; scripts: unknown[] } {
    const code: unknown[] = [];
    const functions: unknown[] = [];
    while (code.length < this.codes.order.length || functions.length < this.functions.order.length) {
      code.push(...this.codes.takeFrom(code.length, (row) => this.shortCode(row)));
      functions.push(...this.functions.takeFrom(functions.length, (row) => this.shortFunction(row)));
    }
    return { code, functions, scripts: [...this.scripts.takeFrom(0, (row) => this.renamedScript(row))] };
  }

  private shortCode(row: unknown): unknown {
    if (!isObject(row)) return row;
    const short: Record<string, unknown> = { ...this.renamed(row) };
    if ('func' in row) short['func'] = this.functions.numbered(row['func']);
    const source = row['source'];
    if (isObject(source)) {
      const fns: unknown = source['fns'];
      short['source'] = {
        ...source,
        script: this.scripts.numbered(source['script']),
        ...(Array.isArray(fns) && { fns: (fns as unknown[]).map((id) => this.functions.numbered(id)) }),
      };
    }
    return short;
  }

  /** One of its code objects is enough to tell its script. */
  private shortFunction(row: unknown): unknown {
    if (!isObject(row)) return row;
    const codes: unknown[] = Array.isArray(row['codes']) ? (row['codes'] as unknown[]) : [];
    const telling = codes.find((id) => {
      const code = this.codes.at(id);
      return isObject(code) && isObject(code['source']);
    });
    return { ...this.renamed(row), codes: telling === undefined ? [] : [this.codes.numbered(telling)] };
  }

  private renamedScript(row: unknown): unknown {
    return isObject(row) && typeof row['url'] === 'string' ? { ...row, url: this.rename(row['url']) } : row;
  }

  private renamed(row: JsonObject): JsonObject {
    return typeof row['name'] === 'string' ? { ...row, name: this.rename(row['name']) } : row;
  }
}
