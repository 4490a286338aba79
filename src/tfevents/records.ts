import { maskedCrc32c } from './crc32c.js'

/**
 * TFRecord: each record is its length (8 bytes, little endian), the masked CRC of that, the data, and the masked CRC of those.
 */

const headBytes = 12
const footBytes = 4

/** A record as it stands in a file. */
export const frame = (data: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(headBytes + data.length + footBytes)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(data.length), true)
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true)
  bytes.set(data, headBytes)
  view.setUint32(headBytes + data.length, maskedCrc32c(data), true)
  return bytes
}

/** Where the records of a file end before the file does. */
export interface RecordFault {
  /** byte at which the record begins */
  readonly at: number
  /** 'torn': the file ends within it, as a killed process leaves it; 'damaged': a CRC says otherwise */
  readonly kind: 'torn' | 'damaged'
  readonly problem: string
}

/** Takes bytes as they are read from a file, and hands on the records in them. */
export interface RecordReader {
  readonly push: (bytes: Uint8Array) => void
  /** after the last byte: what is wrong, if anything is */
  readonly end: () => RecordFault | undefined
}

/**
 * Reads records from bytes that come piece by piece, and stops for good at the first that isn't whole: where one ends nobody knows
 * then. A length is believed only when its CRC is right and it isn't more than `longest`, so that nothing is allocated for a
 * record that claims gigabytes.
 */
export const recordReader = (onRecord: (data: Uint8Array, at: number) => void, longest = 2 ** 28): RecordReader => {
  /** read and not yet used, and how many bytes must be there before looking at them is worth while */
  let pieces: ReadonlyArray<Uint8Array> = []
  let waiting = 0
  let needed = headBytes
  let at = 0
  let fault: RecordFault | undefined
  /** Whether what begins there can't be a record, by what is there of it. */
  const problemOf = (bytes: Uint8Array, view: DataView, from: number): string | undefined => {
    if (view.getUint32(from + 8, true) !== maskedCrc32c(bytes, from, from + 8)) return 'the CRC of its length is wrong'
    const [low, high] = [view.getUint32(from, true), view.getUint32(from + 4, true)]
    if (high > 0 || low > longest)
      return `it claims ${view.getBigUint64(from, true)} bytes; more than ${longest} are not read`
    needed = headBytes + low + footBytes
    if (bytes.length - from < needed) return undefined
    const foot = from + needed - footBytes
    return view.getUint32(foot, true) === maskedCrc32c(bytes, from + headBytes, foot)
      ? undefined
      : 'the CRC of its data is wrong'
  }
  /** Hands on the record that begins there: how long it is with all; 0 where there is none yet. */
  const take = (bytes: Uint8Array, view: DataView, from: number): number => {
    needed = headBytes
    if (bytes.length - from < headBytes) return 0
    const problem = problemOf(bytes, view, from)
    if (problem !== undefined) fault = { at, kind: 'damaged', problem }
    if (problem !== undefined || bytes.length - from < needed) return 0
    onRecord(bytes.subarray(from + headBytes, from + needed - footBytes), at)
    return needed
  }
  return {
    push: (bytes) => {
      if (fault || bytes.length === 0) return
      pieces = [...pieces, bytes]
      waiting += bytes.length
      if (waiting < needed) return
      const all = concat(pieces)
      const view = new DataView(all.buffer, all.byteOffset, all.byteLength)
      let from = 0
      for (let used = take(all, view, 0); used > 0; used = take(all, view, from)) {
        at += used
        from += used
      }
      pieces = from < all.length ? [all.subarray(from)] : []
      waiting = all.length - from
    },
    end: () =>
      fault ?? (waiting > 0 ? { at, kind: 'torn', problem: `the file ends ${waiting} bytes into it` } : undefined),
  }
}

/** Pieces as one. */
export const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
