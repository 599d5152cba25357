import { once } from 'node:events';
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { messageOf } from '../../errors.ts';
import { stealShareSince, readStealTicks, readThrottledPeriods } from '../hostCounters.ts';
import { newTcpDriver } from '../drivers/tcp.ts';
import { newUdpDriver } from '../drivers/udp.ts';
import { nullServerDriver, nullServerRole, serveNothing } from '../floor.ts';
import { serveEchoes, type EchoPorts } from './echo.ts';
import type { DoctorStep, DoctorTimes, MachineFigures, MessageFromDoctor } from './figures.ts';
import { pacerLag, spinGaps, timerLag } from './lateness.ts';
import { identicalPairs, pingPong } from './trials.ts';

const messageBytes = 64;
const timeoutUs = 1_000_000;
const script = process.argv[1] ?? '';

/**
 * Entry of the process that measures the machine, and of its two threads, which serve it. It keeps nothing, so whoever started it
 * may kill it at any time; it ends by itself when they are gone.
 */
async function measure(times: DoctorTimes): Promise<MachineFigures> {
  const throttledBefore = readThrottledPeriods();
  const stealBefore = readStealTicks();
  const ports = await answerOf<EchoPorts>(new Worker(script));
  const nullPort = await answerOf<number>(new Worker(script, { workerData: nullServerRole }));
  const message = Buffer.alloc(messageBytes, 'x');
  const echo = { payloads: [{ next: () => message }], echoCheck: true };

  step('tcp');
  const tcp = await pingPong(
    newTcpDriver({
      ...echo,
      endpoint: { address: '127.0.0.1', port: ports.tcp },
      tls: null,
      framing: { kind: 'fixed', bytes: messageBytes },
      connectTimeoutUs: timeoutUs,
    }),
    times.pingPongMs,
  );
  step('udp');
  const udp = await pingPong(
    newUdpDriver({
      ...echo,
      endpoint: { address: '127.0.0.1', port: ports.udp },
      sequence: 'none',
      lingerUs: timeoutUs,
    }),
    times.pingPongMs,
  );
  step('lateness');
  const timer = await timerLag(times.latenessMs);
  const pacer = await pacerLag(times.latenessMs);
  step('gaps');
  const gaps = await spinGaps(times.spinMs);
  step('pairs');
  const pairs = await identicalPairs(times.pairs, times.trialMs, () => nullServerDriver(nullPort));
  const throttled = readThrottledPeriods();
  return {
    tcp,
    udp,
    timerLag: timer,
    pacerLag: pacer,
    gaps,
    pairs,
    throttledPeriods: throttled !== null && throttledBefore !== null ? throttled - throttledBefore : null,
    stealShare: stealShareSince(stealBefore),
  };
}

/** What a worker thread says first. */
async function answerOf<T>(worker: Worker): Promise<T> {
  const [answer] = (await once(worker, 'message')) as [T];
  return answer;
}

function step(name: DoctorStep): void {
  tell({ type: 'step', step: name }, () => undefined);
}

function tell(message: MessageFromDoctor, then: () => void): void {
  if (process.connected && process.send) process.send(message, undefined, undefined, then);
  else then();
}

function runDoctorProcess(): void {
  process.on('disconnect', () => process.exit(0));
  const end = (): void => process.exit(0);
  measure(JSON.parse(process.argv[2] ?? '{}') as DoctorTimes).then(
    (figures) => tell({ type: 'result', figures }, end),
    (error: unknown) => tell({ type: 'failed', message: messageOf(error) }, end),
  );
}

if (isMainThread) runDoctorProcess();
else if (workerData === nullServerRole) serveNothing();
else void serveEchoes();
