/** Each language from plan to hot line: built, launched, loaded over HTTP, profiled on the run's clock, opened again. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openProfiled, type Profiled } from '../../../../src/profileScenario.ts';
import {
  builds,
  hottest,
  lineWith,
  missing,
  onPath,
  perfPython,
  perfWorks,
  profiled,
  ready,
  scenarioOf,
  services,
  workspace,
  type Wanted,
} from './support.ts';

interface Language extends Wanted {
  readonly name: string;
  readonly needs: Readonly<Record<string, unknown>>;
  readonly source: string;
  /** How its hot functions are called. */
  readonly hot: string;
  /** The text of the line the hot function begins at. */
  readonly head: string;
  /** Lines inside functions are told. */
  readonly lines: boolean;
  readonly file: string;
  readonly timed: boolean;
}

const python = perfPython();
const bin = join(workspace, 'rust/profiling/service');
const go = { runtime: 'go', command: join(workspace, 'go-service'), build: builds.go, ...ready };
const script = { runtime: 'python', cwd: join(services, 'python'), command: 'service.py', ...ready };

const languages: readonly Language[] = [
  {
    name: 'Rust, by perf',
    needs: { perf: perfWorks, cargo: onPath('cargo') },
    target: { runtime: 'native', command: bin, build: builds.rust, ...ready },
    source: join(services, 'rust/src/main.rs'),
    hot: 'service::checksum',
    head: 'fn checksum(',
    lines: true,
    file: 'api.perf.txt.gz',
    timed: true,
  },
  {
    name: 'Rust and tonic over gRPC, by perf',
    needs: { perf: perfWorks, cargo: onPath('cargo') },
    target: {
      runtime: 'native',
      command: join(workspace, 'grpc-tonic'),
      build: builds.tonic,
      ...ready,
    },
    load: {
      protocol: 'grpc',
      url: 'grpc://127.0.0.1:${port:api}',
      requests: [{ call: 'slowpath.echo.Echo/Say', message: { rounds: 600_000 } }],
      grpc: { proto: [join(services, 'grpc/echo.proto')] },
    },
    source: join(services, 'grpc-tonic/src/main.rs'),
    hot: 'grpc_tonic::mix_rounds',
    head: 'fn mix_rounds(',
    lines: true,
    file: 'api.perf.txt.gz',
    timed: true,
  },
  {
    name: 'C++, by perf',
    needs: { perf: perfWorks, 'g++': onPath('g++') },
    target: { runtime: 'native', command: join(workspace, 'cpp-service'), build: builds.cpp, ...ready },
    source: join(services, 'cpp/service.cpp'),
    hot: 'work::checksum',
    head: ' checksum(std::uint64_t',
    lines: true,
    file: 'api.perf.txt.gz',
    timed: true,
  },
  {
    name: 'Go, by perf',
    needs: { perf: perfWorks, go: onPath('go') },
    target: go,
    source: join(services, 'go/main.go'),
    hot: 'main.checksum',
    head: 'func checksum(',
    lines: true,
    file: 'api.perf.txt.gz',
    timed: true,
  },
  {
    name: 'Go, by pprof',
    needs: { go: onPath('go') },
    target: { ...go, pprof: 'http://127.0.0.1:${port:api}/debug/pprof/' },
    // Go samples a hundred times a second: below this rate it catches a handful of requests.
    load: { arrivals: { model: 'constant', rate: 600 } },
    source: join(services, 'go/main.go'),
    hot: 'main.checksum',
    head: 'func checksum(',
    lines: true,
    file: 'api.pb.gz',
    timed: false,
  },
  {
    name: 'Node, by perf',
    needs: { perf: perfWorks },
    target: { cwd: join(services, 'node'), command: 'service.cjs', ...ready },
    collect: { with: 'perf' },
    source: join(services, 'node/service.cjs'),
    hot: 'checksum',
    head: 'function checksum(',
    lines: false,
    file: 'api.perf.txt.gz',
    timed: true,
  },
  {
    name: 'Python, by perf',
    needs: { perf: perfWorks, 'Python 3.12': python },
    target: { ...script, runtimeExecutable: python ?? 'python3' },
    source: join(services, 'python/service.py'),
    hot: 'checksum',
    head: 'def checksum(',
    lines: false,
    file: 'api.perf.txt.gz',
    timed: true,
  },
  {
    name: 'Python, by py-spy',
    needs: { 'py-spy': onPath('py-spy'), python3: onPath('python3') },
    target: script,
    collect: { with: 'py-spy' },
    source: join(services, 'python/service.py'),
    hot: 'checksum',
    head: 'def checksum(',
    lines: true,
    file: 'api.speedscope.json',
    timed: false,
  },
];

