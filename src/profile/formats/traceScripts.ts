import { messageOf } from '../../errors.ts';
import type { MappableNode, PositionMap } from '../positionMap.ts';
import { isFiniteNumber, isObject, type JsonObject } from './fields.ts';
import { mappingsWeight, untrustedMap } from './untrustedMap.ts';

/** Mappings decoded for one trace, in characters: two seconds' work for what a build writes, five for what was made to take long. */
const mostMappings = 16 * 2 ** 20;
/** Heap that one character of mappings may take. */
const heapOfCharacter = 40;
const longestShown = 200;
/** What tells of a script, but not the event of the same name that holds its text. */
const rundown = 'disabled-by-default-devtools.v8-source-rundown';

/** One script as V8 told of it. Lines and columns of one within a document count from the document's start. */
interface Script {
  readonly urls: readonly unknown[];
  readonly sourceMapUrl: string | null;
  readonly startLine: number;
  readonly startColumn: number;
}

/** A map in the trace, of which nothing is known yet. */
interface CarriedMap {
  readonly payload: unknown;
  /** Where the map or else its script stood. */
  readonly url: string;
}

/** Whether an event or an entry of the trace's metadata is needed for source maps. */
export function isOfScripts(entry: unknown): boolean {
  return isObject(entry) && (isScript(entry) || (entry['ph'] === undefined && 'sourceMap' in entry));
}

function isScript(event: JsonObject): boolean {
  return event['name'] === 'ScriptCatchup' && event['cat'] === rundown;
}

/**
 * The source maps that a trace carries ("enhanced traces"): `metadata.sourceMaps`, each `{url, sourceMapUrl, sourceMap}`, and those in
 * data URLs of `ScriptCatchup` events; newer ones say only that a map was left out of the event (`sourceMapUrlElided`) and have it in
 * the metadata under the script's own URL.
 * Source: chrome-devtools-frontend, models/trace/handlers/ScriptsHandler.ts; V8, Script::TraceScriptRundown in src/objects/script.cc.
 */
export class TraceScripts {
  private readonly scripts = new Map</* pid and script id */ string, Script[]>();
  private readonly mapOfUrl = new Map</* of a script or a map */ string, CarriedMap>();
  private readonly opened = new Map</* payload, or data URL */ unknown, PositionMap | null>();
  private readonly faults = new Map</* as in opened */ unknown, string>();
  private left: number;

  constructor(trace: unknown, events: readonly unknown[], heapBytes = Infinity) {
    this.left = Math.min(mostMappings, heapBytes / heapOfCharacter);
    for (const event of events) if (isObject(event) && isScript(event)) this.addScript(event);
    const metadata = isObject(trace) && isObject(trace['metadata']) ? trace['metadata'] : {};
    const maps = Array.isArray(metadata['sourceMaps']) ? (metadata['sourceMaps'] as unknown[]) : [];
    for (const entry of maps) if (isObject(entry)) this.addMap(entry);
  }

  /** @param node of a process' profile, in the lines of what was run. */
  mapped(node: JsonObject, pid: number): JsonObject {
    if ((this.mapOfUrl.size === 0 && this.scripts.size === 0) || !isMappable(node)) return node;
    const { url, scriptId } = node.callFrame;
    const script = this.scripts.get(`${pid}/${String(scriptId)}`)?.find(({ urls }) => urls.includes(url));
    const carried = this.mapFor(script, url);
    const map = carried && this.open(carried);
    if (!carried || !map) return node;
    try {
      return map.mappedNode(fromStart(node, script)) ?? node;
    } catch (error) {
      this.reject(carried, error);
      return node;
    }
  }

  /** Which maps could not be used, as a sentence; null if none. */
  remark(): string | null {
    const [first] = this.faults.values();
    if (first === undefined) return null;
    const { size } = this.faults;
    return `${size === 1 ? 'A source map' : `${size} source maps`} in the trace can't be used, so those scripts keep the names and lines of the code that ran: ${first}${size === 1 ? '' : ', and more'}.`;
  }

