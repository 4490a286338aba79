import { parseLoose } from './json.js'
import type { Consumer, Context } from './Reader.js'
import { LogError, type TrainingLog } from './TrainingLog.js'

/** Why a text is no JSON, and where. */
const refuse = (text: string, path: string): never => {
  try {
    JSON.parse(text)
  } catch (error) {
    const message = (error as Error).message
    const at = Number(/position (\d+)/.exec(message)?.[1] ?? NaN)
    const line = Number.isNaN(at) ? null : text.slice(0, at).split('\n').length
    if (/end of JSON|Unterminated/.test(message) || at >= text.trimEnd().length)
      throw new LogError(
        path,
        text.trimEnd().split('\n').length,
        'is cut off in the middle: expected the rest of the JSON',
      )
    throw new LogError(
      path,
      line,
      `not valid JSON: ${message.replace(/,? ?\.\.\..*| in JSON at position.*| \(line .*/, '')}`,
    )
  }
  throw new LogError(path, null, 'not valid JSON')
}

/** Reads a file that is one piece of JSON. */
export const document = ({ path }: Context, read: (value: unknown, text: string) => TrainingLog): Consumer => {
  const lines: Array<string> = []
  return {
    line: ({ text }) => void lines.push(text),
    end: () => {
      const text = lines.join('\n')
      const value = parseLoose(text)
      return value === undefined ? refuse(text, path) : read(value, text)
    },
  }
}

/** The lines on which the objects of a list begin, at that depth of brackets. */
export const linesOfObjects = (text: string, from: number, depth: number): ReadonlyArray<number> => {
  const lines: Array<number> = []
  let line = text.slice(0, from).split('\n').length
  let inside = 0
  let quoted = false
  for (let i = from; i < text.length; i += 1) {
    const char = text.charCodeAt(i)
    if (char === 10) line += 1
    else if (quoted) {
      if (char === 92) i += 1
      else if (char === 34) quoted = false
    } else if (char === 34) quoted = true
    else if (char === 123 || char === 91) {
      inside += 1
      if (char === 123 && inside === depth) lines.push(line)
    } else if (char === 125 || char === 93) {
      inside -= 1
      if (inside <= 0) break
    }
  }
  return lines
}