describe('the hot function of a service', () => {
  for (const language of languages) {
    test(language.name, { skip: missing(language.needs) }, async () => {
      const result = await profiled(await scenarioOf(language));
      const { run, analysis } = result;
      assert.equal(run.manifest.state, 'complete');
      assert.ok(run.manifest.files.includes(language.file), run.manifest.files.join(' '));
      const hot = hottest(result);
      assert.deepEqual([hot?.name, hot?.file], [language.hot, language.source], shown(result));
      assert.ok((hot?.totalShare ?? 0) > 0.3, shown(result));
      const head = lineWith(language.source, language.head);
      // A file of py-spy names the lines that ran, not where a function begins.
      if (language.file !== 'api.speedscope.json')
        assert.ok(Math.abs((hot?.line ?? 0) - head) <= 1, `line ${hot?.line ?? 0}, head ${head}`);
      const line = analysis.lines.find(({ file }) => file === language.source);
      if (language.lines) assert.ok((line?.line ?? 0) > head && (line?.line ?? 0) <= head + 8, JSON.stringify(line));
      else {
        assert.equal(line?.line, head);
        const told = run.manifest.gaps.some(({ what }) =>
          /^lines inside (JavaScript|Python) functions of api$/.test(what),
        );
        assert.ok(told, shown(result));
      }
      if (language.timed) assertOnClock(result);
      else assertTimeless(result, language.name.includes('pprof') ? 'pprof' : 'py-spy');
      assertTidy(result, language.target);
      await assertReopens(result);
    });
  }
});

/**
 * The service works only while a request is under way, so that on one clock the moments of its samples lie inside requests; the few
 * that don't belong to requests that were given up.
 */
function assertOnClock({ run, analysis }: Profiled): void {
  const { profile, requests } = run;
  assert.ok(profile && run.manifest.window);
  const { startUs, endUs } = run.manifest.window;
  // On a full machine perf may take longer to begin than the warm-up lasts: then the run says so.
  const late = run.manifest.gaps.some(({ what }) => what.startsWith('CPU profile of api in the first'));
  assert.ok(late || profile.startUs < startUs, `${profile.startUs} < ${startUs}`);
  assert.ok(profile.endUs > endUs, `${profile.endUs} > ${endUs}`);
  const hot = new Set(
    analysis.functions
      .filter(({ name }) => /checksum|rebuild_?[iI]ndex|mix_rounds/.test(name))
      .map(({ frame }) => frame),
  );
  let inside = 0;
  let all = 0;
  for (let row = 0; row < profile.samples.length; row++) {
    const at = (profile.samples.timeUs[row] ?? 0) + (profile.samples.weightUs[row] ?? 0) / 2;
    if (at < startUs || at > endUs || !hot.has(profile.stacks.frame[profile.samples.stack[row] ?? 0] ?? -1)) continue;
    all++;
    const during = requests.sentUs.some((sent, request) => at >= sent && at <= (requests.doneUs[request] ?? 0));
    if (during) inside++;
  }
  assert.ok(all > 30, `${all} samples`);
  assert.ok(inside >= 0.9 * all, `${inside} of ${all} samples lie inside requests`);
  assert.ok(analysis.tail && analysis.functions.some(({ tailShare }) => (tailShare ?? 0) > 0.2));
}

function assertTimeless({ run, analysis }: Profiled, label: string): void {
  assert.equal(run.profile?.timeless, true);
  assert.deepEqual(
    analysis.functions.filter(({ tailShare }) => tailShare !== null),
    [],
  );
  assert.ok(
    run.manifest.gaps.some(({ what, why }) => what === 'functions of api in slow requests' && why.startsWith(label)),
  );
  assert.match(analysis.tail?.notes.join(' ') ?? '', /carry no times/);
}

/** What runtimes write for perf beside the service and in /tmp is gone. */
function assertTidy({ run }: Profiled, { cwd }: Language['target']): void {
  if (typeof cwd === 'string')
    assert.deepEqual(
      readdirSync(cwd).filter((name) => name.endsWith('.log')),
      [],
    );
  assert.deepEqual(
    run.manifest.targets.filter(({ pid }) => existsSync(`/tmp/perf-${pid}.map`)),
    [],
  );
}

async function assertReopens({ dir, run, analysis }: Profiled): Promise<void> {
  const again = await openProfiled(dir);
  assert.deepEqual(again.analysis.functions, analysis.functions);
  assert.deepEqual(again.analysis.lines, analysis.lines);
  assert.deepEqual(again.run.manifest, run.manifest);
}

function shown({ analysis, run }: Profiled): string {
  const rows = analysis.functions
    .slice(0, 6)
    .map(({ name, file, line, totalShare }) => `${totalShare.toFixed(2)} ${name} ${file}:${line}`);
  return [...rows, ...run.manifest.gaps.map(({ what, why }) => `${what}: ${why}`)].join('\n');
}
