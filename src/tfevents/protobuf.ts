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

/** A field as it was read; what its bytes mean only its reader knows. They are left where they are: files have millions of fields. */
export interface Field {
  readonly number: number
  /** 0, 1 or 5: a number's bits; 2: bytes */
  readonly wireType: 0 | 1 | 2 | 5
  /** of wire type 0, as an int64 */
  readonly varint: number
  /** of all others: the bytes from `start` up to `end` of `data` */
  readonly data: Uint8Array
  readonly start: number
  readonly end: number
}

/** Bytes that are no message. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError'
}

/** The fields of a message, which lies from `start` up to `end` of the bytes. Throws a `ProtobufError` where there is none. */
export const fields = (data: Uint8Array, start = 0, end = data.length): ReadonlyArray<Field> => {
  const found: Array<Field> = []
  let at = start
  const readByte = (): number => {
    if (at >= end) throw new ProtobufError(`a number ends with the message, at byte ${at - start}`)
    at += 1
    return data[at - 1] as number
  }
  /** As an int64. Nearly all are small: bigints, which are slow, are for those that aren't. */
  const readVarint = (): number => {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = readByte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    let long = BigInt(value)
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = readByte()
      long |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return Number(BigInt.asIntN(64, long))
    }
    throw new ProtobufError(`a number is longer than 10 bytes, at byte ${at - start}`)
  }
  const skip = (length: number): void => {
    // what is too large for an int64 comes out negative
    if (length < 0 || length > end - at)
      throw new ProtobufError(`a field of ${length} bytes ends behind the message, at byte ${at - start}`)
    at += length
  }
  while (at < end) {
    const tag = readVarint()
    const number = Math.floor(tag / 8)
    const wireType = tag & 7
    if (wireType === 0) {
      found.push({ number, wireType, varint: readVarint(), data, start: at, end: at })
      continue
    }
    if (wireType !== 1 && wireType !== 2 && wireType !== 5)
      throw new ProtobufError(`there is no wire type ${wireType}, at byte ${at - start}`)
    const length = wireType === 2 ? readVarint() : wireType === 1 ? 8 : 4
    const from = at
    skip(length)
    found.push({ number, wireType, varint: 0, data, start: from, end: at })
  }
  return found
}

/** The message that a field holds. */
export const fieldsIn = ({ data, start, end }: Field): ReadonlyArray<Field> => fields(data, start, end)
/** A field's bytes. */
export const bytesOf = ({ data, start, end }: Field): Uint8Array => data.subarray(start, end)

// a view for each number would take longer than the rest
const scratch = new DataView(new ArrayBuffer(8))
/** A field's first bytes, 8 at most, as a view whose numbers can be read until the next such. */
export const viewed = ({ data, start, end }: Field): DataView => {
  for (let i = start; i < end && i < start + 8; i += 1) scratch.setUint8(i - start, data[i] as number)
  return scratch
}

/** int64. */
export const intOf = (field: Field): number => field.varint
export const doubleOf = (field: Field): number => (field.wireType === 1 ? viewed(field).getFloat64(0, true) : NaN)
export const floatOf = (field: Field): number => (field.wireType === 5 ? viewed(field).getFloat32(0, true) : NaN)
export const textOf = (field: Field): string => fromUtf8.decode(bytesOf(field))

/** Whether a field holds that text, in ASCII. */
export const isText = ({ data, start, end }: Field, ascii: string): boolean => {
  if (end - start !== ascii.length) return false
  for (let i = 0; i < ascii.length; i += 1) if (data[start + i] !== ascii.charCodeAt(i)) return false
  return true
}

/** The last field of that number, which is the one that counts. */
export const last = (all: ReadonlyArray<Field>, number: number): Field | undefined => {
  for (let i = all.length - 1; i >= 0; i -= 1) if ((all[i] as Field).number === number) return all[i]
  return undefined
}
