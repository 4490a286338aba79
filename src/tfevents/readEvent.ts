import { doubleOf, fields, fieldsIn, floatOf, intOf, isText, last, textOf, type Field } from './protobuf.js'
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

/** The name of the plugin that shows a value: a field within a field of its metadata. */
const pluginOf = (value: ReadonlyArray<Field>): Field | undefined => {
  const metadata = last(value, 9)
  const plugin = metadata && last(fieldsIn(metadata), 1)
  return plugin && last(fieldsIn(plugin), 1)
}

/** What TensorFlow 1 and PyTorch write has no metadata, or had it with the tag's first value only. */
const old: Readonly<Record<number, string>> = { 4: 'image', 5: 'histogram', 6: 'audio' }

/** The field that holds the value itself, a number or another: the last one counts. */
const contentOf = (all: ReadonlyArray<Field>): Field | undefined => {
  for (let i = all.length - 1; i >= 0; i -= 1) {
    const field = all[i] as Field
    if (field.number === 2 || field.number === 8 || old[field.number] !== undefined) return field
  }
  return undefined
}

const readValue = (message: Field): ReadValue => {
  const all = fieldsIn(message)
  const named = last(all, 1)
  const tag = named ? textOf(named) : ''
  const what = contentOf(all)
  if (what?.number === 2) return { tag, value: floatOf(what), kind: 'scalar' }
  const plugin = pluginOf(all)
  const shownBy = (otherwise: string): string => (plugin ? textOf(plugin) : otherwise)
  if (what === undefined) return { tag, value: undefined, kind: shownBy('unknown') }
  if (what.number !== 8) return { tag, value: undefined, kind: old[what.number] as string }
  // without metadata one number is taken for one: only the first value of a tag need have any
  const mayBeScalar = plugin === undefined || isText(plugin, 'scalars')
  const value = mayBeScalar ? scalarOf(what.data, what.start, what.end) : undefined
  return { tag, value, kind: value === undefined ? shownBy('tensor') : 'scalar' }
}

/** An event of an event file. Throws a `ProtobufError` where the bytes are none. */
export const readEvent = (data: Uint8Array): ReadEvent => {
  const all = fields(data)
  const [wallTime, step, version] = [last(all, 1), last(all, 2), last(all, 3)]
  const values: Array<ReadValue> = []
  for (const summary of all)
    if (summary.number === 5)
      for (const value of fieldsIn(summary))
        if (value.number === 1 && value.wireType === 2) values.push(readValue(value))
  return {
    wallTime: wallTime ? doubleOf(wallTime) : 0,
    step: step ? intOf(step) : 0,
    version: version && textOf(version),
    values,
  }
}
