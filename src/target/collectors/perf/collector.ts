import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asSlowpathError, SlowpathError } from '../../../errors.ts';
import type { Gap } from '../../../gaps.ts';
import type { CallGraph, Target } from '../../../plan/scenario.ts';
import { PERF_TEXT_SUFFIX } from '../../../profile/perfText.ts';
import { findExecutable } from '../../command.ts';
import { CpuMeter } from '../../cpuMeter.ts';
import { userEnvironment } from '../../environment.ts';
import { startTimeOf } from '../../processTree.ts';
import { safeName } from '../../profileFiles.ts';
import type { Candidate, Collector, ProfiledProcess, ProfileSession, TakenProfile } from '../collector.ts';
import { missingOf, noSamplesOf } from '../dueSamples.ts';
import { blindSpots, kernelAccess, refusalOf, seesKernel } from './access.ts';
import { noRoom, uncounted } from './losses.ts';
import { removeNameMaps } from './nameMaps.ts';
import { pythonEnvironment, pythonSupport } from './pythonSupport.ts';
import { PerfRecording } from './recording.ts';
import { gapsOf } from './scriptGaps.ts';
import { writePerfText, type Written } from './scriptFile.ts';

/** Why perf can profile nothing here, as the end of a sentence with what would change it; null if it can. */
export async function whyNoPerf(): Promise<string | null> {
  if (process.platform !== 'linux') return `there is none for ${process.platform}; measure on Linux`;
  if ((await findTool('perf')) === null)
    return 'it is not on PATH; install it (linux-perf on Debian, linux-tools on Ubuntu, perf on Fedora and Arch)';
  return refusalOf(kernelAccess());
}

