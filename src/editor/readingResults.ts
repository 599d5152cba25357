import { basename, dirname, join } from 'node:path';
import { searchResultOf } from '../capacity/record.ts';
import { diagnose } from '../report/doctor.ts';
import type { ResultPage } from '../report/resultPage.ts';
import { listResults as listResultsIn, readStoredResult, resultPage, type ResultEntry } from '../results.ts';
import type { ResultItem } from './analysisMessages.ts';
import { planFileName } from './names.ts';

/** Newest first; a folder that does not open stands there with the reason. */
export async function listResults({ runsDirs }: { runsDirs: readonly string[] }): Promise<ResultItem[]> {
  const lists = await Promise.all(
    runsDirs.map(async (runsDir) => (await listResultsIn(runsDir)).map((entry) => itemOf(runsDir, entry))),
  );
  return lists.flat().sort((a, b) => b.id.localeCompare(a.id));
}

/** null: the folder holds a run, or nothing. @throws SlowpathError RUN_* */
export async function readResultPage({ dir }: { dir: string }): Promise<ResultPage | null> {
  const result = await readStoredResult(dir);
  return result && resultPage(result);
}

function itemOf(runsDir: string, { id, dir, result, problem }: ResultEntry): ResultItem {
  const about = { id, dir, workspace: basename(dirname(dirname(runsDir))), error: problem };
  switch (result?.kind) {
    case undefined:
      return { ...about, startedAt: '', result: null };
    case 'capacity': {
      const { scenario, planFile, startedAt, ended, levels } = result.record;
      const { knee } = searchResultOf(result.record);
      const runs = levels.map(({ run }) => join(runsDir, run));
      return { ...about, startedAt, result: { kind: 'capacity', scenario, planFile, ended, knee, runs } };
    }
    case 'matrix': {
      const { scenario, startedAt, state, cells } = result.record;
      return {
        ...about,
        startedAt,
        result: {
          kind: 'matrix',
          scenario,
          // A matrix stands in the runs folder of its plan's own folder.
          planFile: join(dirname(dirname(runsDir)), planFileName),
          ended: state === 'running' ? null : state,
          bad: cells.filter(({ outcome }) => outcome !== 'good').length,
          runs: cells.map(({ run }) => join(runsDir, run)),
        },
      };
    }
    case 'doctor': {
      const { valid, p99BudgetUs } = diagnose(result.record.examination);
      return { ...about, startedAt: result.record.startedAt, result: { kind: 'doctor', valid, p99BudgetUs } };
    }
  }
}
