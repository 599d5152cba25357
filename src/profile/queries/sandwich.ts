import { Float64Column, Int32Column } from '../columns.ts';
import type { Profile } from '../tables.ts';
import { arrangeTree, type CallTree } from './callTree.ts';
import { outermostStacks } from './functions.ts';
import { totalsOf, type StackWeights } from './slice.ts';

/** Deeper levels are cut: distinct callers of one function can number stacks × depth, far more than the profile itself. */
const defaultMaxDepth = 200;
const maxNodes = 1_000_000;

/**
 * What a function called, merged over all places it was called from: row 0 is the function. Starts at its outermost
 * occurrence on each path, so that its recursion shows below it and no time counts twice.
 */
export function callees(profile: Profile, weights: StackWeights, frame: number, maxDepth = defaultMaxDepth): CallTree {
  const { stacks, frames } = profile;
  const totalUs = totalsOf(profile, weights.selfUs);
  const outermost = outermostStacks(stacks, frames.length);
  const tree = new MergedTree();
  const nodeOf = new Int32Array(stacks.length).fill(-1);
  for (let stack = 0; stack < stacks.length; stack++) {
    const total = totalUs[stack] ?? 0;
    if (total === 0) continue;
    const parent = stacks.parent[stack] ?? -1;
    const above = parent < 0 ? -1 : (nodeOf[parent] ?? -1);
    const isStart = stacks.frame[stack] === frame && outermost[stack] === 1;
    if (above < 0 && !isStart) continue;
    const node = tree.child(above, stacks.frame[stack] ?? 0, maxDepth);
    if (node < 0) continue;
    nodeOf[stack] = node;
    tree.add(node, weights.selfUs[stack] ?? 0, total);
  }
  return tree.arrange();
}

/**
 * Who called a function, upside down: row 0 is the function, its children are its callers, theirs the callers' callers.
 * Each row's total is the function's time on paths through it; selfUs is its time where the path ends there (a root).
 */
export function callers(profile: Profile, weights: StackWeights, frame: number, maxDepth = defaultMaxDepth): CallTree {
  const { stacks, frames } = profile;
  const totalUs = totalsOf(profile, weights.selfUs);
  const outermost = outermostStacks(stacks, frames.length);
  const tree = new MergedTree();
  for (let stack = 0; stack < stacks.length; stack++) {
    const total = totalUs[stack] ?? 0;
    if (stacks.frame[stack] !== frame || outermost[stack] !== 1 || total === 0) continue;
    let node = -1;
    for (let above = stack; above >= 0; above = stacks.parent[above] ?? -1) {
      const next = tree.child(node, stacks.frame[above] ?? 0, maxDepth);
      if (next < 0) break;
      node = next;
      tree.add(node, 0, total);
    }
    if (node >= 0) tree.add(node, total, 0);
  }
  return tree.arrange();
}

/** A tree whose nodes are merged by parent and function as they are added. */
class MergedTree {
  private readonly ids = new Map</* parent and frame */ number, number>();
  private readonly parent = new Int32Column();
  private readonly frame = new Int32Column();
  private readonly depth = new Int32Column();
  private readonly selfUs = new Float64Column();
  private readonly totalUs = new Float64Column();
  private truncated = false;

  /** The node, or -1 if it would be too deep. */
  child(parent: number, frame: number, maxDepth: number): number {
    const key = (parent + 1) * 2 ** 26 + frame;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const depth = parent < 0 ? 0 : this.depth.at(parent) + 1;
    if (depth > maxDepth || this.parent.length >= maxNodes) {
      this.truncated = true;
      return -1;
    }
    const node = this.parent.length;
    this.ids.set(key, node);
    this.parent.push(parent);
    this.frame.push(frame);
    this.depth.push(depth);
    this.selfUs.push(0);
    this.totalUs.push(0);
    return node;
  }

  add(node: number, selfUs: number, totalUs: number): void {
    this.selfUs.set(node, this.selfUs.at(node) + selfUs);
    this.totalUs.set(node, this.totalUs.at(node) + totalUs);
  }

  arrange(): CallTree {
    const nodes = {
      parent: this.parent.take(),
      frame: this.frame.take(),
      selfUs: this.selfUs.take(),
      totalUs: this.totalUs.take(),
    };
    return arrangeTree(nodes, nodes.parent.length, this.truncated);
  }
}
