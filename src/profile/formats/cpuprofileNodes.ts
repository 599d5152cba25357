import type { ProfileBuilder } from '../builder.ts';
import { pathOfUrl } from '../classify.ts';
import { isFiniteNumber, isObject, malformed, type JsonObject } from './fields.ts';

/** The nodes of a V8 profile in the order of the file, with the index of each one's parent. */
export interface NodeList {
  readonly length: number;
  /** -1 at a root. */
  readonly parent: Int32Array;
  /** The old nested form, whose start and end are in seconds. */
  readonly nested: boolean;
  /** Index of the node with this id, -1 if there is none. */
  indexOf(id: unknown): number;
  /** As the file has it. */
  hitCount(node: number): unknown;
  /** Its function, known to the builder. */
  frame(node: number, builder: ProfileBuilder): number;
  /** Lines that were running when the node was on top, as the file has them. */
  ticks(node: number, take: (line: unknown, ticks: unknown) => void): void;
}

/** Nodes that stand in memory as JSON. */
export class JsonNodes implements NodeList {
  readonly raw: readonly JsonObject[];
  readonly length: number;
  readonly parent: Int32Array;
  readonly nested: boolean;
  private readonly indexOfId: ReadonlyMap<number, number>;
  private readonly paths = new Map</* URL */ string, string>();

  constructor(
    raw: readonly JsonObject[],
    about: { readonly parent: Int32Array; readonly indexOfId: ReadonlyMap<number, number>; readonly nested: boolean },
  ) {
    this.raw = raw;
    this.length = raw.length;
    this.parent = about.parent;
    this.indexOfId = about.indexOfId;
    this.nested = about.nested;
  }

  indexOf(id: unknown): number {
    return typeof id === 'number' ? (this.indexOfId.get(id) ?? -1) : -1;
  }

  hitCount(node: number): unknown {
    return this.raw[node]?.['hitCount'];
  }

  /** The old form holds the function's fields in the node itself, its positions 1-based already. */
  frame(node: number, builder: ProfileBuilder): number {
    const raw = this.raw[node];
    const call = isObject(raw?.['callFrame']) ? raw['callFrame'] : raw;
    return frameOfCall(call, call === raw ? 0 : 1, this.paths, builder);
  }

  ticks(node: number, take: (line: unknown, ticks: unknown) => void): void {
    const ticks = this.raw[node]?.['positionTicks'];
    if (!Array.isArray(ticks)) return;
    for (const tick of ticks as unknown[]) if (isObject(tick)) take(tick['line'], tick['ticks']);
  }
}

/**
 * A `callFrame` as a frame. V8 counts lines and columns from 0, with -1 for none.
 * @param base 1 where they count from 0. @param paths URLs already decoded, which costs more than the rest of a frame.
 */
export function frameOfCall(
  call: JsonObject | undefined,
  base: number,
  paths: Map<string, string>,
  builder: ProfileBuilder,
): number {
  const name = call?.['functionName'];
  const url = call?.['url'];
  const line = call?.['lineNumber'];
  const column = call?.['columnNumber'];
  return builder.frame(
    typeof name === 'string' && name !== '' ? name : '(anonymous)',
    typeof url === 'string' ? pathOf(url, paths) : '',
    typeof line === 'number' ? line + base : 0,
    typeof column === 'number' ? column + base : 0,
  );
}

function pathOf(url: string, paths: Map<string, string>): string {
  let path = paths.get(url);
  if (path === undefined) {
    path = pathOfUrl(url);
    paths.set(url, path);
  }
  return path;
}

/** @throws FORMAT_MALFORMED for duplicated ids, children that don't exist, nodes with two callers. */
export function readNodes(json: JsonObject): JsonNodes {
  return isObject(json['head']) && !Array.isArray(json['nodes'])
    ? readNested(json['head'])
    : readFlat(json['nodes'] as unknown[]);
}

function readFlat(nodes: readonly unknown[]): JsonNodes {
  const raw: JsonObject[] = [];
  const indexOfId = new Map<number, number>();
  for (const [index, node] of nodes.entries()) {
    if (!isObject(node)) throw malformed(`nodes[${index}] is not a node`);
    raw.push(node);
    addId(indexOfId, node['id'], index);
  }
  const parent = new Int32Array(raw.length).fill(-1);
  for (const [index, node] of raw.entries()) {
    linkChildren(node['children'], index, indexOfId, parent);
    linkParent(node['parent'], index, indexOfId, parent);
  }
  return new JsonNodes(raw, { parent, indexOfId, nested: false });
}

function linkChildren(
  children: unknown,
  index: number,
  indexOfId: ReadonlyMap<number, number>,
  parent: Int32Array,
): void {
  if (children === undefined || children === null) return;
  if (!Array.isArray(children)) throw malformed(`nodes[${index}].children is not a list`);
  for (const id of children as unknown[]) {
    const child = typeof id === 'number' ? indexOfId.get(id) : undefined;
    if (child === undefined) throw malformed(`nodes[${index}] calls node ${shown(id)}, which is not in the file`);
    if (parent[child] !== -1) throw malformed(`node ${shown(id)} has two callers`);
    parent[child] = index;
  }
}

/** Trace chunks and some tools name the parent in the node instead of the children. */
function linkParent(id: unknown, index: number, indexOfId: ReadonlyMap<number, number>, parent: Int32Array): void {
  if (id === undefined || id === null) return;
  const caller = typeof id === 'number' ? indexOfId.get(id) : undefined;
  if (caller === undefined) throw malformed(`nodes[${index}] is called by node ${shown(id)}, which is not in the file`);
  if (parent[index] !== -1 && parent[index] !== caller) throw malformed(`nodes[${index}] has two callers`);
  parent[index] = caller;
}

/** The form before 2017: each node holds its children. Ids may be missing; they are then of no use to samples. */
function readNested(head: JsonObject): JsonNodes {
  const raw: JsonObject[] = [head];
  const parents: number[] = [-1];
  const indexOfId = new Map<number, number>();
  for (let index = 0; index < raw.length; index++) {
    const node = raw[index];
    if (node?.['id'] !== undefined) addId(indexOfId, node['id'], index);
    const children = node?.['children'];
    if (children === undefined || children === null) continue;
    if (!Array.isArray(children)) throw malformed('the children of a node are not a list');
    for (const child of children as unknown[]) {
      if (!isObject(child)) throw malformed('a child of a node is not a node');
      raw.push(child);
      parents.push(index);
      // Parsed JSON can't be circular; an object handed over by a program can.
      if (raw.length > maxNestedNodes) throw malformed(`it has more than ${maxNestedNodes} nodes`);
    }
  }
  return new JsonNodes(raw, { parent: Int32Array.from(parents), indexOfId, nested: true });
}

const maxNestedNodes = 20_000_000;

function addId(indexOfId: Map<number, number>, id: unknown, index: number): void {
  if (!isFiniteNumber(id)) throw malformed(`nodes[${index}] has no numeric id`);
  if (indexOfId.has(id)) throw malformed(`two nodes have the id ${id}`);
  indexOfId.set(id, index);
}

/** An untrusted value in a message: short, on one line. */
function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : `of type ${typeof value}`;
}
