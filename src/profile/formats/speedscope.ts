import { SlowpathError } from '../../errors.ts';
import { ProfileBuilder } from '../builder.ts';
import { pathOfUrl } from '../classify.ts';
import { foreignKind } from '../nativeKind.ts';
import type { Profile } from '../tables.ts';
import { isFiniteNumber, isObject, malformed } from './fields.ts';
import type { Importer } from './importer.ts';
import { parseJson } from './json.ts';
import { readEntry, type SpeedscopeEntry, type TakeSample } from './speedscopeEntry.ts';
import { readEvents } from './speedscopeEvents.ts';
import { readSamples } from './speedscopeSamples.ts';

/**
 * speedscope's own format, which py-spy, rbspy, austin and many others write: several profiles over shared frames. Each
 * becomes a thread. Profiles of another unit than the active one's are left out; `type` names a profile or a unit instead.
 * Source: jlfwong/speedscope, src/lib/file-format-spec.ts.
 */
export const speedscopeImporter: Importer = {
  id: 'speedscope',
  label: 'speedscope',
  sniff: ({ json, text }) =>
    json?.root === 'object' &&
    json.keys.has('shared') &&
    (json.keys.has('profiles') || text.includes('speedscope.app/file-format-schema.json')),
  read: (bytes, { type, heapBytes }) => {
    const json = parseJson(bytes, { heapBytes, lists: ['samples', 'weights', 'events'] });
    if (!isObject(json) || !isObject(json['shared'])) throw malformed('its shared frames are missing');
    if (!Array.isArray(json['profiles'])) throw malformed('its list of profiles is missing');
    const entries = (json['profiles'] as unknown[]).map(readEntry);
    const builder = new ProfileBuilder();
    const frames = readFrames(json['shared']['frames'], builder);
    return build(chosenEntries(entries, json['activeProfileIndex'], type), frames, builder);
  },
};

function chosenEntries(
  entries: readonly SpeedscopeEntry[],
  active: unknown,
  type: string | undefined,
): readonly SpeedscopeEntry[] {
  if (type === undefined) {
    const first = (typeof active === 'number' ? entries[active] : undefined) ?? entries[0];
    return entries.filter(({ unit }) => unit === first?.unit);
  }
  const named = entries.filter(({ name }) => name === type);
  const chosen = named.length > 0 ? named : entries.filter(({ unitName }) => unitName === type);
  const unit = chosen[0]?.unit;
  if (unit === undefined) {
    const names = entries.slice(0, 20).map(({ name, unitName }) => `${name} (${unitName})`);
    throw new SlowpathError('FORMAT_UNKNOWN', `The file has no profile ${type}; it has ${names.join(', ') || 'none'}.`);
  }
  return chosen.filter((entry) => entry.unit === unit);
}

function readFrames(frames: unknown, builder: ProfileBuilder): Int32Array {
  if (!Array.isArray(frames)) throw malformed('its list of frames is missing');
  return Int32Array.from(frames as unknown[], (frame, index) => {
    if (!isObject(frame)) throw malformed(`shared.frames[${index}] is not a frame`);
    const { name, file, line, col } = frame;
    const path = typeof file === 'string' ? pathOfUrl(file) : '';
    const shown = typeof name === 'string' && name !== '' ? name : '(anonymous)';
    return builder.frame(shown, path, positionOf(line), positionOf(col), foreignKind(shown, path));
  });
}

function positionOf(value: unknown): number {
  return isFiniteNumber(value) ? value : 0;
}

function build(entries: readonly SpeedscopeEntry[], frames: Int32Array, builder: ProfileBuilder): Profile {
  let startUs = Number.POSITIVE_INFINITY;
  let endUs = Number.NEGATIVE_INFINITY;
  for (const entry of entries) {
    const { raw, where, name, factor, unit } = entry;
    const thread = builder.thread({ pid: 0, tid: 0, name: name === '' ? 'main' : name, target: '' });
    const take: TakeSample = (start, weight, stack) => {
      const at = unit === 'us' ? start * factor : 0;
      builder.sample(at, weight * factor, stack, thread);
    };
    const type = raw['type'];
    if (type !== 'sampled' && type !== 'evented') throw malformed(`${where}.type is neither sampled nor evented`);
    const { start, end } = (type === 'sampled' ? readSamples : readEvents)(entry, frames, builder, take);
    startUs = Math.min(startUs, start * factor);
    endUs = Math.max(endUs, end * factor);
  }
  const unit = entries[0]?.unit ?? 'us';
  const timed = unit === 'us' && endUs >= startUs;
  return builder.build({ unit, intervalUs: 0, startUs: timed ? startUs : 0, endUs: timed ? endUs : 0 });
}
