import { cellsOf, separatorOf } from '../cells.js'
import { layout } from '../Layout.js'
import { epochNames, stepNames } from '../names.js'
import type { Reader } from '../Reader.js'
import { table } from '../tables.js'

const plain = layout({ format: 'table' })

const places = [...epochNames, ...stepNames]

/** A comment that isn't the header. */
const isComment = (line: string): boolean => {
  if (!line.startsWith('#')) return false
  const bare = line.replace(/^#\s*/, '')
  return !cellsOf(bare, separatorOf(bare, places)).some((name) => places.includes(name.toLowerCase()))
}

/** Tables of anybody's, separated by `,` `;` tabs or blanks, whose header names an epoch or a step. */
export const plainTable = {
  name: 'table',
  looksLike: 'a table with an epoch or a step in its header',
  matches: ({ lines }) => {
    const first = lines.find((line) => !isComment(line))?.replace(/^#\s*/, '') ?? ''
    const names = cellsOf(first, separatorOf(first, places))
    return names.length > 1 && names.some((name) => places.includes(name.toLowerCase()))
  },
  open: (context) => table(context, () => plain, { isComment }),
} as const satisfies Reader
