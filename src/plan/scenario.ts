import type { Protocol } from './protocols.ts';

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

/** What runs a target: decides how it is started and what can look into it. */
export type Runtime = 'node' | 'native' | 'go' | 'python';

export interface LaunchTarget {
  readonly kind: 'launch';
  readonly name: string;
  readonly runtime: Runtime;
  /** The Node or Python binary: a path, or a name found on PATH. Null where `command` is itself the executable. */
  readonly runtimeExecutable: string | null;
  /** Arguments before the script, e.g. `--import tsx`. */
  readonly runtimeArgs: readonly string[];
  /** The script or executable, relative to `cwd`; an executable's bare name is found on PATH. */
  readonly command: string;
  readonly args: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** What the plan adds to the environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Run one after the other before the target starts. */
  readonly build: readonly BuildStep[];
  /** Where Go's `net/http/pprof` answers, without a trailing slash. */
  readonly pprof: string | null;
  readonly ready: Ready | null;
}

export interface BuildStep {
  readonly command: string;
  readonly args: readonly string[];
  /** Absolute. */
  readonly cwd: string;
}

export interface AttachTarget {
  readonly kind: 'attach';
  readonly name: string;
  readonly runtime: Runtime;
  /** As in LaunchTarget. */
  readonly pprof: string | null;
  readonly via: { readonly pid: number } | { readonly inspector: string };
}

export type Ready =
  | { readonly kind: 'http'; readonly url: string; readonly timeoutUs: number }
  /** The service to ask for is the address' path; none: the server as a whole. */
  | { readonly kind: 'grpc'; readonly url: string; readonly timeoutUs: number }
  | { readonly kind: 'port'; readonly port: number; readonly timeoutUs: number }
  | { readonly kind: 'log'; readonly text: string; readonly timeoutUs: number };

export interface Load {
  readonly protocol: Protocol;
  /** Base address, e.g. `http://127.0.0.1:3000`; its scheme says whether TLS is spoken. */
  readonly url: string;
  /** Absolute path of the Unix socket to connect to instead of the address, or null. */
  readonly socket: string | null;
  /** null where the address speaks no TLS. */
  readonly tls: Tls | null;
  readonly requests: readonly RequestTemplate[];
  /** Data files by their names in templates; absolute paths. */
  readonly data: Readonly<Record<string, string>>;
  readonly arrivals: Arrivals;
  readonly connections: number;
  /** Requests at a time on one connection; 1 where the protocol has no streams. */
  readonly streams: number;
  /** Generator processes that share the load. */
  readonly processes: number;
  /** TCP alone; null elsewhere. */
  readonly framing: Framing | null;
  /** UDP alone; null elsewhere. */
  readonly sequence: 'header' | 'none' | null;
  /** gRPC alone; null elsewhere. */
  readonly grpc: Grpc | null;
  /** WebSocket alone; null elsewhere. */
  readonly webSocket: WebSocketOptions | null;
  /** Whether requests carry a W3C trace context of their own. */
  readonly traceparent: boolean;
  readonly timeoutUs: number;
  readonly warmupUs: number;
  readonly durationUs: number;
  /** The plan's own word that a non-loopback address is meant; the person still confirms. */
  readonly allowRemote: boolean;
}

/** Files are absolute paths of PEM files; null where the plan names none. */
export interface Tls {
  readonly ca: string | null;
  readonly cert: string | null;
  readonly key: string | null;
  readonly serverName: string | null;
  readonly verify: boolean;
}

/** Where a TCP message ends. */
export type Framing =
  | { readonly kind: 'delimiter'; readonly delimiter: string }
  | {
      readonly kind: 'length';
      readonly bytes: 1 | 2 | 4 | 8;
      readonly endian: 'big' | 'little';
      readonly includesItself: boolean;
    }
  | { readonly kind: 'fixed'; readonly bytes: number }
  | { readonly kind: 'close' };

export interface Grpc {
  /** Absolute paths; empty: the server is asked by reflection. */
  readonly proto: readonly string[];
  readonly includeDirs: readonly string[];
  readonly client: 'lean' | 'grpc-js';
  /** Of each call, told to the server; null for none. */
  readonly deadlineUs: number | null;
}

export interface WebSocketOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly subprotocol: string | null;
  readonly unasked: 'ignore' | 'fail';
}

/**
 * One kind of request, whatever the protocol. Texts may hold templates (templateText.ts).
 * HTTP uses all fields; gRPC `path` (`/pkg.Service/Method`), `headers` (metadata) and `body` (a JSON list of messages); TCP, UDP
 * and WebSocket `body` alone (the payload).
 */
export interface RequestTemplate {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Text (JSON values are serialised and get a `content-type`), bytes as base64, or how many random bytes to send. */
  readonly body: string | null;
  readonly bodyEncoding: 'utf8' | 'base64' | 'random';
  readonly weight: number;
  readonly check: AnswerCheck | null;
}

/** What makes an answer good. Absent parts are not looked at. */
export interface AnswerCheck {
  readonly status: readonly number[] | null;
  readonly bodyHolds: string | null;
  /** A regular expression, flag u. */
  readonly bodyMatches: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly echo: boolean;
}

export type Arrivals =
  | { readonly model: 'constant'; readonly ratePerSecond: number }
  | { readonly model: 'poisson'; readonly ratePerSecond: number; readonly seed: number }
  | { readonly model: 'closed'; readonly concurrency: number }
  | {
      readonly model: 'step';
      readonly ratesPerSecond: readonly number[];
      readonly holdUs: number;
      readonly spacing: Spacing;
      readonly seed: number;
    }
  | {
      readonly model: 'ramp';
      readonly fromPerSecond: number;
      readonly toPerSecond: number;
      readonly spacing: Spacing;
      readonly seed: number;
    };
/** Whether the load is the same all the time: no steps, no ramp. */
export function isEven({ model }: Arrivals): boolean {
  return model !== 'step' && model !== 'ramp';
}

export type Spacing = 'poisson' | 'constant';

export interface Collect {
  /** Sampling interval of the CPU profile, or null for none. */
  readonly cpuIntervalUs: number | null;
  /**
   * What takes the CPU profile; `auto` takes what suits each target. `none`: nothing goes into the targets, no probe either; they
   * run as they would unwatched, and only what can be seen from outside is recorded.
   */
  readonly with: CollectorChoice;
  /**
   * How `perf` walks stacks: by frame pointers, by DWARF from copies of the stack, or by the CPU's record of branches. `auto`: by
   * frame pointers, but a Python built without them by DWARF.
   */
  readonly callGraph: CallGraph;
}

export type CollectorChoice = 'auto' | 'inspector' | '0x' | 'perf' | 'pprof' | 'py-spy' | 'none';
export type CallGraph = 'auto' | 'fp' | 'dwarf' | 'lbr';

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
