import { AnyMap, type EncodedSourceMap, type SectionedSourceMap } from '@jridgewell/trace-mapping';
import { longestMapText, PositionMap } from '../positionMap.ts';
import { isObject, type JsonObject } from './fields.ts';

/** No build has more, and lists of them are walked before anything is known of their use. */
const mostSources = 200_000;
const mostSections = 20_000;
/** A section may claim to begin at any line, and each line before it takes memory. */
const mostSectionLines = 2 ** 20;
/** Stands for a source that has no name: what leads there leads nowhere. */
const absent = 'absent:///';

/**
 * A source map that came within a profile: one map, or an index of sections (as bundlers that build in parts write it). What it
 * names stands as text.
 *
 * @param url where the map or its script stood: names of sources count from there.
 * @throws TypeError for what is no map. Its mappings are decoded at the first question, which may throw as well.
 */
export function untrustedMap(payload: unknown, url: string): PositionMap {
  if (!isObject(payload)) throw new TypeError('it is no object');
  const trace = new AnyMap('sections' in payload ? checkedIndex(payload) : checkedMap(payload), url);
  const urls = new Map(trace.resolvedSources.map((source) => [source, source]));
  for (const source of trace.resolvedSources)
    if (source === absent || source.length > longestMapText) urls.delete(source);
  return new PositionMap(trace, urls);
}

/** What there is to decode, in characters of mappings. A line counts as four, however empty it is: it becomes a list of its own. */
export function mappingsWeight(payload: unknown): number {
  if (!isObject(payload)) return 0;
  const sections = Array.isArray(payload['sections']) ? (payload['sections'] as unknown[]) : [];
  const maps = [payload, ...sections.map((section) => (isObject(section) ? section['map'] : null))];
  return maps.reduce<number>((sum, map) => {
    const mappings = isObject(map) ? map['mappings'] : null;
    return sum + (typeof mappings === 'string' ? weightOf(mappings) : 0);
  }, 0);
}

function weightOf(mappings: string): number {
  let lines = 0;
  for (let at = mappings.indexOf(';'); at >= 0; at = mappings.indexOf(';', at + 1)) lines++;
  return mappings.length + 3 * lines;
}

function checkedIndex({ sections }: JsonObject): SectionedSourceMap {
  if (!Array.isArray(sections) || sections.length > mostSections) throw new TypeError('its sections are no list');
  return {
    version: 3,
    sections: (sections as unknown[]).map((section) => {
      const offset = isObject(section) ? section['offset'] : null;
      if (!isObject(section) || !isObject(section['map']) || !isObject(offset))
        throw new TypeError('a section has no map of its own');
      const { line, column } = offset;
      if (!isCount(line) || !isCount(column) || line > mostSectionLines)
        throw new TypeError('a section begins nowhere');
      return { offset: { line, column }, map: checkedMap(section['map']) };
    }),
  };
}

function checkedMap({ sources, names, mappings, sourceRoot }: JsonObject): EncodedSourceMap {
  if (typeof mappings !== 'string') throw new TypeError('its mappings are no text');
  if (!Array.isArray(sources) || sources.length > mostSources) throw new TypeError('its sources are no list');
  return {
    version: 3,
    mappings,
    sources: (sources as unknown[]).map((source) =>
      typeof source === 'string' && source !== '' && source.length <= longestMapText ? source : absent,
    ),
    names: Array.isArray(names) ? (names as unknown[]).map((name) => (typeof name === 'string' ? name : '')) : [],
    ...(typeof sourceRoot === 'string' && sourceRoot.length <= longestMapText && { sourceRoot }),
  };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
