import type { ProfileBuilder } from '../builder.ts';
import { pathOfUrl } from '../classify.ts';
import type { NodeList } from './cpuprofileNodes.ts';
import { isObject, malformed, type JsonObject } from './fields.ts';

/** Stacks of all nodes, callers first; walks without recursion, so that any depth is good. */
export function buildStacks(nodes: NodeList, builder: ProfileBuilder): Int32Array {
  const count = nodes.raw.length;
  const firstChild = new Int32Array(count).fill(-1);
  const nextSibling = new Int32Array(count).fill(-1);
  const pending: number[] = [];
  for (let node = count - 1; node >= 0; node--) {
    const parent = nodes.parent[node] ?? -1;
    if (parent < 0) {
      pending.push(node);
    } else {
      nextSibling[node] = firstChild[parent] ?? -1;
      firstChild[parent] = node;
    }
  }
  const stackOfNode = new Int32Array(count).fill(-1);
  const paths = new Map</* URL */ string, string>();
  let reached = 0;
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    reached++;
    const parent = nodes.parent[node] ?? -1;
    const stack = builder.stack(
      parent < 0 ? -1 : (stackOfNode[parent] ?? -1),
      buildFrame(nodes.raw[node], paths, builder),
    );
    stackOfNode[node] = stack;
    addTicks(nodes.raw[node], stack, builder);
    for (let child = firstChild[node] ?? -1; child >= 0; child = nextSibling[child] ?? -1) pending.push(child);
  }
  if (reached < count) throw malformed(`${count - reached} of its ${count} nodes call each other in a circle`);
  return stackOfNode;
}

/** V8 counts lines and columns from 0, with -1 for none; the old form holds the fields in the node itself. */
function buildFrame(node: JsonObject | undefined, paths: Map<string, string>, builder: ProfileBuilder): number {
  const frame = isObject(node?.['callFrame']) ? node['callFrame'] : node;
  const name = frame?.['functionName'];
  const url = frame?.['url'];
  const line = frame?.['lineNumber'];
  const column = frame?.['columnNumber'];
  // The old form's positions are 1-based already.
  const base = frame === node ? 0 : 1;
  const file = typeof url === 'string' ? pathOf(url, paths) : '';
  return builder.frame(
    typeof name === 'string' && name !== '' ? name : '(anonymous)',
    file,
    typeof line === 'number' ? line + base : 0,
    typeof column === 'number' ? column + base : 0,
  );
}

/** Decoding a URL costs more than the rest of a frame, and a profile has few files. */
function pathOf(url: string, paths: Map<string, string>): string {
  let path = paths.get(url);
  if (path === undefined) {
    path = pathOfUrl(url);
    paths.set(url, path);
  }
  return path;
}

function addTicks(node: JsonObject | undefined, stack: number, builder: ProfileBuilder): void {
  const ticks = node?.['positionTicks'];
  if (!Array.isArray(ticks)) return;
  for (const tick of ticks as unknown[]) {
    if (!isObject(tick)) continue;
    const line = tick['line'];
    const count = tick['ticks'];
    if (typeof line === 'number' && typeof count === 'number' && line >= 1 && count >= 1)
      builder.ticks(stack, line, count);
  }
}
