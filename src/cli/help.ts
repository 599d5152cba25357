import { importers } from '../profile/formats/importers.ts';
import { resultFields } from '../report/jsonFields.ts';
import { wrap } from '../report/paint.ts';
import type { CommandName } from './command.ts';

const overview = `slowpath finds out why the slow requests of a service were slow.

  slowpath run [scenario]      measure a scenario of slowpath.jsonc and show why its tail is slow
  slowpath capacity [scenario] find the highest rate that still meets the objectives, and the load curve
  slowpath matrix [scenario]   measure one client, many, a chain of services and a long soak that shows what drifts
  slowpath overhead [scenario] measure what watching costs the targets
  slowpath show RUN            show a recorded run again
  slowpath report RUN --html F write a recorded run as one page that opens in any browser
  slowpath import FILE         show a profile of another tool: pprof, perf, speedscope and more
  slowpath export RUN --format F  write a run or a profile for other tools
  slowpath diff A B            show what changed between two runs or profiles
  slowpath list                list the recorded runs, newest first
  slowpath doctor              measure this machine and say what can be measured on it
  slowpath help [command]      tell more about a command
  slowpath --version

RUN is a run's name, its beginning, its last four letters, its folder, or latest.
`;

const exitCodes = `Exit codes: 0 good, 1 an objective was missed, 2 usage or plan error (or the result could not be written),
3 a target failed, 4 the measurement is invalid, 130 cancelled.
`;

const where = `  --plan FILE      the plan (default: slowpath.jsonc here or in a folder above)
  --out DIR        where the runs are (default: .slowpath/runs beside the plan)
`;

/** The fields of the object that a run is printed as. */
const fields = `The object of --json (null where nothing tells it):
${resultFields
  .flatMap(({ path, meaning }) => [`  ${path}`, ...wrap(meaning, 104).map((line) => `      ${line}`)])
  .join('\n')}
`;

