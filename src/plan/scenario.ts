/**
 * A scenario as it will be run: every unit resolved to a number, every `${…}` replaced, every default written out.
 * This is what the manifest of a run records.
 */
export interface Scenario {
  readonly name: string;
  /** Absolute path of the folder the plan stands in. */
  readonly workspaceFolder: string;
  readonly targets: readonly Target[];
  readonly load: Load;
  readonly collect: Collect;
  readonly slo: readonly Slo[];
}

export type Target = LaunchTarget | AttachTarget;

export interface LaunchTarget {
  readonly kind: 'launch';
  readonly name: string;
  readonly runtime: 'node';
  /** The Node binary: a path, or a name found on PATH. */
  readonly runtimeExecutable: string;
  /** Arguments before the script, e.g. `--import tsx`. */
  readonly runtimeArgs: readonly string[];
  /** The script, relative to `cwd`. */
  readonly command: string;
  readonly args: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** What the plan adds to the environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly ready: Ready | null;
}

export interface AttachTarget {
  readonly kind: 'attach';
  readonly name: string;
  readonly runtime: 'node';
  readonly via: { readonly pid: number } | { readonly inspector: string };
}

export type Ready =
  | { readonly kind: 'http'; readonly url: string; readonly timeoutUs: number }
  | { readonly kind: 'port'; readonly port: number; readonly timeoutUs: number }
  | { readonly kind: 'log'; readonly text: string; readonly timeoutUs: number };

export interface Load {
  readonly protocol: 'http';
  /** Base address, e.g. `http://127.0.0.1:3000`. */
  readonly url: string;
  readonly requests: readonly RequestTemplate[];
  readonly arrivals: Arrivals;
  readonly connections: number;
  readonly timeoutUs: number;
  readonly warmupUs: number;
  readonly durationUs: number;
  /** The plan's own word that a non-loopback address is meant; the person still confirms. */
  readonly allowRemote: boolean;
}

export interface RequestTemplate {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body's bytes as text; JSON values are serialised and get a `content-type`. */
  readonly body: string | null;
  readonly weight: number;
}

export type Arrivals =
  | { readonly model: 'constant'; readonly ratePerSecond: number }
  | { readonly model: 'poisson'; readonly ratePerSecond: number; readonly seed: number }
  | { readonly model: 'closed'; readonly concurrency: number };

export interface Collect {
  /** Sampling interval of the CPU profile, or null for none. */
  readonly cpuIntervalUs: number | null;
}

/** One service level objective, e.g. `p99.9 < 2 * p50`. `source` is the text as written. */
export interface Slo {
  readonly source: string;
  readonly metric: SloMetric;
  readonly comparison: '<' | '<=' | '>' | '>=';
  readonly bound: SloBound;
}

export type SloMetric =
  | { readonly kind: 'quantile'; readonly quantile: number }
  | { readonly kind: 'max' }
  | { readonly kind: 'mean' }
  | { readonly kind: 'errors' }
  | { readonly kind: 'rate' };

/** In µs for latencies, a share (0…1) for errors, requests per second for rates; or a factor of another metric. */
export type SloBound =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'multiple'; readonly factor: number; readonly metric: SloMetric };
