import type { Collector } from './collector.ts';

/** Node's inspector, through the probe in every thread: V8's own samples, with source lines. */
export const inspectorCollector: Collector = {
  type: 'inspector',
  label: 'the inspector of Node',
  blindSpots: [
    'the kernel and native code (their time stands at the JavaScript that called, or at (program))',
    'threads without JavaScript (the pool of libuv for files, DNS, zlib and crypto; V8’s own)',
  ],
  canApplyTo: ({ spec }) =>
    Promise.resolve(
      spec.runtime === 'node' ? null : `only Node has an inspector, and this is a ${spec.runtime} target`,
    ),
  start: async ({ collection, intervalUs }) => {
    await collection.startProfile(intervalUs);
    return {
      // The probes hand their profiles over with their rows: Collection.collect.
      stop: () => Promise.resolve({ files: [], gaps: [] }),
      status: () => 'recording',
      measuring: () => undefined,
      dispose: () => Promise.resolve(),
    };
  },
};
