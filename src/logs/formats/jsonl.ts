import { document } from '../document.js'
import { isObject, type Fields } from '../json.js'
import { jsonLines } from '../jsonLines.js'
import { layout } from '../Layout.js'
import { epochNames, stepNames } from '../names.js'
import { Objects } from '../objects.js'
import type { Consumer, Context, Reader } from '../Reader.js'
import { LogError } from '../TrainingLog.js'

const lines = layout({ format: 'jsonl', word: 'key' })

const places: ReadonlySet<string> = new Set([...epochNames, ...stepNames])
const isPlaced = (record: Fields): boolean => Object.keys(record).some((key) => places.has(key.toLowerCase()))

/** A list of objects, or one alone that is spread over several lines. */
const documentOf = (context: Context): Consumer =>
  document(context, (value) => {
    const list: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
    const wrong = list.findIndex((item) => !isObject(item))
    if (wrong >= 0 || list.length === 0)
      throw new LogError(
        context.path,
        null,
        `expected a list of objects of metrics${wrong >= 0 ? `, item ${wrong} is none` : ''}`,
      )
    const objects = new Objects(context.path, lines, context.options, list as ReadonlyArray<Fields>)
    for (const item of list) objects.row(item as Fields, NaN)
    return objects.end()
  })

/** JSON Lines of anybody's: an object a line, with an epoch or a step in it. */
export const jsonl = {
  name: 'jsonl',
  looksLike: 'JSON Lines, or a list of objects, with an epoch or a step in each',
  matches: ({ records, text }) =>
    records.some(isPlaced) ||
    (/^\s*(\[\s*\{|\{\s*\n)/.test(text) &&
      Array.from(text.matchAll(/"([^"\\]+)"\s*:/g)).some(([, key = '']) => places.has(key.toLowerCase()))),
  open: (context) => (context.head.records.length > 0 ? jsonLines(context, lines) : documentOf(context)),
} as const satisfies Reader
