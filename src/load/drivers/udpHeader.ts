/**
 * What goes before a numbered datagram's payload, and must come back before the answer's: the letters `SLP1`, the lane (32 bits), the
 * request's number in the run (64 bits), big-endian.
 */
export const udpHeaderBytes = 16;

const magic = Buffer.from('SLP1');

/** A payload behind a header for this lane, its number still to be written. */
export function withUdpHeader(lane: number, payload: Uint8Array): Buffer {
  const datagram = Buffer.alloc(udpHeaderBytes + payload.length);
  datagram.set(magic);
  datagram.writeUInt32BE(lane, 4);
  datagram.set(payload, udpHeaderBytes);
  return datagram;
}

export function writeSequence(datagram: Buffer, sequence: number): void {
  datagram.writeUInt32BE(Math.floor(sequence / 2 ** 32), 8);
  datagram.writeUInt32BE(sequence % 2 ** 32, 12);
}

/** The number in a datagram for this lane; 0 if there is none. */
export function readSequence(datagram: Buffer, lane: number): number {
  if (datagram.length < udpHeaderBytes) return 0;
  for (let i = 0; i < magic.length; i++) if (datagram[i] !== magic[i]) return 0;
  if (datagram.readUInt32BE(4) !== lane) return 0;
  return datagram.readUInt32BE(8) * 2 ** 32 + datagram.readUInt32BE(12);
}