const topics: Readonly<Record<CommandName, string>> = {
  run: `slowpath run [scenario]

Starts the scenario's targets, offers the load, records every request and CPU sample on one clock, and shows
why the slow requests were slow. The scenario may be left out when the plan has one.

${where}  --rate N         offered rate instead of the plan's: 500, "500/s", "30k/min"
  --duration D     measured time instead of the plan's: 15s, 1m30s
  --json           print one JSON object on standard output instead of the table
  --html FILE      also write the report as one page that opens in any browser
  --allow-remote   yes, load may go to another machine (the plan must allow it too)
  --verbose        show what the targets print

Ctrl+C ends the run early and keeps what was recorded; a second one stops at once.
${exitCodes}
${fields}`,
  capacity: `slowpath capacity [scenario]

Finds the knee: the highest rate at which the scenario still meets its objectives (without objectives: under 1 % of
errors, 99 % of the offered rate achieved). Steps up through the range until two levels in a row are bad, then
halves between the last good and the first bad until they are within 5 %. Each level is a run of its own, with fresh
targets and without a CPU profile. The plan needs constant or poisson arrivals.

${where}  --from N         lowest rate (default: a tenth of the plan's)
  --to N           highest rate (default: eight times the plan's)
  --steps N        levels from lowest to highest, 2 to 100 (default: 8)
  --duration D     measured time of each level instead of the plan's: 15s, 1m30s
  --json           print one JSON object on standard output instead of the table
  --html FILE      also write the load curve as one page that opens in any browser
  --allow-remote   yes, load may go to another machine (the plan must allow it too)

What is found is kept in capacity.json beside the runs; slowpath report writes it as a page again.
Ctrl+C ends the search early and prints what was found; a second one stops at once.
Exit codes: 0 a good rate was found, 1 even the lowest rate is too much, 2 usage or plan error, 3 a target failed,
4 no level could be trusted, 130 cancelled.
`,
  matrix: `slowpath matrix [scenario]

Measures the scenario in several shapes of load, each by a run of its own with fresh targets:
  single           one client, one request at a time, on one connection: the baseline
  many             the plan's load, or so many clients that wait for their answers
  chain            the plan's load on services that call each other: where the time goes between them
  soak             the plan's load for long: whether memory, p50 and p99 drift (Theil-Sen slopes with 95 % intervals)
The plan's "matrix" says which; without it all that fit. The result stands in matrix.json among the runs. Objectives are
held against the plan's load alone. A soak has no CPU profile; to tell a drift takes it 40 seconds or more.

${where}  --shapes S       only these: single,many,chain,soak
  --clients C      what many measures: plan,4,16,64
  --duration D     measured time of each shape but the soak: 15s, 1m30s
  --soak D         measured time of the soak (default: the plan's, or 10m; 60m to 2h find slow leaks)
  --json           print matrix.json on standard output instead of the table
  --html FILE      also write the shapes side by side as one page that opens in any browser
  --allow-remote   yes, load may go to another machine (the plan must allow it too)

Ctrl+C ends it early, keeps and prints what was measured; a second one stops at once.
Exit codes: 0 all good and steady, 1 an objective was missed or something grows all the time, 2 usage or plan error,
3 a target failed, 4 a measurement is invalid or a drift can't be told, 130 cancelled.
`,
  overhead: `slowpath overhead [scenario]

Measures what watching costs: pairs of runs, one watched as the plan has it (probe, CPU profile) and one with nothing inside the
targets, in turn. Prints how CPU time a request, throughput, p50 and p99 differ, each with a 95 % interval, and what each
collector lost and can't see. Later runs of the scenario on this machine state the result.
At a rate the targets can keep up with, CPU time a request is the figure to look at; with --closed throughput is.

${where}  --pairs N        pairs of runs, 1 to 100 (default: 8; an interval needs 6)
  --closed N       N clients that each wait for their answer, instead of the plan's arrivals
  --rate N         offered rate instead of the plan's: 500, "500/s", "30k/min"
  --duration D     measured time of each run instead of the plan's: 15s, 1m30s
  --json           print one JSON object on standard output instead of the table
  --allow-remote   yes, load may go to another machine (the plan must allow it too)

Ctrl+C ends it early and prints what the pairs until then tell; a second one stops at once.
Exit codes: 0 the overhead was measured, 2 usage or plan error, 3 a target failed, 4 no pair could be trusted,
130 cancelled.
`,
  show: `slowpath show RUN

Shows a recorded run: figures, objectives, where the time went, hot lines, findings.
RUN is its name, its beginning, its last four letters, its folder, or latest.

${where}  --json           print one JSON object on standard output instead of the table

${fields}`,
  report: `slowpath report RUN --html FILE

Writes a recorded run, or what capacity, matrix or a check of the machine in the editor left beside the runs, as one
self-contained page that opens in any browser, without a network. RUN is a run's name, its beginning, its last four
letters, its folder, or latest; of the others the whole name or the folder.
A FILE that exists is only replaced if it is such a report.

${where}  --html FILE      the page
`,
  import: `slowpath import FILE

Opens a profile of any known format, gzip or not, whatever it is called, and shows its functions.
${wrap(`Opens: ${importers.map(({ label }) => label).join(', ')}.`, 110).join('\n')}
Of an interval log or a percentile table of HdrHistogram (.hlog, .hgrm) it shows the quantiles.

  --type T         which of several sample types: inuse_space, alloc_objects, cpu
  --json           print one JSON object on standard output instead of the table
  --html FILE      write the flamegraph and the functions as one page that opens in any browser
`,
  export: `slowpath export RUN|FILE --format F

Writes the CPU time of a run's measured window, or of a profile file, for other tools:
  pprof            go tool pprof, Grafana, Parca (gzipped protocol buffer)
  collapsed        flamegraph.pl, inferno and anything that reads collapsed stacks
  speedscope       speedscope.app
  cpuprofile       DevTools and VS Code; several threads one after another
  svg              the flamegraph as one picture
  chrome-trace     ui.perfetto.dev and chrome://tracing: the whole run with every request, collection, stall and sample
RUN is a run's name, its beginning, its last four letters, its folder, or latest.

  --format F       one of the formats above
  --view V         of an svg: heavy (all CPU time, the default) or tail (slow requests against typical ones)
  --out FILE       where to write it (default: beside the run or the file); - is standard output
  --force          replace whatever FILE is; without it only an earlier export is replaced
  --plan FILE      the plan beside which the runs are (default: slowpath.jsonc here or in a folder above)
`,
  diff: `slowpath diff A B

Shows what changed from A to B, two runs or profile files: each function's CPU time a request (a second where there are
no requests) with the change, and response times where both are runs. Grey with a ~: no more than chance.

${where}  --json           print one JSON object with every function on standard output
`,
  list: `slowpath list

Lists the recorded runs, newest first.

${where}  --json           print one JSON object on standard output
`,
  doctor: `slowpath doctor

Measures what this machine itself takes, in about fifteen seconds, and says what can be told from it: TCP and UDP round
trips, lateness of timers and of the load's pacer, how often the CPU is taken away, how much identical loads differ, and
how the machine is set. ✓ good, ! limits what can be resolved, ✗ makes measurements invalid (a throttled cgroup, more
than 2% of the CPU time stolen, or the CPU taken away more than 1% of the time).
The smallest change that can be seen comes from eight pairs of loads, so it is known to about a factor of two.

  --json           print one JSON object on standard output, times in µs
  --html FILE      also write what was found as one page that opens in any browser

Exit codes: 0 fit for measuring, 4 whatever is measured now is invalid, 130 cancelled.
`,
  help: `slowpath help [command]

Tells what a command does and takes.
`,
};

export function helpText(topic: CommandName | null): string {
  return topic === null ? `${overview}\n${exitCodes}` : topics[topic];
}
