import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { seededRandom } from '../../../src/trace/random.ts';

export const samples = 1_000_000;
const depth = 25;
const leaves = 12_000;
const functions = 4_000;
const intervalUs = 1000;

/**
 * Writes a `.cpuprofile` of a million samples, some 250,000 nodes, stacks of about 25 frames: a busy service that takes one of many
 * paths for a few milliseconds at a time.
 * @returns the number of nodes.
 */
export async function writeBigProfile(file) {
  const next = seededRandom(7);
  const parents = [-1];
  const functionOf = [0];
  const children = [new Map()];
  const leafNodes = [];
  for (let leaf = 0; leaf < leaves; leaf++) {
    let at = 0;
    const length = depth - 4 + Math.floor(next() * 9);
    for (let level = 0; level < length; level++) {
      // Few ways near the root, more and more further out.
      const fn = level < 5 ? 1 + level * 3 + Math.floor(next() * 3) : 20 + Math.floor(next() * functions);
      let child = children[at].get(fn);
      if (child === undefined) {
        child = parents.length;
        parents.push(at);
        functionOf.push(fn);
        children.push(new Map());
        children[at].set(fn, child);
      }
      at = child;
    }
    leafNodes.push(at);
  }
  const out = createWriteStream(file);
  const write = async (text) => {
    if (!out.write(text)) await once(out, 'drain');
  };
  await write('{"nodes":[');
  for (const [node, fn] of functionOf.entries()) {
    const callFrame =
      node === 0
        ? '{"functionName":"(root)","scriptId":"0","url":"","lineNumber":-1,"columnNumber":-1}'
        : `{"functionName":"work${fn}","scriptId":"${1 + (fn % 90)}","url":"file:///srv/app/src/part${fn % 90}.js","lineNumber":${(fn * 7) % 900},"columnNumber":4}`;
    const ids = [...children[node].values()].map((child) => child + 1);
    await write(
      `${node === 0 ? '' : ','}{"id":${node + 1},"callFrame":${callFrame},"hitCount":0${ids.length > 0 ? `,"children":[${ids.join(',')}]` : ''}}`,
    );
  }
  await write(`],"startTime":1000000,"endTime":${1_000_000 + samples * intervalUs},"samples":[`);
  let leaf = 0;
  for (let sample = 0; sample < samples; sample++) {
    if (sample % 4 === 0) leaf = Math.floor(next() * leaves);
    await write(`${sample === 0 ? '' : ','}${leafNodes[leaf] + 1}`);
  }
  await write('],"timeDeltas":[');
  for (let sample = 0; sample < samples; sample++)
    await write(`${sample === 0 ? '' : ','}${intervalUs - 40 + Math.floor(next() * 80)}`);
  out.end(']}');
  await once(out, 'close');
  return parents.length;
}
