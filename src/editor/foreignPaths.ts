/**
 * Paths of another machine against the files of a workspace (pure). A container or a build machine has the same sources under
 * another root: what is equal is the end of the path, and that alone decides.
 */

/** The names a path consists of; of a URL those after its host's place, without what is asked of it. */
export function segmentsOf(path: string): string[] {
  const plain = path.replace(/^[a-z][a-z\d+.-]*:\/\//i, '/').replace(/[?#].*$/, '');
  return plain.split(/[\\/]+/).filter((name) => name !== '' && name !== '.');
}

/**
 * For each foreign path the workspace's file that ends like it: the one with the most equal names at its end, the file's own name
 * among them. Left out where two files of the workspace are equally good, where two foreign paths claim one file equally, and
 * for all but the best of several that claim one.
 */
export function matchingFiles(
  foreign: Iterable<string>,
  workspace: readonly string[],
): Map</* foreign path */ string, /* file */ string> {
  const byName = new Map</* last name */ string, { readonly file: string; readonly segments: readonly string[] }[]>();
  for (const file of workspace) {
    const segments = segmentsOf(file);
    const name = segments.at(-1) ?? '';
    byName.set(name, [...(byName.get(name) ?? []), { file, segments }]);
  }
  const claims = new Map</* file */ string, { readonly path: string; readonly equal: number }[]>();
  for (const path of new Set(foreign)) {
    const segments = segmentsOf(path);
    const found = (byName.get(segments.at(-1) ?? '') ?? []).map((each) => ({
      file: each.file,
      equal: equalAtEnd(segments, each.segments),
    }));
    const best = theBest(found);
    if (best) claims.set(best.file, [...(claims.get(best.file) ?? []), { path, equal: best.equal }]);
  }
  const matches = new Map<string, string>();
  for (const [file, claimants] of claims) {
    const best = theBest(claimants);
    if (best) matches.set(best.path, file);
  }
  return matches;
}

/** Words that tools put into a function's name and nobody wrote. */
const toolWords =
  /^(anonymous|closure|func\d*|impl|lambda|locals|self|native|async|get|set|new|main|init|module|__.*__)$/i;

/**
 * Whether most of the functions that a profile has in a file are named in its text; false where none has a name to look for.
 * Two files of the same name that have nothing else in common do not pass for one another.
 */
export function namesFunctions(text: string, functions: readonly string[]): boolean {
  const names = functions.map(ownName).filter((name) => name !== null);
  if (names.length === 0) return false;
  const words = new Set(text.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu));
  return names.filter((name) => words.has(name)).length * 2 > names.length;
}

/** `(*Server).handle` → `handle`, `app::serve::{{closure}}` → `serve`, `main.work.func1` → `work`. */
function ownName(name: string): string | null {
  // Without type arguments, nor what a C++ function takes.
  const bare = name.replace(/<[^<>]*>/g, '').replace(/\([^()]*\)(\s*const)?$/, '');
  const words = bare.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu) ?? [];
  return words.filter((word) => word.length > 1 && !toolWords.test(word)).at(-1) ?? null;
}

function equalAtEnd(a: readonly string[], b: readonly string[]): number {
  let equal = 0;
  while (equal < a.length && equal < b.length && a.at(-1 - equal) === b.at(-1 - equal)) equal++;
  return equal;
}

/** null where none is better than all others. */
function theBest<Item extends { readonly equal: number }>(items: readonly Item[]): Item | null {
  const most = Math.max(...items.map(({ equal }) => equal));
  const best = items.filter(({ equal }) => equal === most);
  return best.length === 1 ? (best[0] ?? null) : null;
}
