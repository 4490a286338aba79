import { findLogs } from '../logs/folders.js'
import type { ReadLogOptions } from '../logs/readLog.js'
import type { Segment } from '../logs/Segments.js'
import type { Unit } from '../logs/Layout.js'
import { fail } from './UsageError.js'

/** How logs are to be read, as it is said on the command line. */
export interface LogOptions {
  readonly format?: string
  readonly pattern?: ReadonlyArray<string>
  readonly segment?: Segment
  readonly unit?: Unit
  readonly learningRate?: number
  readonly batchesPerEpoch?: number
}

export const readOptions = ({
  format,
  pattern,
  segment,
  unit,
  learningRate,
  batchesPerEpoch,
}: LogOptions): ReadLogOptions => ({
  // a name that there isn't is refused where the names are known
  ...(format !== undefined && { format: format as NonNullable<ReadLogOptions['format']> }),
  ...(pattern !== undefined && { pattern }),
  ...(segment !== undefined && { segment }),
  ...(unit !== undefined && { unit }),
  ...(learningRate !== undefined && { learningRate }),
  ...(batchesPerEpoch !== undefined && { batchesPerEpoch }),
})

/** The logs that are meant: files as they are named, and those found in folders. */
export const expand = async (
  paths: ReadonlyArray<string>,
): Promise<{ readonly logs: ReadonlyArray<string>; readonly passed: ReadonlyArray<string> }> => {
  const found = []
  for (const path of paths) {
    const inside = await findLogs(path)
    if (inside.logs.length === 0)
      fail(
        `${path}: no log in this folder, expected at least one${inside.passed.length > 0 ? ` (${inside.passed.length} other files)` : ''}`,
      )
    found.push(inside)
  }
  return { logs: found.flatMap(({ logs }) => logs), passed: found.flatMap(({ passed }) => passed) }
}

/** What was found in folders and is no log, in a line. */
export const passedOver = (passed: ReadonlyArray<string>): ReadonlyArray<string> =>
  passed.length === 0
    ? []
    : [
        `no logs, passed over: ${passed.slice(0, 8).join(', ')}${passed.length > 8 ? ` and ${passed.length - 8} more` : ''}`,
      ]
