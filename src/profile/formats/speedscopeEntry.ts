import type { ProfileUnit } from '../tables.ts';
import { isFiniteNumber, isObject, malformed, type JsonObject } from './fields.ts';
import { unitScale } from './units.ts';

/** One of the file's profiles; `where` names it in an error. */
export interface SpeedscopeEntry {
  readonly raw: JsonObject;
  readonly where: string;
  readonly name: string;
  readonly unitName: string;
  readonly unit: ProfileUnit;
  /** From the entry's unit to that of the tables. */
  readonly factor: number;
}

/** Takes a stretch of an entry's time, or an amount, during which the stack stayed. */
export type TakeSample = (start: number, weight: number, stack: number) => void;

/** @throws FORMAT_MALFORMED */
export function readEntry(raw: unknown, index: number): SpeedscopeEntry {
  const where = `profiles[${index}]`;
  if (!isObject(raw)) throw malformed(`${where} is not a profile`);
  const unitName = typeof raw['unit'] === 'string' ? raw['unit'] : 'none';
  const { unit, factor } = unitScale(unitName);
  return { raw, where, name: typeof raw['name'] === 'string' ? raw['name'] : '', unitName, unit, factor };
}

/** Beyond it, a double tells neighbours apart no longer. */
const mostTime = 2 ** 53;

/** A moment or an amount in an entry's own unit. @throws FORMAT_MALFORMED */
export function timeIn(value: unknown, where: string): number {
  if (!isFiniteNumber(value) || Math.abs(value) > mostTime) throw malformed(`${where} is not a time`);
  return value;
}
