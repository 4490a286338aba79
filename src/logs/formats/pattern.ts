import { Collector, type Place } from '../Collector.js'
import { layout } from '../Layout.js'
import { isHuge, numberIn } from '../numberIn.js'
import type { Context, Reader } from '../Reader.js'
import { shape } from '../shape.js'
import { shown } from '../text.js'
import { LogError } from '../TrainingLog.js'

const lines = layout({ format: 'text', word: 'field', epoch: ['epoch'], step: ['step'], time: [['time', 's']] })

const number = String.raw`[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[nN][aA][nN]|[iI][nN][fF](?:inity)?)`

/** A line's pattern: text as it stands, `{name}` for a number, `{*}` for anything. */
interface Pattern {
  readonly source: string
  readonly names: ReadonlyArray<string>
  readonly expression: RegExp
}

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+')

const compile = (source: string, path: string): Pattern => {
  const refuse = (message: string): never => {
    throw new LogError(path, null, `pattern ${shown(source)}: ${message}, expected such as 'step {step} loss {loss}'`)
  }
  const names: Array<string> = []
  const parts = source.trim().split(/(\{[^{}]*\})/)
  const expression = parts.map((part, i) => {
    if (i % 2 === 0) return literal(part)
    const name = part.slice(1, -1)
    if (name === '*') return '.*?'
    if (!/^[A-Za-z_][\w/.-]*$/.test(name)) return refuse(`${part} is no name`)
    if (names.includes(name)) return refuse(`${part} stands there twice`)
    names.push(name)
    // a number is whole: the 1 of 1.5 or of 1st is none, unless the pattern goes on with that
    return `(${number})${/^[A-Za-z_]/.test(parts[i + 1] ?? '') ? '' : String.raw`(?![\w]|\.\d)`}`
  })
  if (names.length === 0) refuse('there is no {name} in it')
  // nor does one begin within a word
  const begin = /^\{/.test(parts.join('')) ? String.raw`(?<![\w.])` : ''
  return { source, names, expression: new RegExp(begin + expression.join('')) }
}

const places: ReadonlyArray<string> = ['epoch', 'step', 'time']

const open = ({ path, options }: Context): ReturnType<Reader['open']> => {
  const given = options.pattern === undefined ? [] : [options.pattern].flat()
  if (given.length === 0 || !given.every((one) => typeof one === 'string'))
    throw new LogError(path, null, "text needs a pattern, such as 'step {step} loss {loss}'")
  const patterns = given.map((source) => compile(source, path))
  const named = patterns.flatMap(({ names }) => names)
  const placed = ({ names }: Pattern): boolean => names.includes('epoch') || names.includes('step')
  const anyPlaced = patterns.some(placed)
  const rows = new Collector(path, lines, options.segment)
  const counts = new Map(patterns.map((pattern) => [pattern, 0]))
  let [all, first, taking] = [0, '', false]
  let had = new Set<string>()
  return {
    line: ({ text, number: line, torn }) => {
      if (text.trim() === '') return
      all += 1
      if (all === 1) first = text
      for (const pattern of patterns) {
        const match = pattern.expression.exec(text)
        if (!match) continue
        counts.set(pattern, (counts.get(pattern) ?? 0) + 1)
        const values = new Map(pattern.names.map((name, i) => [name, match[i + 1] as string]))
        if (torn && match.index + match[0].length === text.length)
          rows.pass(line, 'has no line end: if it was cut off, its last number is wrong')
        const numberOf = (name: string): number | undefined => {
          const value = values.get(name)
          const x = value === undefined ? undefined : numberIn(value)
          if (x !== undefined && !Number.isFinite(x))
            throw new LogError(path, line, `{${name}} is ${value}: expected a finite number`)
          return x
        }
        const time = numberOf('time')
        const place: Place = {
          epoch: numberOf('epoch'),
          step: numberOf('step'),
          time: time === undefined ? undefined : time * 1000,
        }
        // a line that doesn't say where it stands belongs to the one before
        const begins = placed(pattern) || !anyPlaced
        if (begins) {
          taking = rows.row(place, line)
          had = new Set()
        } else if (rows.seen === 0) {
          rows.pass(line, 'stands before the first epoch or step, left out')
          return
        }
        if (!taking) return
        for (const [name, value] of values) {
          if (places.includes(name)) continue
          if (isHuge(value)) throw new LogError(path, line, `${value} is larger than a number can be`)
          if (had.has(name)) rows.pass(line, `{${name}} comes again before the next epoch or step, left out`)
          else rows.text(rows.field(name), value, line)
          had.add(name)
        }
        return
      }
    },
    end: () => {
      const unmatched = patterns.find((pattern) => counts.get(pattern) === 0)
      if (unmatched)
        throw new LogError(
          path,
          null,
          `no line matches the pattern ${shown(unmatched.source)}: there are ${all} lines, the first is ${shown(first)}`,
        )
      const taken = [...counts.values()].reduce((sum, count) => sum + count, 0)
      return shape(rows, options, {
        ...(named.includes('epoch') && { epoch: 'epoch' }),
        ...(named.includes('step') && { step: 'step' }),
        ...(named.includes('time') && { time: 'time' }),
        notes: [
          `${taken} of ${all} lines match${patterns.length > 1 ? ` (${patterns.map((p) => `${counts.get(p)} ${shown(p.source)}`).join(', ')})` : ''}; the others are left out`,
        ],
      })
    },
  }
}

/** Text of any kind, by a pattern that the user gives. */
export const pattern = {
  name: 'text',
  looksLike: "text, if a pattern is given, such as 'step {step} loss {loss}'",
  matches: () => false,
  open,
} as const satisfies Reader
