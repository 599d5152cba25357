/** One or more fields of `--json` that mean the same kind of thing. */
interface DocumentedFields {
  /** From the object's top; `[]`: of each entry of a list; `{a,b}`: each of them; `*`: any name. */
  readonly path: string;
  /** What it is, with its unit. */
  readonly meaning: string;
}

/** What `slowpath run --json` and `slowpath show --json` print (`ResultJson`), field by field, in order. */
export const resultFields: readonly DocumentedFields[] = [
  { path: 'run', meaning: 'name of the run' },
  { path: 'dir', meaning: 'its folder' },
  { path: 'verdict.valid', meaning: 'whether the figures can be trusted' },
  { path: 'verdict.reasons[]', meaning: 'why not, a sentence each' },
  { path: 'requests.{sent,ok,errors,timeouts,unsent,inFlight}', meaning: 'counts, of the measured window' },
  {
    path: 'ratePerSecond.{offered,achieved}',
    meaning: 'requests a second; offered is null of a closed loop, both of a run cut too early to tell',
  },
  {
    path: 'latencyUs.{response,service,sendLag}.{p50,p90,p95,p99,p99.9,max}',
    meaning: 'µs; response and service are null in an invalid run',
  },
  { path: 'slo[].expr', meaning: 'the objective as the plan has it' },
  { path: 'slo[].pass', meaning: 'whether it is met; never in an invalid run' },
  {
    path: 'slo[].actual',
    meaning:
      'what was measured: µs for quantiles, max and mean; a share from 0 to 1 for errors; requests a second for rate',
  },
  { path: 'hot[].{function,file,line}', meaning: 'where CPU time went, hottest first; lines count from 1' },
  { path: 'hot[].{selfPct,totalPct}', meaning: 'percent (0 to 100) of all CPU time' },
  { path: 'hot[].tailPct', meaning: 'percent (0 to 100) of the slow requests’ time' },
  { path: 'hot[].tier', meaning: 'how V8 ran it, as 0x tells it' },
  { path: 'findings[].{rule,severity,title}', meaning: 'the rule; error, warning, info or hint; one sentence' },
  { path: 'findings[].{file,line}', meaning: 'the place in the source, lines from 1' },
  {
    path: 'findings[].evidence.*',
    meaning:
      'measured figures; names end in their unit: Us, Bytes, PerSecond, Share (0 to 1); others are counts or words',
  },
  { path: 'answers.byStatus.*', meaning: 'answers, counted by status' },
  { path: 'answers.byError.*', meaning: 'requests, counted by error code' },
  { path: 'answers.byProtocol.*', meaning: 'what only this protocol counts, warm-up included' },
  { path: 'collectors[].{target,collector,label}', meaning: 'what looked into which target' },
  { path: 'collectors[].intervalUs', meaning: 'µs from sample to sample' },
  { path: 'collectors[].{samples,lost}', meaning: 'counts' },
  { path: 'collectors[].blindSpots[]', meaning: 'what it can’t see' },
  { path: 'overhead.measuredAt', meaning: 'when slowpath overhead measured it last, ISO 8601' },
  { path: 'overhead.pairs', meaning: 'count of pairs of runs' },
  {
    path: 'overhead.{cpu,throughput,p50,p99}.{ratio,low,high}',
    meaning: 'watched divided by bare (1: no difference), with its 95 % interval',
  },
  {
    path: 'steady.{afterSeconds,measuredSeconds}',
    meaning: 's from warm-up’s and from the window’s start until steady',
  },
  { path: 'steady.{coldP50Us,steadyP50Us}', meaning: 'µs, median before and after' },
];
