import { formatShare } from '../../plan/units.ts';
import { Outcome } from '../../load/result.ts';
import type { Evidence, Finding, Rule } from '../finding.ts';
import { rounded } from '../cpuFinding.ts';
import { closingLine, connectingLine } from '../connectionPlaces.ts';
import type { SourceText } from '../source.ts';
import { targetSources } from '../targetSources.ts';

const source =
  'Node.js documentation of http.Agent (keepAlive) and server.keepAliveTimeout; RFC 9112, section 9.3 (persistence)';

/** A connection in twenty requests: pools that shrink and grow stay below, a connection a request is at one. */
const minShare = 0.05;
/** Fewer connections may be the start-up of a pool. */
const minConnections = 20;

/**
 * Connections made anew though one could be kept. Two ways: the service closes the generator's connections (their number grows
 * far beyond the number asked for, errors and time-outs left out), or it opens connections of its own for requests it makes (the
 * kernel's count of active opens less the generator's, together with outgoing requests seen by the probe or in the source).
 */
export const connectionChurn: Rule = {
  id: 'NET06',
  title: 'Connections are made anew for each request',
  source,
  find: (evidence) => {
    const use = generatorUse(evidence);
    if (use.sent === 0) return [];
    return [...closedByService(evidence, use), ...openedByService(evidence, use)];
  },
};

interface GeneratorUse {
  readonly sent: number;
  /** Connections first used in the measured window, and those of them that replaced one lost to an error or time-out. */
  readonly opened: number;
  readonly replaced: number;
  /** Share of requests that were the first on their connection, among the slow ones and all. */
  readonly slowFirstShare: number;
  readonly firstShare: number;
}

function generatorUse({ run, analysis }: Evidence): GeneratorUse {
  const { requests } = run;
  const seen = new Set<string>();
  const slowFrom = analysis.tail?.thresholdUs ?? Number.POSITIVE_INFINITY;
  let sent = 0;
  let opened = 0;
  let replaced = 0;
  let slow = 0;
  let slowFirst = 0;
  for (let row = 0; row < requests.length; row++) {
    const connection = requests.connection[row] ?? -1;
    const intended = requests.intendedUs[row] ?? 0;
    if (connection < 0) continue;
    // The client's port tells connections apart; ordinals may be those of the pool's places.
    const identity = (requests.localPort[row] ?? 0) > 0 ? `:${requests.localPort[row] ?? 0}` : String(connection);
    const isFirst = !seen.has(identity);
    seen.add(identity);
    if (intended < analysis.range.startUs || intended >= analysis.range.endUs) continue;
    sent++;
    if (isFirst) opened++;
    const outcome = requests.outcome[row];
    if (outcome === Outcome.connectionError || outcome === Outcome.timeout) replaced++;
    if (!((requests.doneUs[row] ?? 0) - intended > slowFrom)) continue;
    slow++;
    if (isFirst) slowFirst++;
  }
  return {
    sent,
    opened,
    replaced,
    slowFirstShare: slow > 0 ? slowFirst / slow : 0,
    firstShare: sent > 0 ? opened / sent : 0,
  };
}

function closedByService(evidence: Evidence, use: GeneratorUse): Finding[] {
  const { connections } = evidence.run.manifest.scenario.load;
  const anew = use.opened - use.replaced - connections;
  if (anew < minConnections || anew / use.sent < minShare) return [];
  const place = findInSource(evidence, closingLine);
  return [
    {
      rule: connectionChurn.id,
      severity: 'warning',
      title: `The service closes connections: ${use.opened} were needed for ${use.sent} requests instead of ${connections}`,
      explanation: `The load keeps its connections alive, yet ${formatShare(anew / use.sent)} of the requests had to open a new one, which costs a round trip, two system calls on either side and a slow start of TCP before the first byte.`,
      suggestion:
        'Leave connections open: send no “Connection: close”, keep server.keepAliveTimeout (5 s by default) above the clients’ idle time, and see that server.maxRequestsPerSocket is 0.',
      ...place,
      evidence: {
        connectionsOpened: use.opened,
        connectionsConfigured: connections,
        requests: use.sent,
        reopenedShare: rounded(anew / use.sent),
      },
      score: rounded(Math.max(0, use.slowFirstShare - use.firstShare)),
      source,
    },
  ];
}

function openedByService(evidence: Evidence, use: GeneratorUse): Finding[] {
  const { run, analysis } = evidence;
  const opens = run.manifest.counters['Tcp.ActiveOpens'];
  if (opens === undefined) return [];
  const others = opens - Math.max(use.opened, 0);
  if (others < minConnections || others / use.sent < minShare) return [];
  // The counter is the whole machine's: without a sign that the service itself connects, it may be anybody.
  const { clientRequests } = run.runtime;
  let outgoing = 0;
  for (const start of clientRequests.startUs.subarray(0, clientRequests.length))
    if (start >= analysis.range.startUs && start < analysis.range.endUs) outgoing++;
  const place = findInSource(evidence, connectingLine);
  if (outgoing < 0.5 * others && place.file === null) return [];
  return [
    {
      rule: connectionChurn.id,
      severity: 'warning',
      title: `The service opens ${formatShare(others / use.sent)} of a connection per request for its own calls (${others} connections for ${use.sent} requests)`,
      explanation: `The kernel counted ${opens} outgoing connections in the measured window, ${use.opened} of them the load’s own. ${outgoing > 0 ? `The service made ${outgoing} requests to others meanwhile.` : ''} A new connection costs at least a round trip, with TLS two or three, and leaves a port in TIME_WAIT.`,
      suggestion: keepAliveAdvice(evidence),
      ...place,
      evidence: {
        activeOpens: opens,
        generatorConnections: use.opened,
        outgoingRequests: outgoing,
        requests: use.sent,
        opensPerRequest: rounded(others / use.sent),
      },
      score: 0,
      source,
    },
  ];
}

/** The default agent keeps connections since Node 19: there it is a setting that undoes it. */
function keepAliveAdvice({ run }: Evidence): string {
  const versions = run.manifest.targets.map(({ runtime }) => Number(/(\d+)\./.exec(runtime)?.[1] ?? Number.NaN));
  const isOld = versions.some((version) => version < 19);
  return isOld
    ? 'Make one http.Agent with keepAlive: true when the service starts and pass it to every request (below Node 19 the default agent does not keep connections), or make one connection pool per service called.'
    : 'Use the default agent, which keeps connections alive (since Node 19), or one http.Agent with keepAlive: true made at start-up: no agent: false, no new Agent or raw connection per request.';
}

type Place = Pick<Finding, 'file' | 'line'>;

/** The first of the target's files in which there is one. */
function findInSource(evidence: Evidence, lineIn: (source: SourceText) => number | null): Place {
  for (const { file, source: text } of targetSources(evidence)) {
    const line = lineIn(text);
    if (line !== null) return { file, line };
  }
  return { file: null, line: null };
}
