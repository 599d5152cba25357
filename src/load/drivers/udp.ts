import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { nowUs } from '../clock.ts';
import type { Driver, Lane, LaneListener } from './driver.ts';
import { type AnswerCheck, isEqual, type PayloadSource } from './payload.ts';
import { newUdpCounts, UdpFlow, type UdpCounts } from './udpFlow.ts';
import { readSequence, udpHeaderBytes, withUdpHeader, writeSequence } from './udpHeader.ts';

export interface UdpOptions {
  readonly endpoint: { readonly address: string; readonly port: number };
  /** By endpoint: index into the plan's requests. */
  readonly payloads: readonly PayloadSource[];
  /**
   * 'header': each payload goes behind a numbered header (udpHeader.ts) that the service sends back. 'none': an answer has no number; it
   * is taken for the request that waits, and a request that timed out gives up its port, so that its late answer cannot be.
   */
  readonly sequence: 'header' | 'none';
  /** Without numbers: how long a port that was given up stays open for a late answer. */
  readonly lingerUs: number;
  /** The answer (without its header) must equal the payload, else it counts as an error. */
  readonly echoCheck: boolean;
  /** What else the answer (without its header) must satisfy. */
  readonly check?: AnswerCheck;
}

export interface UdpDriver extends Driver {
  readonly counts: Readonly<UdpCounts>;
  /** Closes the sockets that still wait for late answers. */
  dispose(): void;
}

/** Linux cuts it to net.core.rmem_max; what overflows it would look like loss. */
const receiveBufferBytes = 1024 * 1024;

/**
 * Requests and answers in datagrams: a lane is a connected socket, one request at a time. There is no opening: whether somebody is there
 * shows with the first request (ECONNREFUSED, by way of ICMP).
 */
export function newUdpDriver(options: UdpOptions): UdpDriver {
  const counts = newUdpCounts();
  const sockets = new UdpSockets();
  return {
    counts,
    lanesPerConnection: 1,
    open: (ordinal, listener) => {
      const given = sockets.takeBack(ordinal);
      if (given?.reopen()) return given;
      return new UdpLane(options, counts, sockets, ordinal, listener);
    },
    dispose: () => sockets.dispose(),
  };
}

/** Sockets whose lane was destroyed while its request waited. */
class UdpSockets {
  private readonly left = new Map</* ordinal */ number, UdpLane>();
  private readonly lingering = new Set<UdpLane>();

  /** If the same lane is opened again at once, the request has timed out. If it isn't, the load is over. */
  leave(ordinal: number, lane: UdpLane): void {
    this.left.set(ordinal, lane);
    setImmediate(() => {
      if (this.left.get(ordinal) === lane) this.takeBack(ordinal)?.close();
    });
  }

  takeBack(ordinal: number): UdpLane | null {
    const lane = this.left.get(ordinal) ?? null;
    this.left.delete(ordinal);
    return lane;
  }

  /** Left open for a late answer, so long. */
  linger(lane: UdpLane, forUs: number): void {
    this.lingering.add(lane);
    setTimeout(() => this.lingering.delete(lane) && lane.close(), forUs / 1000).unref();
  }

  dispose(): void {
    for (const lane of [...this.lingering, ...this.left.values()]) lane.close();
    this.lingering.clear();
    this.left.clear();
  }
}

class UdpLane implements Lane {
  localPort = 0;
  private readonly socket: Socket;
  private readonly flow: UdpFlow;
  private readonly options: UdpOptions;
  private readonly sockets: UdpSockets;
  private readonly ordinal: number;
  private readonly isNumbered: boolean;
  private readonly listener: LaneListener;
  /** Whether the listener wants to hear. */
  private listening = true;
  private closed = false;
  private payload: Uint8Array = new Uint8Array(0);
  private ownCheck: AnswerCheck | undefined;
  private framedPayload: Uint8Array | null = null;
  private datagram: Buffer = Buffer.alloc(0);

  constructor(options: UdpOptions, counts: UdpCounts, sockets: UdpSockets, ordinal: number, listener: LaneListener) {
    const { address, port } = options.endpoint;
    this.options = options;
    this.sockets = sockets;
    this.ordinal = ordinal;
    this.listener = listener;
    this.isNumbered = options.sequence === 'header';
    this.flow = new UdpFlow(counts);
    this.socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', recvBufferSize: receiveBufferBytes });
    this.socket.on('message', (data) => this.receive(data));
    this.socket.on('error', (error: NodeJS.ErrnoException) => this.down(error.code ?? 'ESOCKET'));
    this.socket.once('connect', () => {
      this.localPort = this.socket.address().port;
      this.ready();
    });
    this.socket.connect(port, address);
  }

  /** Its request has timed out. @returns whether it can be used again: a late answer is told apart. */
  reopen(): boolean {
    this.flow.giveUp();
    // The kernel may not have taken it yet.
    this.framedPayload = null;
    if (!this.isNumbered) {
      this.socket.unref();
      this.sockets.linger(this, this.options.lingerUs);
      return false;
    }
    this.listening = true;
    process.nextTick(() => this.ready());
    return true;
  }

  send(endpoint: number, sequence: number): void {
    const source = this.options.payloads[endpoint];
    if (!source) throw new RangeError(`No request ${endpoint}.`);
    this.payload = source.next();
    this.ownCheck = source.check;
    this.flow.send(sequence);
    if (this.isNumbered) {
      this.number(sequence);
      this.socket.send(this.datagram, this.onSent);
    } else {
      this.socket.send(this.payload, this.onSent);
    }
  }

  destroy(): void {
    this.listening = false;
    if (this.flow.outstanding === 0) this.close();
    else if (!this.closed) this.sockets.leave(this.ordinal, this);
  }

  retire(): void {
    this.close();
  }

  close(): void {
    this.listening = false;
    if (this.closed) return;
    this.closed = true;
    this.socket.close();
  }

  private number(sequence: number): void {
    if (this.payload !== this.framedPayload) {
      this.datagram = withUdpHeader(this.ordinal, this.payload);
      this.framedPayload = this.payload;
    }
    writeSequence(this.datagram, sequence);
  }

  /** Without a callback, dgram keeps a failed send to itself. */
  private readonly onSent = (error: NodeJS.ErrnoException | null): void => {
    if (error) this.down(error.code ?? 'ESOCKET');
  };

  private ready(): void {
    if (this.listening) this.listener.onReady(this.ordinal);
  }

  private receive(data: Buffer): void {
    const now = nowUs();
    const { flow, options } = this;
    const from = this.isNumbered ? udpHeaderBytes : 0;
    if (!flow.receive(this.isNumbered ? readSequence(data, this.ordinal) : flow.expected) || !this.listening) return;
    const good =
      (!options.echoCheck || isEqual(data, from, data.length, this.payload)) &&
      (options.check?.(data, from, data.length, this.payload) ?? true) &&
      (this.ownCheck?.(data, from, data.length, this.payload) ?? true);
    this.listener.onAnswer(this.ordinal, good, 0, data.length, now, now, true);
  }

  private down(code: string): void {
    const { listening } = this;
    this.close();
    if (listening) this.listener.onDown(this.ordinal, code, nowUs());
  }
}
