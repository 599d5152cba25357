import { mostStealShare } from '../load/verdict.ts';
import { formatShare } from '../plan/units.ts';
import { visible } from '../plan/visible.ts';
import type { Examination } from '../run/doctor.ts';
import type { DoctorLine } from './doctorLine.ts';

/** The load keeps one core busy and the service wants one; a third is for everything else. */
const enoughCores = 3;
/** Runnable tasks a core, before anything was measured. */
const quietLoad = 0.25;
/** Read by a process itself, without a system call (vDSO), on x86, Arm and their virtual machines. */
const quickClocks = new Set(['tsc', 'kvm-clock', 'hyperv_clocksource_tsc_page', 'arch_sys_counter']);

/** How the machine is set and what happened on it meanwhile, as lines. */
export function factLines(examination: Examination): readonly DoctorLine[] {
  return [
    coresLine(examination),
    limitLine(examination),
    stealLine(examination),
    swapLine(examination),
    loadLine(examination),
    governorLine(examination),
    clockLine(examination),
    perfLine(examination),
  ];
}

function coresLine({ facts: { usableCores } }: Examination): DoctorLine {
  const meaning =
    usableCores >= enoughCores
      ? 'The load has a core of its own and the service has the others.'
      : usableCores === 2
        ? 'The load takes one core: a service of several threads is held back, and all other work disturbs one of the two.'
        : 'The load and the service take turns on one core, so each waits for the other.';
  const mark = usableCores >= enoughCores ? 'good' : 'limit';
  return { id: 'cores', mark, label: 'cores', figure: String(usableCores), meaning };
}

function limitLine({ facts: { cpuLimit }, figures: { throttledPeriods } }: Examination): DoctorLine {
  const common = { id: 'limit', label: 'CPU limit' };
  const limit = cpuLimit === null ? 'none seen' : `${Number(cpuLimit.toPrecision(3))} cores`;
  if (throttledPeriods !== null && throttledPeriods > 0) {
    const figure = `${limit}, throttled ${throttledPeriods} times`;
    const meaning =
      'The kernel stops this cgroup when its time is used up, which shows as latency; raise its CPU limit.';
    return { ...common, mark: 'invalid', figure, meaning };
  }
  if (cpuLimit === null)
    return { ...common, mark: 'good', figure: limit, meaning: 'Nothing stops the load in the middle.' };
  const meaning = 'It was not reached now; a busier load may be stopped by it, and the run then says so.';
  return { ...common, mark: 'limit', figure: `${limit}, not throttled`, meaning };
}

function stealLine({ figures: { stealShare } }: Examination): DoctorLine {
  const common = { id: 'steal', label: 'steal' };
  if (stealShare === null) {
    const meaning = 'This system does not tell what a hypervisor takes; gaps and tails may be its doing.';
    return { ...common, mark: 'limit', figure: '–', meaning };
  }
  const figure = formatShare(stealShare);
  if (stealShare > mostStealShare) {
    const meaning = `The hypervisor gives more than ${formatShare(mostStealShare)} of the CPU time to others; measure on another host, or at another time.`;
    return { ...common, mark: 'invalid', figure, meaning };
  }
  return { ...common, mark: 'good', figure, meaning: 'The hypervisor, if there is one, leaves the cores alone.' };
}

function swapLine({ swappedPages }: Examination): DoctorLine {
  const common = { id: 'swap', label: 'swap' };
  if (swappedPages === null) {
    return { ...common, mark: 'good', figure: '–', meaning: 'This system does not tell how much it swaps.' };
  }
  const figure = `${swappedPages} pages`;
  if (swappedPages === 0)
    return { ...common, mark: 'good', figure, meaning: 'Memory suffices: nothing was swapped meanwhile.' };
  const meaning = 'Memory is short: a request that touches what was swapped out waits for the disk; free some.';
  return { ...common, mark: 'limit', figure, meaning };
}

function loadLine({ facts: { loadAverage, usableCores } }: Examination): DoctorLine {
  const common = { id: 'load', label: 'load before' };
  if (loadAverage === null) {
    return { ...common, mark: 'good', figure: '–', meaning: 'This system has no load average.' };
  }
  const figure = `${loadAverage.toFixed(2)} on ${usableCores} ${usableCores === 1 ? 'core' : 'cores'}`;
  return loadAverage <= quietLoad * usableCores
    ? { ...common, mark: 'good', figure, meaning: 'Little else was running in the minute before.' }
    : {
        ...common,
        mark: 'limit',
        figure,
        meaning: 'Other work was running in the minute before; what is measured contains it.',
      };
}

function governorLine({ facts: { governor } }: Examination): DoctorLine {
  const common = { id: 'governor', label: 'CPU governor', figure: visible(governor, 40) };
  if (governor === 'performance') return { ...common, mark: 'good', meaning: 'The cores keep their full frequency.' };
  if (governor === 'none')
    return { ...common, mark: 'good', meaning: 'The frequency is not decided here, or cannot be seen.' };
  const meaning =
    'The cores slow down when they have little to do, so a light load is answered later; "sudo cpupower frequency-set -g performance" ends that.';
  return { ...common, mark: 'limit', meaning };
}

function clockLine({ facts: { clockSource } }: Examination): DoctorLine {
  const common = { id: 'clock', label: 'clock source', figure: visible(clockSource ?? '–', 40) };
  if (clockSource === null)
    return { ...common, mark: 'good', meaning: 'This system does not tell what its clock reads.' };
  return quickClocks.has(clockSource)
    ? { ...common, mark: 'good', meaning: 'The time is read without a system call.' }
    : {
        ...common,
        mark: 'limit',
        meaning: 'Each reading of the time may take a system call, in the load and in the service.',
      };
}

function perfLine({ facts: { perfRefusal } }: Examination): DoctorLine {
  const common = { id: 'perf', label: 'perf' };
  if (perfRefusal === null)
    return { ...common, mark: 'good', figure: 'usable', meaning: 'Native programs can be profiled.' };
  const meaning = `Native programs cannot be profiled: ${visible(perfRefusal, 400)}.`;
  return { ...common, mark: 'limit', figure: 'not usable', meaning };
}
