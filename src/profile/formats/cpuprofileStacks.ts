import type { ProfileBuilder } from '../builder.ts';
import type { NodeList } from './cpuprofileNodes.ts';
import { malformed } from './fields.ts';

/** Stacks of all nodes, callers first; walks without recursion, so that any depth is good. */
export function buildStacks(nodes: NodeList, builder: ProfileBuilder): Int32Array {
  const count = nodes.length;
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
  let reached = 0;
  let stack = -1;
  const takeTicks = (line: unknown, ticks: unknown): void => {
    if (typeof line === 'number' && typeof ticks === 'number' && line >= 1 && ticks >= 1)
      builder.ticks(stack, line, ticks);
  };
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    reached++;
    const parent = nodes.parent[node] ?? -1;
    stack = builder.stack(parent < 0 ? -1 : (stackOfNode[parent] ?? -1), nodes.frame(node, builder));
    stackOfNode[node] = stack;
    nodes.ticks(node, takeTicks);
    for (let child = firstChild[node] ?? -1; child >= 0; child = nextSibling[child] ?? -1) pending.push(child);
  }
  if (reached < count) throw malformed(`${count - reached} of its ${count} nodes call each other in a circle`);
  return stackOfNode;
}
