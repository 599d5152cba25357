import { FrameKind, type Profile } from '../tables.ts';
import { urlOfFile } from './names.ts';

/**
 * The stacks of a profile as V8's call tree, which has exactly one root: a profile's own `(root)`, or one made for it.
 * Node 1 is the root, node 2 the idle one; every other stack has a number of its own, callers before callees.
 */
export interface V8Nodes {
  /** Stacks that samples stand for, and their callers; in order, without root and idle ones. */
  readonly stacks: Int32Array;
  /** Node of a stack; of -1 (nothing sampled) the idle one. */
  readonly idOf: (stack: number) => number;
  readonly parentOf: (stack: number) => number;
  /** `"callFrame":{…}` of a stack. */
  readonly callFrameOf: (stack: number) => string;
}

export const rootId = 1;
export const idleId = 2;
export const rootFrame = callFrame('(root)', '', 0, 0);
export const idleFrame = callFrame('(idle)', '', 0, 0);

export function v8Nodes(profile: Profile): V8Nodes {
  const { stacks, frames, samples } = profile;
  const used = new Uint8Array(stacks.length);
  const isIdle = (stack: number): boolean => frames.kind[stacks.frame[stack] ?? 0] === FrameKind.idle;
  // Waiting below a caller (a selector of Python's) is no work of a function: V8 has one node for all that is idle.
  for (const stack of samples.stack) {
    const on = isIdle(stack) ? (stacks.parent[stack] ?? -1) : stack;
    if (on >= 0) used[on] = 1;
  }
  for (let stack = stacks.length - 1; stack >= 0; stack--) {
    const parent = stacks.parent[stack] ?? -1;
    if (used[stack] === 1 && parent >= 0) used[parent] = 1;
  }
  const id = new Int32Array(stacks.length);
  const kept: number[] = [];
  for (let stack = 0; stack < stacks.length; stack++) {
    const parent = stacks.parent[stack] ?? -1;
    if (isIdle(stack) && (used[stack] === 0 || parent < 0 || id[parent] === rootId)) id[stack] = idleId;
    if (used[stack] === 0 || id[stack] === idleId) continue;
    if (frames.kind[stacks.frame[stack] ?? 0] === FrameKind.root && parent < 0) id[stack] = rootId;
    else id[stack] = idleId + kept.push(stack);
  }
  const texts = new Map</* frame */ number, string>();
  return {
    stacks: Int32Array.from(kept),
    idOf: (stack) => (stack < 0 ? idleId : (id[stack] ?? idleId)),
    parentOf: (stack) => {
      const parent = stacks.parent[stack] ?? -1;
      return parent < 0 ? rootId : (id[parent] ?? rootId);
    },
    callFrameOf: (stack) => {
      const frame = stacks.frame[stack] ?? 0;
      let text = texts.get(frame);
      if (text === undefined) texts.set(frame, (text = frameText(profile, frame)));
      return text;
    },
  };
}

function frameText({ frames, strings }: Profile, frame: number): string {
  const name = strings[frames.name[frame] ?? -1] ?? '';
  const file = strings[frames.file[frame] ?? -1] ?? '';
  return callFrame(
    name === '(anonymous)' ? '' : name,
    urlOfFile(file),
    frames.line[frame] ?? 0,
    frames.column[frame] ?? 0,
  );
}

/** V8 counts lines and columns from 0, with -1 for none. */
function callFrame(functionName: string, url: string, line: number, column: number): string {
  const frame = { functionName, scriptId: '0', url, lineNumber: line - 1, columnNumber: column - 1 };
  return `"callFrame":${JSON.stringify(frame)}`;
}
