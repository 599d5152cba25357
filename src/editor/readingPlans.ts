import { discoverTargets, planTextFor } from '../plan/discover.ts';
import { discoverProcesses } from '../plan/discoverProcesses.ts';
import { planProblems, scenarioLines } from '../plan/read.ts';
import type { AttachRequest, PlanReading, ProcessItem } from './analysisMessages.ts';

/** What a plan's text says, and what is wrong with it beyond what the JSON Schema shows by itself. */
export function readPlan({ text }: { text: string }): PlanReading {
  return {
    scenarios: scenarioLines(text),
    problems: planProblems(text).filter(({ inSchema }) => !inSchema),
  };
}

/** A commented plan for what a folder offers to start. */
export async function planText({ folder }: { folder: string }): Promise<{ text: string; candidates: number }> {
  const candidates = await discoverTargets(folder);
  return { text: planTextFor(candidates), candidates: candidates.length };
}

/** The Node processes of this account that listen here. */
export async function findProcesses(): Promise<ProcessItem[]> {
  const candidates = await discoverProcesses();
  return candidates.flatMap(({ target, label, port }) =>
    target && 'pid' in target ? [{ pid: target.pid, label, port }] : [],
  );
}

/** A plan that measures a process that runs already; its one scenario is called `attached`. */
export function attachPlan({ via, url, ratePerSecond }: AttachRequest): string {
  const address = new URL(url);
  const plan = {
    scenarios: {
      attached: {
        targets: { process: via },
        load: {
          protocol: 'http',
          url: address.origin,
          requests: [{ name: address.pathname, method: 'GET', path: address.pathname + address.search }],
          arrivals: { model: 'poisson', rate: ratePerSecond },
        },
      },
    },
  };
  return `${JSON.stringify(plan, null, 2)}\n`;
}
