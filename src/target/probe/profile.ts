import { writeFileSync } from 'node:fs';
import type * as Inspector from 'node:inspector';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { rawProfilePrefix, type Hello, type ProfileState, type RawProfile } from '../wire.ts';
import { monotonicUs } from './clock.ts';

/** Loaded when first needed: a Node built without the inspector throws here, and only here. */
function inspector(): typeof Inspector {
  return createRequire(join(import.meta.dirname, 'preload.cjs'))('node:inspector') as typeof Inspector;
}

/** Closes the inspector's port. */
export function closeInspector(): void {
  inspector().close();
}

/** The CPU profile of the thread it is made in. `--cpu-prof` would lose it on signals; the inspector does not. */
export class ThreadProfiler {
  private session: Inspector.Session | undefined;
  private state: ProfileState | undefined;
  private startBefore = 0;
  private startAfter = 0;
  private readonly hello: Hello;

  constructor(hello: Hello) {
    this.hello = hello;
  }

  /**
   * Starts sampling; does nothing if it already runs. Takes 6–13 ms, hence done in the warm-up.
   *
   * @param warm the thread has been running: code that V8 optimised before is made anew (see `forgetOptimizedCode`).
   */
  start(state: ProfileState, warm: boolean): void {
    if (this.session) return;
    const session = new (inspector().Session)();
    session.connect();
    try {
      call(session, 'Profiler.enable');
      call(session, 'Profiler.setSamplingInterval', { interval: state.intervalUs });
      this.startBefore = monotonicUs();
      call(session, 'Profiler.start');
      this.startAfter = monotonicUs();
      if (warm) forgetOptimizedCode(session);
    } catch (error) {
      session.disconnect();
      throw error;
    }
    this.session = session;
    this.state = state;
  }

  /** Stops and writes the raw profile into the run folder, all synchronously: it also works while the process exits. */
  stop(): void {
    const { session, state, hello } = this;
    if (!session || !state) return;
    this.session = undefined;
    try {
      const stopBefore = monotonicUs();
      const result = call(session, 'Profiler.stop');
      const stopAfter = monotonicUs();
      const raw: RawProfile = {
        pid: hello.pid,
        tid: hello.tid,
        threadId: hello.threadId,
        name: hello.name,
        intervalUs: state.intervalUs,
        stampsUs: { startBefore: this.startBefore, startAfter: this.startAfter, stopBefore, stopAfter },
        scripts: mappedScripts(session),
        profile: typeof result === 'object' && result !== null ? Reflect.get(result, 'profile') : null,
      };
      writeFileSync(
        join(state.dir, `${rawProfilePrefix(hello.run)}${hello.pid}-${hello.threadId}.json`),
        JSON.stringify(raw),
      );
    } finally {
      session.disconnect();
    }
  }

  /** Stops without a profile. */
  discard(): void {
    this.session?.disconnect();
    this.session = undefined;
  }
}

/**
 * V8 keeps line numbers and inlined functions only for code it optimises while a profiler listens: what was hot before would be
 * shown as its caller, on a wrong line. Counting calls is the one command that throws all optimised code away (V8,
 * Coverage::SelectMode), so it is switched on and off; the code is optimised again within the warm-up.
 */
function forgetOptimizedCode(session: Inspector.Session): void {
  try {
    call(session, 'Profiler.startPreciseCoverage', { callCount: true, detailed: false });
    call(session, 'Profiler.stopPreciseCoverage');
  } catch {
    // The profile is coarser then, not wrong.
  }
}

/**
 * Scripts that name a source map, inline maps of loaders included. The debugger is enabled for a moment, after the load, and
 * no line of the program runs meanwhile.
 */
function mappedScripts(session: Inspector.Session): RawProfile['scripts'] {
  const scripts: RawProfile['scripts'][number][] = [];
  session.on('Debugger.scriptParsed', ({ params }) => {
    if (params.sourceMapURL)
      scripts.push({ scriptId: params.scriptId, url: params.url, sourceMapUrl: params.sourceMapURL });
  });
  try {
    call(session, 'Debugger.enable');
    call(session, 'Debugger.disable');
  } catch {
    // Without maps the profile still stands, in the lines of the generated code.
  }
  return scripts;
}

/** In-process inspector commands answer before `post` returns. */
function call(session: Inspector.Session, method: string, params: object = {}): unknown {
  const answer: { error: Error | null; result: unknown } = {
    error: new Error(`${method} did not answer`),
    result: null,
  };
  session.post(method, params, (error, result) => Object.assign(answer, { error, result }));
  if (answer.error) throw answer.error;
  return answer.result;
}