/** Linux perf: any process, kernel included, on the run's clock. */
export const perfCollector: Collector = {
  type: 'perf',
  label: 'perf',
  blindSpots: [
    'time off the CPU (waiting for locks, disks and peers takes no sample)',
    'callers of code built without frame pointers, unless stacks are walked by DWARF',
  ],
  async canApplyTo({ spec, python }) {
    const refusal = await whyNoPerf();
    if (refusal !== null) return refusal;
    if (spec.runtime === 'python') return pythonSupport(spec, python);
    return spec.kind === 'attach' && !('pid' in spec.via) ? 'it needs the process id; write "pid" in the plan' : null;
  },
  prepared(spec) {
    if (spec.runtime === 'python') {
      return { ...spec, env: { ...pythonEnvironment, ...spec.env } };
    }
    if (spec.runtime !== 'node') return spec;
    return { ...spec, runtimeArgs: [...namesToPerf, ...spec.runtimeArgs] };
  },
  async start(target) {
    const pids = target.pids();
    if (pids.length === 0) throw ended(target);
    const perf = (await findTool('perf')) ?? 'perf';
    const folder = await mkdtemp(join(target.dir, '.perf-'));
    const dataFile = join(folder, 'perf.data');
    try {
      const recording = await PerfRecording.start({
        perf,
        folder,
        dataFile,
        pids,
        intervalUs: target.intervalUs,
        callGraph: callGraphOf(target),
      });
      // perf finds processes by their ids and follows what it has found: whoever got the id before is not to be profiled for the target.
      if (startTimeOf(target.pid) !== null && !target.pids().includes(target.pid)) {
        await recording.stop();
        throw ended(target);
      }
      return new PerfSession(target, recording, { perf, folder, dataFile });
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  },
};

function ended({ spec }: ProfiledProcess): SlowpathError {
  return new SlowpathError(
    'TARGET_PROFILE_FAILED',
    `Target "${spec.name}" had ended before its profile began, and its process id may be another's by now.`,
  );
}

/**
 * V8 then tells perf the names and places of the functions it compiles, and keeps interpreted ones on the stack. It would fill the target's
 * folder with a log for each isolate besides.
 */
const namesToPerf = [
  ...['--perf-basic-prof', '--interpreted-frames-native-stack'],
  ...['--no-logfile-per-isolate', '--logfile=/dev/null'],
] as const;

/** Languages whose functions perf knows by what their runtime tells it, and which collector knows their lines. */
const interpreted: Readonly<Partial<Record<Target['runtime'], { readonly name: string; readonly withLines: string }>>> =
  {
    node: { name: 'JavaScript', withLines: 'inspector' },
    python: { name: 'Python', withLines: 'py-spy' },
  };

interface Files {
  readonly perf: string;
  /** Everything perf writes, removed at the end. */
  readonly folder: string;
  readonly dataFile: string;
}

class PerfSession implements ProfileSession {
  private readonly target: ProfiledProcess;
  private readonly recording: PerfRecording;
  private readonly files: Files;
  /** Processes seen so far, and whose code their samples lay in. */
  private readonly pids = new Set<number>();
  private objects: readonly string[] = [];
  private readonly cpu: CpuMeter;

  constructor(target: ProfiledProcess, recording: PerfRecording, files: Files) {
    this.target = target;
    this.recording = recording;
    this.files = files;
    this.notePids();
    this.cpu = new CpuMeter(target.pid, this.pids, seesKernel(kernelAccess()) ? 'all' : 'user');
  }

  status(): 'recording' | 'stopped' {
    return this.recording.isRunning ? 'recording' : 'stopped';
  }

  measuring(): void {
    // Every sample has its time: the window is cut out afterwards.
  }

  async stop(): Promise<TakenProfile> {
    const { name } = this.target.spec;
    const gaps: Gap[] = [...blindSpots(kernelAccess(), name)];
    try {
      return { ...(await this.take(gaps)), gaps };
    } catch (error) {
      gaps.push({ what: `CPU profile of ${name}`, why: asSlowpathError(error).message });
      return { files: [], gaps };
    }
  }

  async dispose(): Promise<void> {
    await this.recording.stop();
    await rm(this.files.folder, { recursive: true, force: true });
    // What goes on running may be profiled by others.
    if (this.target.spec.kind === 'launch') await removeNameMaps(this.pids, this.objects);
  }

  private notePids(): void {
    for (const pid of this.target.pids()) this.pids.add(pid);
  }

  /** What runs a program tells perf its functions and nothing else; and CPython’s code has no tables to unwind by. */
  private interpretedGaps(): readonly Gap[] {
    const { spec, python } = this.target;
    const language = interpreted[spec.runtime];
    if (!language) return [];
    const lines: Gap = {
      what: `lines inside ${language.name} functions of ${spec.name}`,
      why: `perf is told functions only, so that each one’s time stands at its head; "with": "${language.withLines}" in "collect" tells lines`,
    };
    if (spec.runtime !== 'python' || callGraphOf(this.target) !== 'dwarf') return [lines];
    const version = python ? `Python ${python.version}` : 'the interpreter';
    const callers: Gap = {
      what: `callers of Python functions of ${spec.name}`,
      why: `${version} was built without frame pointers; one built with -fno-omit-frame-pointer shows whole stacks`,
    };
    return [lines, callers];
  }

  private async take(gaps: Gap[]): Promise<Omit<TakenProfile, 'gaps'>> {
    const { spec, pid, dir, intervalUs } = this.target;
    const { perf, folder, dataFile } = this.files;
    this.notePids();
    const cpuUs = this.cpu.usedUs(this.pids);
    const { endUs, problem } = await this.recording.finish();
    if (problem !== null) gaps.push({ what: `part of the CPU profile of ${spec.name}`, why: problem });
    const file = `${safeName(spec.name)}${PERF_TEXT_SUFFIX}`;
    const addr2line = (await findTool('llvm-addr2line')) ?? (await findTool('addr2line'));
    const written = await writePerfText({
      perf,
      dataFile,
      rawFile: join(folder, 'perf.txt'),
      textFile: join(dir, file),
      addr2line,
      head: { format: 1, target: spec.name, pid, intervalUs, startUs: this.recording.startUs, endUs },
    });
    this.objects = written.objects;
    const taking = {
      samples: written.samples,
      // Of cycles nobody knows how many were due.
      sampledUs: callGraphOf(this.target) === 'lbr' ? 0 : written.periods / 1000,
      lost: written.lost,
      cpuUs,
      intervalUs,
    };
    // What was cut off is told as that.
    const missing =
      problem === null && !written.cut ? missingOf(spec.name, taking, uncounted(callGraphOf(this.target))) : null;
    if (missing) gaps.push(missing.gap);
    const told: Written = missing ? { ...written, lost: 0 } : written;
    gaps.push(...gapsOf(told, spec.name, addr2line !== null), ...this.interpretedGaps());
    if (written.samples === 0) {
      await rm(join(dir, file), { force: true });
      const { why, lost } = noSamplesOf(taking, noRoom(callGraphOf(this.target)));
      gaps.push({ what: `CPU profile of ${spec.name}`, why: written.problem ?? why });
      return { files: [], counts: { samples: 0, lost } };
    }
    return { files: [file], counts: { samples: written.samples, lost: missing?.lost ?? written.lost } };
  }
}

/** The plan's, or what suits: code is built with frame pointers by who wants it seen, Python by few. */
function callGraphOf({ spec, collect, python }: Candidate): Exclude<CallGraph, 'auto'> {
  if (collect.callGraph !== 'auto') return collect.callGraph;
  return spec.runtime === 'python' && python?.framePointers !== true ? 'dwarf' : 'fp';
}

function findTool(name: string): Promise<string | null> {
  return findExecutable(name, process.cwd(), userEnvironment(process.env));
}
