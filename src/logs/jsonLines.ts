import { isObject, parseLoose } from './json.js'
import { Objects, type ObjectLayout } from './objects.js'
import type { Consumer, Context, Line } from './Reader.js'
import type { Said } from './shape.js'
import { shown } from './text.js'
import { LogError } from './TrainingLog.js'

/** Reads JSON Lines: an object a line. */
export const jsonLines = (
  context: Context,
  layout: ObjectLayout,
  say: (objects: Objects) => Said = () => ({}),
): Consumer => {
  const { path, head, options } = context
  const objects = new Objects(path, layout, options, head.records)
  return {
    line: ({ text, number, torn }: Line) => {
      if (text.trim() === '') return
      const fields = parseLoose(text)
      if (isObject(fields)) objects.row(fields, number)
      else if (torn) objects.pass(number, 'cut off in the middle, left out')
      else
        throw new LogError(
          path,
          number,
          `not a JSON object: expected one a line, such as {"step": 1, "loss": 0.5}, got ${shown(text)}`,
        )
    },
    end: () => objects.end(say(objects)),
  }
}
