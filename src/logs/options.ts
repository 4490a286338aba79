import { nearest } from '../dsl/nearest.js'
import { isRate } from './rates.js'
import { shown } from './text.js'
import { LogError } from './TrainingLog.js'

/** More events than this, made for batches that nobody measured, are a mistyped option and would fill the memory. */
export const mostEvents = 20_000_000

export const check = (
  name: string,
  value: number | undefined,
  holds: (x: number) => boolean,
  words: string,
  path: string | null,
): void => {
  if (value !== undefined && !(typeof value === 'number' && holds(value)))
    throw new LogError(path, null, `${name} must be ${words}, got ${shown(value)}`)
}

/** A mistyped option would otherwise do nothing. */
export const checkOptions = (options: unknown, known: ReadonlyArray<string>, path: string | null): void => {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new LogError(path, null, `options must be an object, got ${shown(options)}`)
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const guess = nearest(unknown, known)
  throw new LogError(
    path,
    null,
    `unknown option '${unknown}'${guess ? ` (did you mean '${guess}'?)` : ''}; there is ${known.join(', ')}`,
  )
}

/** Refuses batches an epoch that would make more events than any memory holds. */
export const checkSize = (batches: number | undefined, epochs: number, first: number, path: string | null): void => {
  if (batches === undefined) return
  const made = 2 * batches * epochs
  if (made > mostEvents)
    throw new LogError(
      path,
      null,
      `batchesPerEpoch ${batches}: ${epochs} epoch${epochs === 1 ? '' : 's'} of so many batches are ${made} events, and no more than ${mostEvents} are made`,
    )
  if (!Number.isSafeInteger(batches * (first + epochs)))
    throw new LogError(
      path,
      null,
      `batchesPerEpoch ${batches} from epoch ${first} on: so many batches can't be counted, expected no more than 2^53 of them`,
    )
}

/** What a caller may say of a log that the log itself may not say. */
export const checkKnown = (
  known: { readonly learningRate?: number | undefined; readonly batchesPerEpoch?: number | undefined },
  path: string | null,
): void => {
  check('learningRate', known.learningRate, isRate, 'finite and 0 or more', path)
  check(
    'batchesPerEpoch',
    known.batchesPerEpoch,
    (x) => Number.isSafeInteger(x) && x >= 1,
    'a whole number from 1',
    path,
  )
}
