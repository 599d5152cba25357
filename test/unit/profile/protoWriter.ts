/** Writes protocol buffers for tests: a message is a list of [field, value]; numbers are varints, the rest has a length. */
export type ProtoField = readonly [number, number | bigint | string | Uint8Array | readonly ProtoField[]];

export function protobuf(fields: readonly ProtoField[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [field, value] of fields) {
    if (typeof value === 'number' || typeof value === 'bigint') {
      parts.push(varint(field * 8), varint(value));
      continue;
    }
    const bytes =
      typeof value === 'string'
        ? new TextEncoder().encode(value)
        : value instanceof Uint8Array
          ? value
          : protobuf(value);
    parts.push(varint(field * 8 + 2), varint(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

/** Numbers one after the other, as a packed field holds them. */
export function packed(values: readonly (number | bigint)[]): Uint8Array {
  return Buffer.concat(values.map(varint));
}

function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}
