import { formatShare } from '../../plan/units.ts';
import type { LaunchTarget, Target } from '../../plan/scenario.ts';
import { unnamed } from '../../profile/nativeKind.ts';
import { FrameKind } from '../../profile/tables.ts';
import { rounded } from '../cpuFinding.ts';
import type { Evidence, Finding, Rule } from '../finding.ts';

const source =
  'The Cargo Book, “Profiles” (debug, strip); GNU ld manual, “-s”; perf-report(1): symbols come from the symbol table of the executable';

/** Below it, what is nameless is a library here and there. */
const leastShare = 0.2;

/** More than a fifth of the CPU time is in functions without a name: the program was stripped, and nothing can be said of its code. */
export const stripped: Rule = {
  id: 'RUST05',
  title: 'A program without symbols',
  source,
  find: ({ analysis, run }) => {
    const shares = new Map</* executable */ string, number>();
    const kinds = run.profile?.frames.kind;
    for (const { frame, name, file, selfShare } of analysis.functions) {
      // The system's libraries are stripped as a rule, and not for this person to build.
      if (name === unnamed && file !== null && kinds?.[frame] === FrameKind.user)
        shares.set(file, (shares.get(file) ?? 0) + selfShare);
    }
    return [...shares]
      .filter(([, share]) => share > leastShare)
      .map(([file, share]) => finding(file, share, run.manifest.scenario.targets));
  },
};

function finding(file: string, share: number, targets: Evidence['run']['manifest']['scenario']['targets']): Finding {
  const name = file.slice(file.lastIndexOf('/') + 1);
  const launched = targets.filter((target): target is LaunchTarget => target.kind === 'launch');
  const target = launched.find(({ command }) => command.endsWith(name)) ?? targets.find(isNative);
  return {
    rule: stripped.id,
    severity: 'warning',
    title: `${name} has no symbols: ${formatShare(share)} of the CPU time is in functions without a name`,
    explanation: `The samples lie in ${name}, but its symbol table is gone, so that they can be given to no function and no line. What made the slow requests slow cannot be told from them.`,
    suggestion: remedy(target),
    file: null,
    line: null,
    evidence: { executable: file, unnamedShare: rounded(share) },
    score: 0,
    source,
  };
}

function isNative({ runtime }: Target): boolean {
  return runtime === 'native' || runtime === 'go';
}

/** What to write, in the words of what built it. */
function remedy(target: Target | undefined): string {
  const tools = target?.kind === 'launch' ? target.build.map(({ command }) => command) : [];
  if (target?.runtime === 'go') return 'Build it without -ldflags="-s -w".';
  if (tools.some((tool) => tool.endsWith('cargo')))
    return 'Add to Cargo.toml: [profile.profiling] inherits = "release", debug = "line-tables-only", strip = false; build with cargo build --profile profiling and RUSTFLAGS="-C force-frame-pointers=yes".';
  return 'Build it with -g -fno-omit-frame-pointer and without -s, and run no strip over it; in Rust, with strip = false and debug = "line-tables-only" in the profile.';
}
