import { readdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DisposableStore } from '../disposables.ts';
import { asSlowpathError, SlowpathError } from '../errors.ts';
import type { Scenario } from '../plan/scenario.ts';
import { clockJumpUs, clockOffsetUs, monotonicUs } from './clock.ts';
import { createRunFolder, prepareRunsDir } from './folder.ts';
import { gitFacts } from './git.ts';
import { hostFacts } from './host.ts';
import { acquireLock } from './lock.ts';
import { MANIFEST_FILE, ManifestFile } from './manifestFile.ts';
import type { MeasureEvent } from './measureEvent.ts';
import { Measurement, type Rooms } from './measurement.ts';
import type { Manifest } from './model.ts';
import { knownOverhead } from './overheadFile.ts';
import { redactScenario } from './redact.ts';
import { RUN_FORMAT } from './upgrade.ts';
import { isWriteFailure, writeFailed } from './writeErrors.ts';

export interface MeasureOptions {
  /** Where the run's folder is made, usually `<workspace>/.slowpath/runs`. */
  readonly runsDir: string;
  /** Aborting ends the run early; what was recorded is kept and marked `cancelled`. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: MeasureEvent) => void;
  /** How targets and load are started; the real ones unless given. */
  readonly rooms?: Partial<Rooms>;
}

/**
 * Measures one scenario from start to stored record and returns the run's folder. Whatever happens, everything that was
 * started is stopped, and the folder tells how far it came: `complete`, `cancelled`, `failed` with the reason, or, if this
 * process is killed, `running` with nobody running it, which opens as `incomplete`.
 *
 * @throws SlowpathError TARGET_*, LOAD_FAILED (the folder then says `failed`), RUN_BUSY, RUN_WRITE_FAILED, CANCELLED (before
 *   there was a folder)
 */
export async function measure(scenario: Scenario, options: MeasureOptions): Promise<string> {
  const { runsDir, signal, onEvent } = options;
  if (signal.aborted) throw new SlowpathError('CANCELLED', 'Cancelled.');
  const startedAt = new Date();
  await prepareRunsDir(runsDir);
  const { id, dir } = await createRunFolder(runsDir, scenario.name, startedAt);
  const owned = new DisposableStore();
  try {
    owned.add(await acquireLock(runsDir, id));
    const manifest = await ManifestFile.create(dir, await firstManifest(id, scenario, startedAt));
    onEvent({ type: 'created', id, dir });
    await record(scenario, manifest, dir, options);
    return dir;
  } catch (error) {
    // Removes it only while it is empty: nothing was recorded.
    await rmdir(dir).catch(() => undefined);
    throw isWriteFailure(error) ? writeFailed(dir, error, await keptFiles(dir)) : asSlowpathError(error);
  } finally {
    await owned.dispose();
  }
}

/** Measures into the folder; once this settles nothing of the run is left running. */
async function record(scenario: Scenario, manifest: ManifestFile, dir: string, options: MeasureOptions): Promise<void> {
  const { clockOffsetUs: offset } = manifest.current;
  const begunUs = monotonicUs();
  const git = gitFacts(scenario.workspaceFolder);
  const measurement = new Measurement(scenario, dir, manifest, options);
  let failure: SlowpathError | null = null;
  try {
    await measurement.run();
  } catch (error) {
    failure = isWriteFailure(error) ? writeFailed(dir, error) : asSlowpathError(error);
  }
  await measurement.dispose();

  // The load may also have been cancelled on its own (a signal to the whole process group): it is partial all the same.
  const partial = measurement.load?.cancelled;
  const cancelled = options.signal.aborted ? partial !== false : partial === true && failure === null;
  const endOffset = clockOffsetUs();
  const jump = clockJumpUs(offset.start, endOffset, monotonicUs() - begunUs);
  if (jump !== null) {
    measurement.gap(
      'wall clock',
      `it was set by ${(jump / 1e6).toFixed(3)} s during the run; times of day are only near`,
    );
  }
  if (cancelled) failure = null;
  const outcome = await measurement.outcome();
  const files = await keptFiles(dir);
  await manifest.finish({
    ...outcome,
    overhead: await knownOverhead(options.runsDir, { ...manifest.current, ...outcome }),
    git: await git,
    state: cancelled ? 'cancelled' : failure ? 'failed' : 'complete',
    error: failure && { code: failure.code, message: failure.message },
    clockOffsetUs: { start: offset.start, end: endOffset },
    files,
    sizes: await sizesOf(dir, files),
  });
  if (failure) throw failure;
}

async function firstManifest(id: string, scenario: Scenario, startedAt: Date): Promise<Manifest> {
  return {
    format: RUN_FORMAT,
    id,
    state: 'running',
    error: null,
    scenario: redactScenario(scenario),
    startedAt: startedAt.toISOString(),
    window: null,
    git: null,
    host: await hostFacts([]),
    targets: [],
    clockOffsetUs: { start: clockOffsetUs(), end: null },
    verdict: null,
    summary: null,
    counters: {},
    collectors: [],
    overhead: null,
    gaps: [],
    files: [],
  };
}

/** What stands in the folder, drafts and the like left out. */
async function keptFiles(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch(() => []);
  return names.filter((name) => !name.startsWith('.') && !name.endsWith('.tmp')).sort();
}

/** So that a file that is cut later can be told. The manifest itself is written last. */
async function sizesOf(dir: string, files: readonly string[]): Promise<Record<string, number>> {
  const sizes: Record<string, number> = {};
  for (const name of files.filter((each) => each !== MANIFEST_FILE)) {
    const facts = await stat(join(dir, name)).catch(() => null);
    if (facts?.isFile()) sizes[name] = facts.size;
  }
  return sizes;
}
