import type { ProfileBuilder } from '../builder.ts';
import { Int32Column } from '../columns.ts';
import { isObject, malformed } from './fields.ts';
import { isList } from './jsonPieces.ts';
import { timeIn, type SpeedscopeEntry, type TakeSample } from './speedscopeEntry.ts';

/**
 * An evented profile: functions are entered (O) and left (C) in order of time, each inside the one before it. What is
 * still open at the end lasts until `endValue`. @returns what it covers, in its own unit.
 */
export function readEvents(
  { raw, where }: SpeedscopeEntry,
  frames: Int32Array,
  builder: ProfileBuilder,
  take: TakeSample,
): { start: number; end: number } {
  const { events } = raw;
  if (!isList(events)) throw malformed(`${where}.events is not a list`);
  const start = timeIn(raw['startValue'] ?? 0, `${where}.startValue`);
  const open = new Int32Column();
  let last = start;
  const advance = (to: number): void => {
    if (open.length > 0 && to > last) take(last, to - last, open.at(open.length - 1));
    last = Math.max(last, to);
  };
  let row = -1;
  for (const event of events) {
    row++;
    const place = `${where}.events[${row}]`;
    if (!isObject(event)) throw malformed(`${place} is not an event`);
    const at = timeIn(event['at'], `${place}.at`);
    if (row === 0) last = Math.min(last, at);
    if (at < last) throw malformed(`${place} is earlier than the one before`);
    const frame = typeof event['frame'] === 'number' ? frames[event['frame']] : undefined;
    if (frame === undefined) throw malformed(`${place} names a frame that is not in the file`);
    advance(at);
    const top = open.length > 0 ? open.at(open.length - 1) : -1;
    if (event['type'] === 'O') {
      open.push(builder.stack(top, frame));
    } else if (event['type'] === 'C') {
      if (top < 0 || builder.frameOf(top) !== frame) throw malformed(`${place} leaves a function that is not on top`);
      open.truncate(open.length - 1);
    } else throw malformed(`${place}.type is neither O nor C`);
  }
  if (raw['endValue'] !== undefined) advance(timeIn(raw['endValue'], `${where}.endValue`));
  return { start, end: last };
}
