import { Collector } from '../Collector.js'
import { document } from '../document.js'
import { isObject, type Fields } from '../json.js'
import { layout } from '../Layout.js'
import { numberIn } from '../numberIn.js'
import type { Context, Reader } from '../Reader.js'
import { shape } from '../shape.js'
import { shown } from '../text.js'
import { LogError, type TrainingLog } from '../TrainingLog.js'

const history = layout({
  format: 'keras-history',
  word: 'key',
  epoch: ['epoch'],
  step: [],
  time: [],
  epochsFrom: 0,
  rowAnEpoch: true,
  order: 'epoch',
  others: () => [],
})

const refuse = (path: string, message: string): never => {
  throw new LogError(path, null, message)
}

const numbersIn = (path: string, name: string, list: ReadonlyArray<unknown>): ReadonlyArray<number | undefined> =>
  list.map((item, i) => {
    if (item === null) return undefined
    const x = typeof item === 'string' ? numberIn(item.trim()) : item
    return typeof x === 'number'
      ? x
      : refuse(path, `'${name}'[${i}] is ${shown(item)}: expected a number, null, NaN or Infinity`)
  })

/**
 * In which epochs a shorter list was measured: with validation_freq n, in every n-th. Undefined unless exactly one n gives a
 * list of that length.
 */
const spacing = (epochs: number, length: number): number | undefined => {
  const fits: Array<number> = []
  for (let n = 2; n <= epochs; n += 1) if (Math.floor(epochs / n) === length) fits.push(n)
  return fits.length === 1 ? fits[0] : undefined
}

const listsIn = (value: unknown): Fields | undefined => {
  if (!isObject(value)) return undefined
  const inner = isObject(value['history']) ? value['history'] : value
  return Object.values(inner).some(Array.isArray) ? inner : undefined
}

const read = ({ path, options }: Context, value: unknown): TrainingLog => {
  const lists = listsIn(value)
  if (!lists) return refuse(path, 'expected a History: an object of lists, such as {"loss": [0.5, 0.25]}')
  const outside: unknown = isObject(value) && lists !== value ? value['epoch'] : lists['epoch']
  const names = Object.keys(lists).filter((name) => Array.isArray(lists[name]) && lists[name] !== outside)
  const columns = names.map((name) => [name, lists[name] as ReadonlyArray<unknown>] as const)
  const length = columns.reduce((most, [, list]) => Math.max(most, list.length), 0)
  if (length === 0) return refuse(path, 'the lists are empty: expected at least one epoch')
  const epochs = Array.isArray(outside) ? numbersIn(path, 'epoch', outside) : undefined
  if (epochs && epochs.length !== length)
    return refuse(path, `'epoch' has ${epochs.length} numbers and the longest list ${length}: expected as many`)
  const notes: Array<string> = []
  const rows = new Collector(path, history, options.segment)
  const placed = columns.flatMap(([name, list]) => {
    const every = list.length === length ? 1 : spacing(length, list.length)
    if (every === undefined) {
      notes.push(`left out: ${name} (${list.length} values in ${length} epochs: it isn't said in which)`)
      return []
    }
    if (every > 1)
      notes.push(
        `${name}: ${list.length} values in ${length} epochs are taken for those of every ${every} epochs, as with validation_freq=${every}`,
      )
    if (list.some(Array.isArray)) {
      notes.push(`left out: ${name} (lists, not numbers)`)
      return []
    }
    return [{ field: rows.field(name), values: numbersIn(path, name, list), every }]
  })
  for (let i = 0; i < length; i += 1) {
    if (!rows.row({ epoch: epochs?.[i] ?? i, step: undefined, time: undefined }, NaN)) continue
    for (const { field, values, every } of placed) {
      const x = (i + 1) % every === 0 ? values[(i + 1) / every - 1] : undefined
      if (x !== undefined) rows.number(field, x)
    }
  }
  return shape(rows, options, { ...(epochs && { epoch: 'epoch' }), notes })
}

/** A History as JSON, of Keras or TensorFlow.js: a list of numbers a metric. */
export const kerasHistory = {
  name: 'keras-history',
  looksLike: 'a History: a JSON object of lists',
  matches: ({ text, lines }) =>
    /^\s*\{\s*"[^"]*"\s*:\s*\[/.test(text) && !(lines[1]?.startsWith('{') ?? false)
      ? true
      : /^\s*\{/.test(text) && /"history"\s*:\s*\{\s*"[^"]*"\s*:\s*\[/.test(text),
  open: (context) => document(context, (value) => read(context, value)),
} as const satisfies Reader
