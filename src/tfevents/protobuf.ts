import { concat } from './records.js'

/**
 * Enough of the Protocol Buffers wire format for event files: fields one after another, each its number, its wire type and its
 * value. Messages are written as lists of fields and read as such; nothing is generated from schemas, of which a dozen are used.
 */

const utf8 = new TextEncoder()
const fromUtf8 = new TextDecoder()

const varintBytes = (value: bigint): ReadonlyArray<number> => {
  const bytes: Array<number> = []
  let rest = BigInt.asUintN(64, value)
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return [...bytes, Number(rest)]
}

/** Most are small, and bigints are slow. */
const varint = (value: number): ReadonlyArray<number> => {
  if (!(value >= 0 && value < 2 ** 31)) return varintBytes(BigInt(value))
  const bytes: Array<number> = []
  let rest = value
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return [...bytes, rest]
}

const key = (field: number, wireType: number): ReadonlyArray<number> => varint((field << 3) | wireType)

const fixed = (field: number, wireType: number, size: number, put: (view: DataView) => void): Uint8Array => {
  const value = new Uint8Array(size)
  put(new DataView(value.buffer))
  return Uint8Array.from([...key(field, wireType), ...value])
}

/** A whole number: int32, int64, enum or bool. */
export const int = (field: number, value: number): Uint8Array => Uint8Array.from([...key(field, 0), ...varint(value)])

export const double = (field: number, value: number): Uint8Array =>
  fixed(field, 1, 8, (view) => view.setFloat64(0, value, true))

export const float = (field: number, value: number): Uint8Array =>
  fixed(field, 5, 4, (view) => view.setFloat32(0, value, true))

export const bytes = (field: number, value: Uint8Array): Uint8Array =>
  concat([Uint8Array.from([...key(field, 2), ...varint(value.length)]), value])

export const text = (field: number, value: string): Uint8Array => bytes(field, utf8.encode(value))

export const message = (field: number, ...fields: ReadonlyArray<Uint8Array>): Uint8Array => bytes(field, concat(fields))

/** A field as it was read; what its bytes mean only its reader knows. */
export interface Field {
  readonly number: number
  /** 0, 1 or 5: a number's bits; 2: bytes */
  readonly wireType: 0 | 1 | 2 | 5
  /** of wire type 0 */
  readonly varint: bigint
  /** of all others */
  readonly bytes: Uint8Array
}

/** Bytes that are no message. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError'
}

const none = new Uint8Array(0)

/** The fields of a message. Throws a `ProtobufError` where there is none. */
export const fields = (data: Uint8Array): ReadonlyArray<Field> => {
  const found: Array<Field> = []
  let at = 0
  const readVarint = (): bigint => {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = data[at]
      if (byte === undefined) throw new ProtobufError(`a number ends with the message, at byte ${at}`)
      at += 1
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new ProtobufError(`a number is longer than 10 bytes, at byte ${at}`)
  }
  const readBytes = (length: number): Uint8Array => {
    if (length > data.length - at)
      throw new ProtobufError(`a field of ${length} bytes ends behind the message, at byte ${at}`)
    at += length
    return data.subarray(at - length, at)
  }
  while (at < data.length) {
    const tag = readVarint()
    const number = Number(tag >> 3n)
    const wireType = Number(tag & 7n)
    if (wireType === 0) found.push({ number, wireType, varint: readVarint(), bytes: none })
    else if (wireType === 1) found.push({ number, wireType, varint: 0n, bytes: readBytes(8) })
    else if (wireType === 2) found.push({ number, wireType, varint: 0n, bytes: readBytes(Number(readVarint())) })
    else if (wireType === 5) found.push({ number, wireType, varint: 0n, bytes: readBytes(4) })
    else throw new ProtobufError(`there is no wire type ${wireType}, at byte ${at}`)
  }
  return found
}

const viewOf = (data: Uint8Array): DataView => new DataView(data.buffer, data.byteOffset, data.byteLength)

/** int64: negative numbers are stored as large ones. */
export const intOf = (field: Field): number => Number(BigInt.asIntN(64, field.varint))
export const doubleOf = (field: Field): number => (field.wireType === 1 ? viewOf(field.bytes).getFloat64(0, true) : NaN)
export const floatOf = (field: Field): number => (field.wireType === 5 ? viewOf(field.bytes).getFloat32(0, true) : NaN)
export const textOf = (field: Field): string => fromUtf8.decode(field.bytes)

/** The last field of that number, which is the one that counts. */
export const last = (all: ReadonlyArray<Field>, number: number): Field | undefined =>
  all.findLast((field) => field.number === number)
