import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { packRun } from '../../../src/run/pack.ts';
import { type FlameLayout, rowOf } from '../../../webview/flame/layout.ts';
import { listedBoxes, matchingBranches, moveForKey, placeAmongSiblings, treeOf } from '../../../webview/flame/tree.ts';
import type { FlameModel } from '../../../webview/model/messages.ts';
import { Session } from '../../../webview/model/session.ts';
import { syntheticRun } from '../../fixtures/run.ts';

const session = new Session();
session.answer({ type: 'openRun', run: packRun(syntheticRun(1), []), baseline: null });
const layoutOf = (mode: FlameModel['mode']): FlameLayout =>
  (session.answer({ type: 'flame', mode, range: null, thread: -1, frame: -1 }) as FlameModel).layout;
const none = new Set<number>();

describe('the tree of a flamegraph', () => {
  for (const mode of ['heavy', 'tail', 'time'] as const) {
    test(`equals the picture: every box once, under its caller, from left to right (${mode})`, () => {
      const layout = layoutOf(mode);
      const tree = treeOf(layout);
      const listed = listedBoxes(layout, tree, none, null);
      assert.equal(listed.length, layout.frame.length);
      assert.equal(new Set(listed).size, listed.length);
      const path: number[] = [];
      let before = -1;
      for (const box of listed) {
        const depth = rowOf(layout, box);
        assert.equal(tree.depth[box], depth);
        assert.equal(path[depth - 1] ?? -1, layout.parent[box]);
        path.length = depth;
        path.push(box);
        if (before >= 0 && depth === tree.depth[before])
          assert.ok((layout.start[box] ?? 0) >= (layout.start[before] ?? 0));
        before = box;
        const [position, size] = placeAmongSiblings(layout, tree, box);
        const siblings = [...layout.parent.keys()].filter((other) => layout.parent[other] === layout.parent[box]);
        if (layout.frame.length < 400) assert.deepEqual([position, size], [siblings.indexOf(box) + 1, siblings.length]);
      }
    });
  }

  const layout = layoutOf('heavy');
  const tree = treeOf(layout);
  const all = listedBoxes(layout, tree, none, null);

  test('what is collapsed hides all below it and nothing else', () => {
    const box = all[1] ?? 0;
    const under = (other: number): boolean => {
      for (let at = layout.parent[other] ?? -1; at >= 0; at = layout.parent[at] ?? -1) if (at === box) return true;
      return false;
    };
    assert.ok([...all].some(under));
    assert.deepEqual(
      [...listedBoxes(layout, tree, new Set([box]), null)],
      [...all].filter((other) => !under(other)),
    );
  });

  test('a search leaves what matches and the way to it', () => {
    const leaf = all.findLast((box) => (tree.depth[box] ?? 0) > 2) ?? 0;
    const matches = new Uint8Array(1 + Math.max(...layout.frame));
    matches[layout.frame[leaf] ?? 0] = 1;
    const listed = listedBoxes(layout, tree, none, matchingBranches(layout, matches));
    assert.ok(listed.includes(leaf) && listed.includes(layout.parent[leaf] ?? -1));
    assert.ok(listed.length < all.length);
    for (const box of listed) {
      const above = layout.parent[box] ?? -1;
      assert.ok(above < 0 || listed.includes(above));
    }
  });

  test('keys: right opens and goes in, left closes and goes out, the others walk and stop at the ends', () => {
    const press = (key: string, box: number, collapsed: ReadonlySet<number> = none) =>
      moveForKey(key, { layout, tree, listed: listedBoxes(layout, tree, collapsed, null), collapsed, box, page: 5 });
    const [root = 0, child = 0] = all;
    assert.equal(layout.parent[child], root);
    assert.deepEqual(press('ArrowRight', root), { kind: 'go', box: child });
    assert.deepEqual(press('ArrowRight', root, new Set([root])), { kind: 'expand', boxes: [root] });
    assert.deepEqual(press('ArrowLeft', root), { kind: 'collapse', boxes: [root] });
    assert.equal(press('ArrowLeft', root, new Set([root])), null);
    assert.deepEqual(press('ArrowLeft', child, new Set([child])), { kind: 'go', box: root });
    assert.deepEqual(press('ArrowDown', root), { kind: 'go', box: child });
    assert.deepEqual(press('ArrowUp', root), { kind: 'go', box: root });
    assert.deepEqual(press('End', root), { kind: 'go', box: all.at(-1) });
    assert.deepEqual(press('ArrowDown', all.at(-1) ?? 0), { kind: 'go', box: all.at(-1) });
    assert.deepEqual(press('PageDown', root), { kind: 'go', box: all[5] });
    const siblings = press('*', child);
    assert.ok(siblings?.kind === 'expand' && siblings.boxes.every((box) => layout.parent[box] === root));
    assert.equal(press('q', root), null);
  });
});
