import { isObject, type JsonObject } from '../../../profile/formats/fields.ts';
import { v8Function } from '../../../profile/formats/v8Function.ts';
import { ScriptLines } from '../../../profile/formats/v8LogPositions.ts';
import type { PositionMap } from '../../../profile/positionMap.ts';
import { loadScriptMap } from '../../sourceMaps.ts';
import type { LogJson } from './compact.ts';

/** A map may claim any line; no file that a person writes has more. */
const MOST_LINES = 2 ** 18;

/** A function's place in the person's own file. */
interface Home {
  readonly name: string;
  readonly url: string;
  /** 0-based, as the column. */
  readonly line: number;
  readonly column: number;
  /** Row of the script that stands for the file. */
  readonly script: number;
  readonly map: PositionMap;
}

/**
 * The log as if the original sources had run: functions and positions of scripts with a source map are moved to where the map
 * leads, as far as that is a file of this machine. V8 tells the character that runs, so that code on one long line is told apart,
 * too. A file that a map leads to becomes a script of its own, whose text is nothing but line breaks: a position in it is the
 * number of its line.
 *
 * @param log with the scripts' texts. @param cwd the target's.
 */
export async function inOriginalLines(log: LogJson, cwd: string): Promise<LogJson> {
  const maps = await mapsOf(log.scripts, cwd);
  return maps.size === 0 ? log : new Mapping(log, maps).mapped();
}

async function mapsOf(scripts: readonly unknown[], cwd: string): Promise<ReadonlyMap<number, PositionMap>> {
  const maps = new Map</* row */ number, PositionMap>();
  for (const [row, script] of scripts.entries()) {
    if (!isObject(script) || typeof script['url'] !== 'string' || typeof script['source'] !== 'string') continue;
    const sourceMapUrl = sourceMapUrlIn(script['source']);
    const map = sourceMapUrl === null ? null : await loadScriptMap({ url: script['url'], sourceMapUrl }, cwd);
    if (map) maps.set(row, map);
  }
  return maps;
}

/** Of the last such comment, as V8 takes it: a quote makes it none. */
function sourceMapUrlIn(text: string): string | null {
  const at = text.lastIndexOf('sourceMappingURL=');
  if (at < 0 || !/\/\/[#@][ \t]$/.test(text.slice(Math.max(0, at - 4), at))) return null;
  const end = text.indexOf('\n', at);
  const url = text.slice(at + 'sourceMappingURL='.length, end < 0 ? undefined : end).trim();
  return url === '' || /[\s'"`]/.test(url) ? null : url;
}

class Mapping {
  private readonly log: LogJson;
  private readonly maps: ReadonlyMap<number, PositionMap>;
  private readonly places: ScriptLines;
  private readonly scripts: unknown[];
  private readonly rows = new Map</* url */ string, number>();
  /** Lines that are needed of a script. */
  private readonly lines = new Map</* row of scripts */ number, number>();
  private readonly scriptOf: readonly number[];
  private readonly homes: readonly (Home | null)[];

  constructor(log: LogJson, maps: ReadonlyMap<number, PositionMap>) {
    this.log = log;
    this.maps = maps;
    this.places = new ScriptLines(log.scripts);
    this.scripts = [...log.scripts];
    this.scriptOf = log.functions.map((func) => this.generatedScript(func));
    this.homes = log.functions.map((func, row) => this.homeOf(func, this.scriptOf[row] ?? -1));
  }

  mapped(): LogJson {
    const code = this.log.code.map((row) => (isObject(row) ? this.mappedCode(row) : row));
    const functions = this.log.functions.map((row, id) => {
      const home = this.homes[id];
      return isObject(row) && home ? { ...row, name: described(home) } : row;
    });
    for (const [url, row] of this.rows) this.scripts[row] = { url, source: '\n'.repeat(this.lines.get(row) ?? 0) };
    return { code, functions, ticks: this.log.ticks, scripts: this.scripts };
  }

  /** It stands in the function's code alone. */
  private generatedScript(func: unknown): number {
    const [telling]: unknown[] = isObject(func) && Array.isArray(func['codes']) ? (func['codes'] as unknown[]) : [];
    const code = typeof telling === 'number' ? this.log.code[telling] : null;
    const source = isObject(code) ? code['source'] : null;
    return isObject(source) && typeof source['script'] === 'number' ? source['script'] : -1;
  }

  private homeOf(func: unknown, script: number): Home | null {
    const map = this.maps.get(script);
    if (!map || !isObject(func) || typeof func['name'] !== 'string') return null;
    const { name, line, column } = v8Function(func['name']);
    if (line === 0 || column === 0) return null;
    const own = name === '(anonymous)' ? '' : name;
    const position = map.functionAt(line - 1, column - 1, own);
    if (!position || position.line >= MOST_LINES) return null;
    return { ...position, name: position.name ?? own, script: this.scriptFor(position.url), map };
  }

  private scriptFor(url: string): number {
    let row = this.rows.get(url);
    if (row === undefined) {
      row = this.scripts.push(null) - 1;
      this.rows.set(url, row);
    }
    return row;
  }

  private mappedCode(code: JsonObject): JsonObject {
    const { func, source } = code;
    const home = typeof func === 'number' ? this.homes[func] : null;
    const name = home ? { name: described(home) } : {};
    if (!isObject(source)) return { ...code, ...name };
    const fns: unknown[] = Array.isArray(source['fns']) ? (source['fns'] as unknown[]) : [];
    const inlined = typeof source['inlined'] === 'string' ? source['inlined'] : '';
    const called = Array.from(inlined.matchAll(/F(\d+)O-?\d+(?:I\d+)?/g), ([, fn]) => fns[Number(fn)]);
    const at = (character: string, call: string | undefined): number =>
      this.moved(call === undefined || Number(call) >= called.length ? func : called[Number(call)], Number(character));
    return {
      ...code,
      ...name,
      source: {
        ...source,
        ...(home && { script: home.script }),
        ...(typeof source['start'] === 'number' && { start: this.moved(func, source['start']) }),
        ...(typeof source['end'] === 'number' && { end: this.moved(func, source['end']) }),
        ...(typeof source['positions'] === 'string' && {
          positions: source['positions'].replaceAll(
            /(C\d+O)(\d+)(?:I(\d+))?/g,
            (_, before: string, character: string, call?: string) =>
              `${before}${at(character, call)}${call === undefined ? '' : `I${call}`}`,
          ),
        }),
        ...(inlined !== '' && {
          inlined: inlined.replaceAll(
            /(F\d+O)(\d+)(?:I(\d+))?/g,
            (_, before: string, character: string, into?: string) =>
              `${before}${at(character, into)}${into === undefined ? '' : `I${into}`}`,
          ),
        }),
      },
    };
  }

  /**
   * A character of the script a function stands in, as one of the person's file. What the map leads into another file (code that
   * a bundler moved) has no place in the function: its first line takes it.
   */
  private moved(func: unknown, character: number): number {
    const row = typeof func === 'number' ? func : -1;
    const home = this.homes[row];
    const place = home ? this.places.placeAt(this.scriptOf[row] ?? -1, character) : null;
    if (!home || !place) return character;
    const found = home.map.positionAt(place.line, place.column);
    const line = found?.url === home.url && found.line < MOST_LINES ? found.line : home.line;
    this.lines.set(home.script, Math.max(this.lines.get(home.script) ?? 0, line));
    return line;
  }
}

/** As V8 writes it. */
function described({ name, url, line, column }: Home): string {
  return `${name} ${url}:${line + 1}:${column + 1}`;
}
