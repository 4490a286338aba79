import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { summaryEvent } from '../../src/tfevents/Event.js'
import { bytes, double, float, int, message, ProtobufError, text } from '../../src/tfevents/protobuf.js'
import { readEvent } from '../../src/tfevents/readEvent.js'
import { concat } from '../../src/tfevents/records.js'
import { histogram, scalar } from '../../src/tfevents/Summary.js'
import { bucketsOf } from '../../src/tfevents/histogram.js'
import { scalarOf } from '../../src/tfevents/tensor.js'

/** Without its frame. */
const bare = (record: Uint8Array): Uint8Array => record.subarray(12, record.length - 4)
const event = (...values: ReadonlyArray<Uint8Array>): Uint8Array =>
  concat([double(1, 1.5), int(2, 7), message(5, ...values.map((value) => message(1, value)))])
const plugin = (name: string): Uint8Array => message(9, message(1, text(1, name)))

describe('events', () => {
  test.prop([fc.float({ noNaN: false }), fc.maxSafeInteger(), fc.double({ min: 0, max: 4e9, noNaN: true })])(
    'of scalars come back',
    (value, step, wallTime) => {
      expect(readEvent(bare(summaryEvent(wallTime, step, [scalar('größe/x', value)])))).toEqual({
        wallTime,
        step,
        version: undefined,
        values: [{ tag: 'größe/x', value, kind: 'scalar' }],
      })
    },
  )
  it('of TensorFlow 1 and PyTorch hold a simple value', () => {
    const one = concat([text(1, 'loss'), float(2, 0.25)])
    expect(readEvent(event(one)).values).toEqual([{ tag: 'loss', value: 0.25, kind: 'scalar' }])
  })
  it('may have a tensor of one number without metadata, which only the first of a tag has', () => {
    const tensor = message(8, int(1, 1), message(2), float(5, 0.5))
    expect(readEvent(event(concat([text(1, 'x'), tensor]))).values).toEqual([{ tag: 'x', value: 0.5, kind: 'scalar' }])
  })
  it('say what they hold where it is no number', () => {
    const values = [
      concat([text(1, 'h'), message(5, double(1, 0))]),
      concat([text(1, 't'), message(8, int(1, 7), text(8, 'hi')), plugin('text')]),
      concat([text(1, 'e'), plugin('hparams')]),
      concat([text(1, 'n')]),
    ]
    expect(readEvent(event(...values)).values.map(({ tag, value, kind }) => [tag, value, kind])).toEqual([
      ['h', undefined, 'histogram'],
      ['t', undefined, 'text'],
      ['e', undefined, 'hparams'],
      ['n', undefined, 'unknown'],
    ])
    expect(readEvent(bare(summaryEvent(0, 0, [histogram('x', [1, 2])]))).values[0]?.kind).toBe('histograms')
  })
  test.prop([fc.uint8Array({ maxLength: 60 })])('that are none are refused, and nothing else goes wrong', (data) => {
    try {
      readEvent(data)
    } catch (error) {
      expect(error).toBeInstanceOf(ProtobufError)
    }
  })
})

describe('tensors of one number', () => {
  const of = (dtype: number, ...content: ReadonlyArray<Uint8Array>): number | undefined =>
    scalarOf(concat([int(1, dtype), message(2), ...content]))
  it.each([
    ['float', 1, bytes(4, new Uint8Array(Float32Array.of(0.5).buffer)), 0.5],
    ['double', 2, bytes(4, new Uint8Array(Float64Array.of(0.1).buffer)), 0.1],
    ['double in its field', 2, double(6, 0.1), 0.1],
    ['int32', 3, int(7, -3), -3],
    ['int32 packed', 3, bytes(7, Uint8Array.of(0x96, 0x01)), 150],
    ['int64', 9, int(10, 2 ** 40), 2 ** 40],
    ['int64 as bytes', 9, bytes(4, new Uint8Array(BigInt64Array.of(-5n).buffer)), -5],
    ['half', 19, int(13, 0x3c00), 1],
    ['half as bytes', 19, bytes(4, Uint8Array.of(0x00, 0xc0)), -2],
    ['small half', 19, int(13, 0x0001), 2 ** -24],
    ['bfloat16', 14, bytes(4, Uint8Array.of(0x80, 0x3f)), 1],
    ['bool', 10, int(11, 1), 1],
  ])('%s', (_, dtype, content, value) => {
    expect(of(dtype, content)).toBe(value)
  })
  it('0 may be left out; several numbers, texts and types that there aren’t are none', () => {
    expect(of(1)).toBe(0)
    expect(scalarOf(concat([int(1, 1), message(2, message(2, int(1, 2))), float(5, 1)]))).toBeUndefined()
    expect(of(7, text(8, 'x'))).toBeUndefined()
    expect(of(99, float(5, 1))).toBeUndefined()
  })
})

describe('buckets', () => {
  test.prop([
    // + 0: Math.min and Math.max tell -0 from 0, and it is no other edge.
    fc.array(
      fc.double({ noNaN: false, min: -1e9, max: 1e9 }).map((x) => x + 0),
      { maxLength: 50 },
    ),
    fc.integer({ min: 1, max: 40 }),
  ])('hold every finite value once, side by side', (values, count) => {
    const finite = values.filter(Number.isFinite)
    const buckets = bucketsOf(values, count)
    expect(buckets).toHaveLength(count)
    expect(buckets.reduce((sum, [, , n]) => sum + n, 0)).toBe(finite.length)
    for (const [i, [left]] of buckets.entries()) if (i > 0) expect(left).toBe(buckets[i - 1]![1])
    if (finite.length > 0) {
      expect(buckets[0]![0]).toBe(Math.min(...finite))
      expect(buckets.at(-1)![1]).toBe(Math.max(...finite))
    }
  })
})
