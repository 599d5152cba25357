import type { Gap } from '../../gaps.ts';
import { asSlowpathError } from '../../errors.ts';
import { importProfile } from '../../profile/formats/index.ts';
import { fetchPprof } from './pprofHttp.ts';

/**
 * What Go tells over HTTP beside where it computes: what was allocated, and where goroutines waited, over the measured window (Go
 * subtracts what was before: `?seconds=N`, net/http/pprof); and which goroutines there are at its end.
 */
export const goKinds = ['heap', 'block', 'mutex', 'goroutine'] as const;
export type GoKind = (typeof goKinds)[number];

/** Of a profile's file, before its ending: `api.heap.pb.gz`. */
export function goKindOf(stem: string): GoKind | null {
  return goKinds.find((kind) => stem.endsWith(`.${kind}`)) ?? null;
}

/** Go records these only when the service asks it to. */
const switches: Readonly<Partial<Record<GoKind, string>>> = {
  block: 'runtime.SetBlockProfileRate(10_000)',
  mutex: 'runtime.SetMutexProfileFraction(100)',
};

export interface GoProfile {
  readonly kind: GoKind;
  /** The file's bytes, or why there are none. */
  readonly answer: Buffer | string;
}

/** Those of a window that begins now. */
export function fetchWindow(address: string, seconds: number, signal: AbortSignal): Promise<readonly GoProfile[]> {
  return fetchAll(['heap', 'block', 'mutex'], (kind) => `${address}/${kind}?seconds=${seconds}`, signal);
}

/** Those that tell of one moment. */
export function fetchMoment(address: string, signal: AbortSignal): Promise<readonly GoProfile[]> {
  return fetchAll(['goroutine'], (kind) => `${address}/${kind}`, signal);
}

function fetchAll(
  kinds: readonly GoKind[],
  urlOf: (kind: GoKind) => string,
  signal: AbortSignal,
): Promise<readonly GoProfile[]> {
  return Promise.all(kinds.map(async (kind) => ({ kind, answer: await fetchPprof(urlOf(kind), signal) })));
}

/** Null if the profile holds something; else what is missing and what would bring it. */
export function goProfileGap(target: string, { kind, answer }: GoProfile): Gap | null {
  const what = `${kind} profile of ${target}`;
  if (typeof answer === 'string') return { what, why: answer };
  try {
    if (importProfile(answer).samples.stack.length > 0) return null;
  } catch (error) {
    return { what, why: asSlowpathError(error).message };
  }
  const call = switches[kind];
  if (call === undefined) return { what, why: 'Go has sampled nothing in the measured window' };
  return { what, why: `it is empty: nothing waited, or the service does not record it; ${call} at its start does` };
}
