import { SlowpathError } from '../errors.ts';
import { damaged } from './damaged.ts';

/** Version of the run folder's format that this release writes (architecture, law 13). */
export const RUN_FORMAT = 2;

type Upgrader = (manifest: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** From each older version to the next one; applied in order, so that a run recorded by any older release opens. */
const upgraders: ReadonlyMap</* from */ number, Upgrader> = new Map([[1, addProtocols]]);

/**
 * A manifest of any version as this release knows it; not yet validated.
 *
 * @throws SlowpathError RUN_FUTURE_FORMAT, RUN_UNREADABLE
 */
export function upgradeManifest(
  value: unknown,
  dir: string,
  known: { readonly format: number; readonly upgraders: ReadonlyMap<number, Upgrader> } = {
    format: RUN_FORMAT,
    upgraders,
  },
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw damaged(dir, 'run.json', 'it is not a manifest');
  }
  let manifest: Record<string, unknown> = { ...value };
  const recorded = manifest['format'];
  if (typeof recorded !== 'number' || !Number.isSafeInteger(recorded) || recorded < 1) {
    throw damaged(dir, 'run.json', 'it names no format version');
  }
  if (recorded > known.format) {
    throw new SlowpathError(
      'RUN_FUTURE_FORMAT',
      `${dir} was recorded by a newer Slowpath (format ${recorded}, this one knows ${known.format}); update Slowpath to open it.`,
    );
  }
  for (let format = recorded; format < known.format; format += 1) {
    const upgrade = known.upgraders.get(format);
    if (!upgrade) throw new SlowpathError('INTERNAL', `No upgrader leads from run format ${format} to ${format + 1}.`);
    manifest = { ...upgrade(manifest), format: format + 1 };
  }
  return manifest;
}

/** Format 1 knew HTTP/1.1 without TLS alone, with constant, Poisson and closed arrivals and requests that were sent as they stood. */
function addProtocols(manifest: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const scenario = fieldsOf(manifest['scenario']);
  const load = fieldsOf(scenario['load']);
  const requests = Array.isArray(load['requests']) ? (load['requests'] as unknown[]) : [];
  return {
    ...manifest,
    scenario: {
      ...scenario,
      load: {
        ...load,
        socket: null,
        tls: null,
        requests: requests.map((request) => ({ ...fieldsOf(request), bodyEncoding: 'utf8', check: null })),
        data: {},
        streams: 1,
        framing: null,
        sequence: null,
        grpc: null,
        webSocket: null,
        traceparent: false,
      },
    },
  };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
