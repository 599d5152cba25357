import { ProfileBuilder } from '../builder.ts';
import type { Profile } from '../tables.ts';
import { type JsonNodes, readNodes } from './cpuprofileNodes.ts';
import { buildStacks } from './cpuprofileStacks.ts';
import { isFiniteNumber, isObject, malformed } from './fields.ts';
import type { Importer } from './importer.ts';
import { parseJson } from './json.ts';

/**
 * V8's sampling heap profile (`--heap-prof`, DevTools' allocation sampling, `HeapProfiler.stopSampling`): a tree of calls,
 * each with the bytes it allocated that are still alive. Nothing has a time.
 * Source: devtools-protocol, HeapProfiler.SamplingHeapProfile.
 */
export const heapProfileImporter: Importer = {
  id: 'heapprofile',
  label: 'V8 .heapprofile',
  // The old .cpuprofile has a head too, but no sizes in it.
  sniff: ({ json, text }) => json?.root === 'object' && json.keys.has('head') && text.includes('"selfSize"'),
  read: (bytes, { heapBytes }) => {
    const json = parseJson(bytes, { heapBytes });
    if (!isObject(json) || !isObject(json['head'])) throw malformed('its head is missing');
    return build(readNodes({ head: json['head'] }));
  },
};

function build(nodes: JsonNodes): Profile {
  const builder = new ProfileBuilder();
  const stackOfNode = buildStacks(nodes, builder);
  const thread = builder.thread({ pid: 0, tid: 0, name: 'main', target: '' });
  for (const [index, node] of nodes.raw.entries()) {
    const bytes = node['selfSize'] ?? 0;
    if (!isFiniteNumber(bytes) || bytes < 0) throw malformed(`the size of node ${index} is not a number of bytes`);
    if (bytes === 0) continue;
    const stack = stackOfNode[index] ?? 0;
    // The root stands for nothing; bytes that V8 could lay at nobody's door get a frame of their own.
    const owner = nodes.parent[index] === -1 ? builder.stack(stack, builder.frame('(no stack)', '', 0, 0)) : stack;
    builder.sample(0, bytes, owner, thread);
  }
  return builder.build({ unit: 'bytes', intervalUs: 0, startUs: 0, endUs: 0 });
}
