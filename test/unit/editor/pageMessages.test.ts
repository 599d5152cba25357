import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { isMessage } from '../../../src/editor/pageMessages.ts';
import { keepSource, scriptText, sourceOf } from '../../../src/editor/pageSource.ts';

test('messages of the protocol pass', () => {
  const messages = [
    { type: 'ready', sampleType: null },
    { type: 'ready', sampleType: 'inuse_space' },
    { type: 'sampleType', name: 'alloc_objects' },
    { type: 'openSource', file: '/a.js', line: 3, column: 1, beside: true },
    { type: 'rangeChanged', range: null },
    { type: 'rangeChanged', range: { startUs: 1, endUs: 2 } },
    { type: 'copy', text: 'p99' },
    { type: 'command', command: 'runAgain' },
    { type: 'pageError', message: 'oh' },
  ];
  for (const message of messages) assert.ok(isMessage(message), JSON.stringify(message));
});

test('nothing else passes', () => {
  const others = [
    null,
    'ready',
    {},
    { type: 'constructor' },
    { type: 'ready' },
    { type: 'ready', sampleType: 3 },
    { type: 'sampleType', name: 'x'.repeat(201) },
    { type: 'sampleType' },
    { type: '__proto__' },
    { type: 'openSource', file: 3, line: 3, column: 1, beside: true },
    { type: 'rangeChanged', range: { startUs: NaN, endUs: 2 } },
    { type: 'rangeChanged' },
    { type: 'command', command: 'workbench.action.quit' },
  ];
  for (const message of others) assert.ok(!isMessage(message), JSON.stringify(message));
  fc.assert(fc.property(fc.anything(), (value) => typeof isMessage(value) === 'boolean'));
});

test('a folder name cannot leave the script it stands in, and comes back as it was', () => {
  const hostile = '/tmp/</script><script>alert(1)//\u2028<!--&"\'';
  const text = scriptText({ dir: hostile, baseline: null });
  assert.doesNotMatch(text, /[<>&\u2028]/);
  assert.deepEqual(JSON.parse(text), { dir: hostile, baseline: null });
});

test('whatever the page saves keeps its source, so that the window can be reloaded', () => {
  const source = { dir: '/runs/one', baseline: '/runs/two' };
  let state: unknown = { view: 'timeline' };
  const scope = {
    acquireVsCodeApi: () => ({
      postMessage: () => undefined,
      getState: () => state,
      setState: (next: unknown) => (state = next),
    }),
  };
  runInNewContext(keepSource(source), scope);
  assert.deepEqual(structuredClone(state), { view: 'timeline', source });
  scope.acquireVsCodeApi().setState({ view: 'findings' });
  assert.deepEqual(structuredClone(state), { view: 'findings', source });
  assert.deepEqual(sourceOf(state), source);
});

test('a state that is damaged or foreign names no source', () => {
  for (const state of [null, 3, {}, { source: null }, { source: { dir: 3 } }]) assert.equal(sourceOf(state), null);
  fc.assert(fc.property(fc.anything(), (value) => sourceOf(value) === null || typeof value === 'object'));
});