  private addScript(event: JsonObject): void {
    const data = isObject(event['args']) && isObject(event['args']['data']) ? event['args']['data'] : {};
    const { url, sourceUrl, sourceMapUrl, startLine, startColumn } = data;
    const key = `${String(event['pid'])}/${String(data['scriptId'])}`;
    const script = {
      urls: [url, sourceUrl],
      sourceMapUrl: typeof sourceMapUrl === 'string' && sourceMapUrl !== '' ? sourceMapUrl : null,
      startLine: isFiniteNumber(startLine) ? startLine : 0,
      startColumn: isFiniteNumber(startColumn) ? startColumn : 0,
    };
    const known = this.scripts.get(key);
    if (known) known.push(script);
    else this.scripts.set(key, [script]);
  }

  private addMap({ url, sourceMapUrl, sourceMap }: JsonObject): void {
    const scriptUrl = typeof url === 'string' ? url : '';
    const own = typeof sourceMapUrl === 'string' && !sourceMapUrl.startsWith('data:') ? sourceMapUrl : '';
    const absolute = own === '' ? scriptUrl : resolved(own, scriptUrl);
    const carried = { payload: sourceMap, url: absolute };
    for (const key of [scriptUrl, absolute]) if (key !== '' && !this.mapOfUrl.has(key)) this.mapOfUrl.set(key, carried);
  }

  private mapFor(script: Script | undefined, url: string): CarriedMap | undefined {
    const own = script?.sourceMapUrl ?? null;
    if (own?.startsWith('data:')) return { payload: own, url };
    return (own === null ? undefined : this.mapOfUrl.get(resolved(own, url))) ?? this.mapOfUrl.get(url);
  }

  private open(carried: CarriedMap): PositionMap | null {
    const { payload, url } = carried;
    const known = this.opened.get(payload);
    if (known !== undefined) return known;
    try {
      const json = typeof payload === 'string' ? fromDataUrl(payload) : payload;
      const weight = mappingsWeight(json);
      if (weight > this.left) throw new RangeError('there are more mappings than can be held');
      this.left -= weight;
      const map = untrustedMap(json, url);
      this.opened.set(payload, map);
      return map;
    } catch (error) {
      this.reject(carried, error);
      return null;
    }
  }

  private reject({ payload, url }: CarriedMap, error: unknown): void {
    this.opened.set(payload, null);
    this.faults.set(payload, `that of ${url.slice(0, longestShown)}: ${messageOf(error).slice(0, longestShown)}`);
  }
}

type TraceNode = JsonObject & MappableNode & { readonly callFrame: { readonly scriptId?: unknown } };

function isMappable(node: JsonObject): node is TraceNode {
  const { callFrame, positionTicks = [] } = node;
  if (!isObject(callFrame) || !Array.isArray(positionTicks)) return false;
  const { url, functionName, lineNumber, columnNumber } = callFrame;
  return (
    typeof url === 'string' &&
    url !== '' &&
    typeof functionName === 'string' &&
    isFrom(lineNumber, 0) &&
    isFrom(columnNumber, 0) &&
    (positionTicks as unknown[]).every((tick) => isObject(tick) && isFrom(tick['line'], 1) && isFrom(tick['ticks'], 0))
  );
}

function isFrom(value: unknown, least: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
}

/** A script within a document has a map of its own, which counts from the script's start. */
function fromStart<N extends MappableNode>(node: N, script: Script | undefined): N {
  const { startLine = 0, startColumn = 0 } = script ?? {};
  if (startLine === 0 && startColumn === 0) return node;
  const { callFrame, positionTicks } = node;
  const { lineNumber, columnNumber } = callFrame;
  return {
    ...node,
    callFrame: {
      ...callFrame,
      lineNumber: lineNumber - startLine,
      columnNumber: columnNumber - (lineNumber === startLine ? startColumn : 0),
    },
    ...(positionTicks && { positionTicks: positionTicks.map((tick) => ({ ...tick, line: tick.line - startLine })) }),
  };
}

function resolved(url: string, base: string): string {
  return URL.canParse(url, base) ? new URL(url, base).href : url;
}

function fromDataUrl(url: string): unknown {
  const comma = url.indexOf(',');
  const data = url.slice(comma + 1);
  const text = url.slice(0, comma).endsWith(';base64')
    ? new TextDecoder().decode(fromBase64(data))
    : decodeURIComponent(data);
  return JSON.parse(text) as unknown;
}

/** Character by character: Uint8Array.from would take 28 times as long, 7 s of 50 MB. */
function fromBase64(data: string): Uint8Array {
  const binary = atob(data);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
