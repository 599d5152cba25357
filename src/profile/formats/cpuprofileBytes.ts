import { mostFunctions, tooMany } from '../builder.ts';
import { Int32Column } from '../columns.ts';
import { ByteIds } from './byteIds.ts';
import type { NodeList } from './cpuprofileNodes.ts';
import { PlainNodes } from './cpuprofilePlainNodes.ts';
import type { SampleFields } from './cpuprofileSamples.ts';
import { isObject, type JsonObject } from './fields.ts';
import { JsonCursor, keyBytes, NotPlain } from './jsonCursor.ts';
import { closeBrace, closeBracket, contentStart, openBrace, openBracket } from './jsonText.ts';

const fileKeys = ['nodes', 'startTime', 'endTime', 'samples', 'timeDeltas', 'head', 'timestamps'].map(keyBytes);
const nodeKeys = ['id', 'callFrame', 'hitCount', 'children', 'parent', 'positionTicks'].map(keyBytes);
const tickKeys = ['line', 'ticks'].map(keyBytes);

/**
 * A `.cpuprofile` as V8 writes it, read from its bytes straight into columns: parsing a million samples' JSON into objects takes longer than
 * everything else that it takes to show them. Null for whatever is unusual or wrong in any way: that is read as JSON, which either
 * understands it or says what is wrong where.
 */
export function readPlain(bytes: Uint8Array): { readonly nodes: NodeList; readonly fields: SampleFields } | null {
  try {
    return new PlainReader(bytes).read();
  } catch (error) {
    if (error instanceof NotPlain || error instanceof SyntaxError) return null;
    throw error;
  }
}

class PlainReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly cursor: JsonCursor;
  private readonly ids = new Int32Column();
  /** Functions by the bytes of their `callFrame`. */
  private readonly calls = new ByteIds();
  private readonly callFrames: JsonObject[] = [];
  private readonly callOf = new Int32Column();
  private readonly hits = new Int32Column();
  private readonly namedParent = new Int32Column();
  private readonly childId = new Int32Column();
  private readonly childOf = new Int32Column();
  private readonly tickStart = new Int32Column();
  private readonly tickLine = new Int32Column();
  private readonly tickCount = new Int32Column();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.cursor = new JsonCursor(bytes, contentStart(bytes));
  }

  read(): { readonly nodes: NodeList; readonly fields: SampleFields } {
    const { cursor } = this;
    const fields: { -readonly [Field in keyof SampleFields]: SampleFields[Field] } = {};
    let seen = 0;
    for (let key = cursor.firstField(fileKeys); key >= 0; key = cursor.nextField(fileKeys, key)) {
      seen = oncePer(seen, key);
      if (key === 0) this.readNodes();
      else if (key === 1) fields.startTime = cursor.number();
      else if (key === 2) fields.endTime = cursor.number();
      else if (key === 3) fields.samples = cursor.numbers();
      else if (key === 4) fields.timeDeltas = cursor.numbers();
      else throw new NotPlain();
    }
    if (cursor.peek() >= 0 || (seen & 1) === 0 || seen === 1) throw new NotPlain();
    this.tickStart.push(this.tickLine.length);
    return { nodes: this.nodes(), fields };
  }

  private readNodes(): void {
    const { cursor } = this;
    for (let more = cursor.enter(openBracket, closeBracket); more; more = cursor.more(closeBracket)) this.readNode();
  }

  private readNode(): void {
    const { cursor } = this;
    const node = this.ids.length;
    let [seen, id, call, hits, parent] = [0, 0, 0, 0, -1];
    this.tickStart.push(this.tickLine.length);
    for (let key = cursor.firstField(nodeKeys); key >= 0; key = cursor.nextField(nodeKeys, key)) {
      seen = oncePer(seen, key);
      if (key === 0) id = cursor.index();
      else if (key === 1) call = this.readCall();
      else if (key === 2) hits = cursor.index();
      else if (key === 3) this.readChildren(node);
      else if (key === 4) parent = cursor.index();
      else this.readTicks();
    }
    // Without an id or a function it is of the old form, or broken.
    if ((seen & 3) !== 3) throw new NotPlain();
    this.ids.push(id);
    this.callOf.push(call);
    this.hits.push(hits);
    this.namedParent.push(parent);
  }

  /**
   * A `callFrame` holds no other object, so it ends at the first brace unless that stands in a text: then what is cut off there is no JSON.
   * Its bytes are looked at once more for each function only.
   */
  private readCall(): number {
    const { cursor, calls, callFrames, bytes } = this;
    if (cursor.peek() !== openBrace) throw new NotPlain();
    const from = cursor.at;
    const brace = bytes.indexOf(closeBrace, from);
    if (brace < 0) throw new NotPlain();
    cursor.at = brace + 1;
    const call = calls.idOfLong(this.view, from, brace + 1);
    if (call === callFrames.length) {
      const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(from, brace + 1)));
      if (!isObject(parsed)) throw new NotPlain();
      if (call >= mostFunctions) throw tooMany(mostFunctions, 'different functions');
      callFrames.push(parsed);
    }
    return call;
  }

  private readChildren(node: number): void {
    const { cursor } = this;
    for (let more = cursor.enter(openBracket, closeBracket); more; more = cursor.more(closeBracket)) {
      this.childId.push(cursor.index());
      this.childOf.push(node);
    }
  }

  private readTicks(): void {
    const { cursor } = this;
    for (let more = cursor.enter(openBracket, closeBracket); more; more = cursor.more(closeBracket)) {
      let [seen, line, ticks] = [0, 0, 0];
      for (let key = cursor.firstField(tickKeys); key >= 0; key = cursor.nextField(tickKeys, key)) {
        seen = oncePer(seen, key);
        if (key === 0) line = cursor.index();
        else ticks = cursor.index();
      }
      this.tickLine.push(line);
      this.tickCount.push(ticks);
    }
  }

  private nodes(): NodeList {
    const length = this.ids.length;
    const places = placesOfIds(this.ids.take());
    const parent = new Int32Array(length).fill(-1);
    const link = (node: number, caller: number): void => {
      if (node < 0 || caller < 0 || (parent[node] !== -1 && parent[node] !== caller)) throw new NotPlain();
      parent[node] = caller;
    };
    for (let row = 0; row < this.childId.length; row++) {
      const node = places[this.childId.at(row)] ?? -1;
      // Named twice, even by the same caller, is a fault.
      if (parent[node] !== -1) throw new NotPlain();
      link(node, this.childOf.at(row));
    }
    for (let node = 0; node < length; node++)
      if (this.namedParent.at(node) >= 0) link(node, places[this.namedParent.at(node)] ?? -1);
    return new PlainNodes({
      length,
      parent,
      places,
      callFrames: this.callFrames,
      callOf: this.callOf.take(),
      hits: this.hits.take(),
      tickStart: this.tickStart.take(),
      tickLine: this.tickLine.take(),
      tickCount: this.tickCount.take(),
    });
  }
}

/** Index of the node with each id, -1 for none. V8 counts them from 1. @throws NotPlain for ids that recur or leave great gaps. */
function placesOfIds(ids: Int32Array): Int32Array {
  let most = 0;
  for (const id of ids) if (id > most) most = id;
  if (most > ids.length * 16 + 4096) throw new NotPlain();
  const places = new Int32Array(most + 1).fill(-1);
  for (let node = 0; node < ids.length; node++) {
    const id = ids[node] ?? 0;
    if (places[id] !== -1) throw new NotPlain();
    places[id] = node;
  }
  return places;
}

/** In JSON the last of equal keys counts: not so here. */
function oncePer(seen: number, key: number): number {
  if ((seen & (1 << key)) !== 0) throw new NotPlain();
  return seen | (1 << key);
}
