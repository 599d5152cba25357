import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyLayout } from '../../../webview/flame/layout.ts';
import { stackText } from '../../../webview/flame/stackText.ts';
import type { FrameLabels } from '../../../webview/model/messages.ts';
import { boxMenu } from '../../../webview/views/boxMenu.ts';

const labels: FrameLabels = {
  name: ['main', 'serve', 'sort'],
  file: ['/srv/a.js', '/srv/b.js', null],
  line: Int32Array.of(3, 0, 0),
  column: Int32Array.of(7, 0, 0),
  kind: new Uint8Array(3),
  tier: new Uint8Array(3),
  shade: new Uint8Array(3),
};
const layout = { ...emptyLayout, frame: Int32Array.of(0, 1, 2), parent: Int32Array.of(-1, 0, 1) };

test('a stack is copied innermost first, also from a picture of callers', () => {
  assert.equal(stackText(layout, labels, 2, false), 'at sort\nat serve (/srv/b.js)\nat main (/srv/a.js:3)');
  assert.equal(stackText(layout, labels, 1, true), 'at main (/srv/a.js:3)\nat serve (/srv/b.js)');
});

test('the menu does what it says; native code has no source to open', () => {
  const done: unknown[] = [];
  const page = {
    change: (changes: unknown) => done.push(changes),
    openSource: (...place: unknown[]) => done.push(place),
    host: { post: (message: unknown) => done.push(message) },
  } as unknown as Parameters<typeof boxMenu>[0];
  const run = (box: number): string[] => {
    const items = boxMenu(page, { layout, labels, box, upwards: false });
    for (const item of items) item.run();
    return items.map((item) => item.label);
  };
  assert.deepEqual(run(2), ['Callers and callees', 'Highlight same', 'Copy name', 'Copy stack']);
  assert.deepEqual(done, [
    { mode: 'sandwich', frame: 2 },
    { search: 'sort' },
    { type: 'copy', text: 'sort' },
    { type: 'copy', text: 'at sort\nat serve (/srv/b.js)\nat main (/srv/a.js:3)' },
  ]);
  done.length = 0;
  assert.equal(run(0)[0], 'Open source');
  assert.deepEqual(done[0], ['/srv/a.js', 3, 7]);
});
