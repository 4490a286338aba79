import { doubleOf, fields, floatOf, intOf, last, textOf, type Field } from './protobuf.js'
import { scalarOf } from './tensor.js'

/** A value of a summary: a number where it is one, otherwise only what it is of. */
export interface ReadValue {
  readonly tag: string
  /** undefined: an image, a histogram, a text … */
  readonly value: number | undefined
  /** 'scalar', 'histogram', 'image', 'audio', the name of a plugin, or 'unknown' */
  readonly kind: string
}

export interface ReadEvent {
  /** seconds since 1970 */
  readonly wallTime: number
  readonly step: number
  /** of the first event of a file: 'brain.Event:2' */
  readonly version: string | undefined
  readonly values: ReadonlyArray<ReadValue>
}

const pluginOf = (value: ReadonlyArray<Field>): string | undefined => {
  const metadata = last(value, 9)
  const plugin = metadata && last(fields(metadata.bytes), 1)
  const name = plugin && last(fields(plugin.bytes), 1)
  return name && textOf(name)
}

/** What TensorFlow 1 and PyTorch write has no metadata, or had it with the tag's first value only. */
const old: Readonly<Record<number, string>> = { 4: 'image', 5: 'histogram', 6: 'audio' }

const readValue = (data: Uint8Array): ReadValue => {
  const all = fields(data)
  const tag = last(all, 1)
  const plugin = pluginOf(all)
  const what = all.findLast(({ number }) => number === 2 || number === 8 || number in old)
  const named = { tag: tag ? textOf(tag) : '' }
  if (what?.number === 2) return { ...named, value: floatOf(what), kind: 'scalar' }
  if (what === undefined) return { ...named, value: undefined, kind: plugin ?? 'unknown' }
  if (what.number !== 8) return { ...named, value: undefined, kind: old[what.number] as string }
  // without metadata one number is taken for one: only the first value of a tag need have any
  const value = plugin === undefined || plugin === 'scalars' ? scalarOf(what.bytes) : undefined
  return { ...named, value, kind: value === undefined ? (plugin ?? 'tensor') : 'scalar' }
}

/** An event of an event file. Throws a `ProtobufError` where the bytes are none. */
export const readEvent = (data: Uint8Array): ReadEvent => {
  const all = fields(data)
  const [wallTime, step, version] = [last(all, 1), last(all, 2), last(all, 3)]
  return {
    wallTime: wallTime ? doubleOf(wallTime) : 0,
    step: step ? intOf(step) : 0,
    version: version && textOf(version),
    values: all
      .filter(({ number }) => number === 5)
      .flatMap((summary) => fields(summary.bytes))
      .filter(({ number, wireType }) => number === 1 && wireType === 2)
      .map((value) => readValue(value.bytes)),
  }
}
