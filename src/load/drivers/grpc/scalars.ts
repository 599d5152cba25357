/**
 * Checks one value against protobuf's JSON mapping and gives it the form that protobufjs encodes.
 * @returns undefined if the value is none of its type.
 */
export function scalarOf(type: string, value: unknown): unknown {
  switch (type) {
    case 'double':
    case 'float':
      return floating(value, type === 'float' ? largestFloat : Number.MAX_VALUE);
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'bytes':
      return typeof value === 'string' ? base64(value) : undefined;
    default: {
      const range = ranges.get(type);
      return range ? whole(value, range) : undefined;
    }
  }
}

const largestFloat = 3.4028234663852886e38;
const signed32: Range = { least: -(2n ** 31n), most: 2n ** 31n - 1n };
const unsigned32: Range = { least: 0n, most: 2n ** 32n - 1n };
const signed64: Range = { least: -(2n ** 63n), most: 2n ** 63n - 1n };
const unsigned64: Range = { least: 0n, most: 2n ** 64n - 1n };

interface Range {
  readonly least: bigint;
  readonly most: bigint;
}

const ranges = new Map<string, Range>([
  ['int32', signed32],
  ['sint32', signed32],
  ['sfixed32', signed32],
  ['uint32', unsigned32],
  ['fixed32', unsigned32],
  ['int64', signed64],
  ['sint64', signed64],
  ['sfixed64', signed64],
  ['uint64', unsigned64],
  ['fixed64', unsigned64],
]);

/** What the type takes, for the sentence that says that a value is none. */
export function expectation(type: string): string {
  const range = ranges.get(type);
  if (range) return `a whole number from ${range.least} to ${range.most}`;
  if (type === 'bytes') return 'text in Base64';
  if (type === 'double' || type === 'float') return 'a number';
  return type === 'bool' ? 'true or false' : 'text';
}

/** 64-bit values as text: a double holds no more than 53 bits. */
function whole(value: unknown, { least, most }: Range): number | string | undefined {
  if (
    typeof value === 'number'
      ? !Number.isSafeInteger(value)
      : !(typeof value === 'string' && /^-?\d{1,20}$/.test(value))
  )
    return undefined;
  const exact = BigInt(value as number | string);
  if (exact < least || exact > most) return undefined;
  return most > unsigned32.most ? String(exact) : Number(exact);
}

function floating(value: unknown, largest: number): number | undefined {
  if (value === 'NaN') return NaN;
  if (value === 'Infinity') return Infinity;
  if (value === '-Infinity') return -Infinity;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Math.abs(number) <= largest ? number : undefined;
}

/** Either alphabet, with or without padding, as the JSON mapping asks. */
function base64(text: string): Buffer | undefined {
  return /^[\w+/-]*={0,2}$/.test(text) && text.replace(/=+$/, '').length % 4 !== 1
    ? Buffer.from(text, 'base64')
    : undefined;
}
