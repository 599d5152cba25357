import { resolve } from 'node:path';
import { SlowpathError } from '../errors.ts';
import { shapes, type PlannedCell, type Shape } from './matrix.ts';
import { Filler } from './placeholders.ts';
import { locatorOf } from './read.ts';
import { chosenScenario, type ResolveOptions } from './resolve.ts';
import type { Plan, PlanScenario } from './schema.ts';
import { limits } from './schemaLimits.ts';
import { checkedDuration } from './schemaUnits.ts';
import { quoted } from './visible.ts';

/** What a person asked for in place of the plan; undefined: as it says. */
export interface AskedMatrix {
  readonly shapes: readonly Shape[] | undefined;
  /** Of `many`; null is the plan's load. */
  readonly clients: readonly (number | null)[] | undefined;
  /** Of all but the soak. */
  readonly durationUs: number | undefined;
  readonly soakUs: number | undefined;
}

const defaultSoak = '10m';

/**
 * The cells of a scenario's matrix in order. Without a `matrix` in the plan: all shapes, the chain where there are several targets.
 *
 * @throws SlowpathError PLAN_UNKNOWN_SCENARIO, PLAN_INVALID (at the place in the plan), USAGE for a chain of one target
 */
export function resolveMatrix(plan: Plan, options: ResolveOptions, asked: AskedMatrix): PlannedCell[] {
  const [name, written] = chosenScenario(plan, options);
  const around = {
    ports: new Map<string, number>(),
    env: options.env,
    workspaceFolder: resolve(options.workspaceFolder),
  };
  const fill = new Filler(locatorOf(plan, options.file), around);
  const path = ['scenarios', name];
  const durationAt = (text: string, at: readonly string[]): number =>
    fill.at([...path, ...at], () => checkedDuration(fill.text(text, [...path, ...at]), limits.duration));
  const { matrix } = written;
  const count = Object.keys(written.targets).length;
  const wanted = asked.shapes ?? shapesOf(matrix, count);
  if (wanted.includes('chain') && count < 2) {
    throw new SlowpathError(
      'USAGE',
      `Scenario ${quoted(name)} has ${count === 0 ? 'no target' : 'one target'}; a chain takes two or more: leave the shape "chain" out.`,
    );
  }
  const usual = (shape: 'single' | 'many' | 'chain'): number => {
    const own = matrix?.[shape]?.duration;
    if (asked.durationUs !== undefined) return asked.durationUs;
    return own === undefined
      ? durationAt(written.load.duration, ['load', 'duration'])
      : durationAt(own, ['matrix', shape, 'duration']);
  };
  const many = (matrix?.many?.clients ?? ['plan']).map((each) => (each === 'plan' ? null : each));
  const cells: Readonly<Record<Shape, () => PlannedCell[]>> = {
    single: () => [{ shape: 'single', clients: 1, durationUs: usual('single') }],
    many: () => (asked.clients ?? many).map((clients) => ({ shape: 'many', clients, durationUs: usual('many') })),
    chain: () => [{ shape: 'chain', clients: null, durationUs: usual('chain') }],
    soak: () => {
      const long = matrix?.soak?.duration ?? defaultSoak;
      return [
        { shape: 'soak', clients: null, durationUs: asked.soakUs ?? durationAt(long, ['matrix', 'soak', 'duration']) },
      ];
    },
  };
  return shapes.filter((shape) => wanted.includes(shape)).flatMap((shape) => cells[shape]());
}

function shapesOf(matrix: PlanScenario['matrix'], targets: number): readonly Shape[] {
  if (matrix === undefined || Object.keys(matrix).length === 0)
    return shapes.filter((shape) => shape !== 'chain' || targets >= 2);
  return shapes.filter((shape) => matrix[shape] !== undefined);
}
