import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { crc32c, maskedCrc32c } from '../../src/tfevents/crc32c.js'
import { concat, frame, recordReader, type RecordFault } from '../../src/tfevents/records.js'

const bytes = fc.uint8Array({ maxLength: 300 })

const read = (file: Uint8Array, chunk = file.length, longest?: number) => {
  const records: Array<Uint8Array> = []
  const reader = recordReader((data) => void records.push(data.slice()), longest)
  for (let at = 0; at < file.length; at += chunk) reader.push(file.slice(at, at + chunk))
  const fault: RecordFault | undefined = reader.end()
  return { records, fault }
}

/** A record that claims a length, with the right CRC of it, and holds nothing. */
const claiming = (length: bigint): Uint8Array => {
  const head = new Uint8Array(12)
  const view = new DataView(head.buffer)
  view.setBigUint64(0, length, true)
  view.setUint32(8, maskedCrc32c(head.subarray(0, 8)), true)
  return head
}

describe('crc32c', () => {
  it('is that of RFC 3720', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e)
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283)
  })
})

describe('records', () => {
  test.prop([fc.array(bytes, { maxLength: 8 }), fc.integer({ min: 1, max: 700 })])(
    'come back however a file is cut into pieces',
    (all, chunk) => {
      expect(read(concat(all.map(frame)), chunk)).toEqual({ records: all, fault: undefined })
    },
  )
  test.prop([fc.array(bytes, { minLength: 1, maxLength: 5 }), fc.nat()])('are whole in a torn file', (all, cut) => {
    const file = concat(all.map(frame))
    const torn = file.subarray(0, cut % file.length)
    const { records, fault } = read(torn, 7)
    expect(records).toEqual(all.slice(0, records.length))
    const whole = concat(records.map(frame)).length
    expect(fault).toEqual(
      whole === torn.length
        ? undefined
        : { at: whole, kind: 'torn', problem: `the file ends ${torn.length - whole} bytes into it` },
    )
  })
  test.prop([fc.array(bytes, { minLength: 1, maxLength: 5 }), fc.nat(), fc.integer({ min: 1, max: 255 })])(
    'end before a damaged one',
    (all, at, flip) => {
      const file = concat(all.map(frame))
      const place = at % file.length
      file[place] = (file[place] as number) ^ flip
      const { records, fault } = read(file)
      let damaged = 0
      for (let begun = 0; begun + frame(all[damaged]!).length <= place; damaged += 1)
        begun += frame(all[damaged]!).length
      expect(records).toEqual(all.slice(0, damaged))
      expect(fault?.kind).toBe('damaged')
    },
  )
  it('are not believed when they claim gigabytes', () => {
    const good = frame(Uint8Array.of(1, 2, 3))
    for (const length of [2n ** 32n, 2n ** 63n]) {
      const { records, fault } = read(concat([good, claiming(length), new Uint8Array(100)]))
      expect(records).toHaveLength(1)
      expect(fault).toMatchObject({ at: good.length, kind: 'damaged' })
      expect(fault?.problem).toContain(`claims ${length} bytes`)
    }
  })
})
