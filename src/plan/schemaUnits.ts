/** The leaves of the plan's schema that carry a unit: durations, rates, whole numbers, objectives. */
import * as z from 'zod/mini';
import { SlowpathError } from '../errors.ts';
import { addFault, documented, exampleOf, hasPlaceholder, type Doc, type FaultContext } from './schemaParts.ts';
import { readSlo } from './slo.ts';
import { parseDuration, parseRate } from './units.ts';
import { quoted } from './visible.ts';

const durationPattern = /^(\d+(\.\d+)?(ns|us|µs|μs|ms|s|m|h))+$|\$\{/;
const ratePattern = /^\d+(\.\d+)?[kM]?\/(ms|s|min|m|h)$|\$\{/;
const integerPattern = /^\d+$|\$\{/;

interface DurationLimits {
  readonly leastUs: number;
  readonly mostUs?: number;
}

/** @param otherwise what may stand there instead, as the end of a sentence: `, or "off"`. */
export function duration(limits: DurationLimits, doc: Doc, otherwise = ''): z.ZodMiniString {
  return documented(
    z
      .string({
        error: ({ input }) =>
          typeof input === 'number' && input >= 0
            ? `a duration is a text with its unit; write ${quoted(`${input}s`)} or ${quoted(`${input}ms`)}`
            : undefined,
      })
      .check(
        z.superRefine((value, context) => {
          if (!hasPlaceholder(value))
            report(context, value, durationPattern, () => checkedDuration(value, limits), otherwise);
        }),
      ),
    {
      pattern: durationPattern.source,
      patternErrorMessage: 'Write a number and a unit: "250us", "1.5ms", "15s", "1m30s".',
      ...doc,
    },
  );
}

/** µs. Also used on texts whose placeholders have been filled in. */
export function checkedDuration(value: string, limits: DurationLimits): number {
  const us = parseDuration(value);
  if (us < limits.leastUs) throw invalid(`${quoted(value)} is too short; write at least "${shortest(limits.leastUs)}"`);
  if (limits.mostUs !== undefined && us > limits.mostUs) {
    throw invalid(`${quoted(value)} is too long; write at most "${shortest(limits.mostUs)}"`);
  }
  return us;
}

function shortest(us: number): string {
  if (us >= 1e6) return `${us / 1e6}s`;
  return us >= 1e3 ? `${us / 1e3}ms` : `${us}us`;
}

export function rate(doc: Doc): z.ZodMiniUnion<readonly [z.ZodMiniNumber, z.ZodMiniString]> {
  const schema = z
    .union([z.number(), z.string()], {
      error: ({ input }) =>
        input === undefined
          ? undefined
          : 'a rate is a number a second or a text with its unit; write 500, "500/s" or "30k/min"',
    })
    .check(
      z.superRefine((value, context) => {
        if (typeof value === 'number' || !hasPlaceholder(value))
          report(context, value, ratePattern, () => parseRate(value));
      }),
    );
  return documented(schema, {
    pattern: ratePattern.source,
    patternErrorMessage: 'Write a number a second, 500, or a text with its unit: "500/s", "30k/min".',
    exclusiveMinimum: 0,
    ...doc,
  });
}

export function objective(doc: Doc): z.ZodMiniString {
  return documented(
    z.string().check(
      z.superRefine((value, context) => {
        const result = hasPlaceholder(value) ? null : readSlo(value);
        if (result && 'fault' in result)
          addFault(context, value, result.fault.message, { column: result.fault.column });
      }),
    ),
    doc,
  );
}

/** A whole number, or a text with a `${…}` that comes to one. */
export function numberOrPlaceholder(
  least: number,
  most: number,
  doc: Doc,
): z.ZodMiniUnion<readonly [z.ZodMiniNumber, z.ZodMiniString]> {
  const schema = z
    .union([z.number(), z.string()], {
      error: ({ input }) =>
        input === undefined
          ? undefined
          : `this must be a whole number or a text with a placeholder; write ${exampleOf(doc)}`,
    })
    .check(
      z.superRefine((value, context) => {
        if (typeof value === 'number' || !hasPlaceholder(value))
          report(context, value, integerPattern, () => checkedInteger(value, least, most));
      }),
    );
  return documented(schema, {
    minimum: least,
    maximum: most,
    pattern: integerPattern.source,
    patternErrorMessage: 'Write a whole number.',
    ...doc,
  });
}

export function checkedInteger(value: number | string, least: number, most: number): number {
  const number = typeof value === 'number' ? value : /^\d{1,16}$/.test(value) ? Number(value) : NaN;
  if (!Number.isInteger(number))
    throw invalid(
      `${typeof value === 'number' ? value : quoted(value)} is not a whole number; write one from ${least} to ${most}`,
    );
  if (number < least || number > most)
    throw invalid(`${number} is out of range; write a number from ${least} to ${most}`);
  return number;
}

/** Runs a parser that throws what is wrong, and reports that. */
function report(
  context: FaultContext,
  value: number | string,
  pattern: RegExp,
  parse: () => unknown,
  otherwise = '',
): void {
  try {
    parse();
  } catch (error) {
    const inSchema = typeof value === 'string' && !pattern.test(value);
    const message = error instanceof SlowpathError ? error.message : String(error);
    addFault(context, value, message + otherwise, { inSchema });
  }
}

function invalid(message: string): SlowpathError {
  return new SlowpathError('PLAN_INVALID', message);
}
