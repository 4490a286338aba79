import { host } from '#host'
import { decodeJson, encodeJson, type Json, type JsonNumber, type JsonObject } from '../../dsl/Json.js'
import type { Params } from '../../dsl/TrainingEvent.js'
import type { Decision } from '../../runtime/Decision.js'
import type { RememberedRow } from '../../runtime/interpret.js'
import type { BackupFolder, LogMark } from '../../sinks/Host.js'
import { NewerFormat, readCheckpoint, type Found } from './checkpoint.js'
import type { Deeds, WireState } from '../wire.js'

/** What a backup knows of its run, beside what every checkpoint holds. */
export interface RunState {
  readonly wire: WireState
  readonly params: Params
  /** of the rows' order and of random layers; null: none */
  readonly seed: number | null
  /** whether rows stand in one order throughout */
  readonly inOrder: boolean
  /** the epoch under way, or that has just ended */
  readonly current: number
  readonly lastLogs: Readonly<Record<string, JsonNumber>>
  /** sums of the batches' metrics in the epoch under way, each times its rows, and how many rows these were */
  readonly totals: Readonly<Record<string, JsonNumber>>
  readonly rows: number
  /** who has stopped training */
  readonly stopped: 'policy' | 'stranger' | null
  readonly log: LogMark
  readonly files: Readonly<Record<string, number>>
}

/** An epoch that has ended, and its logs. */
export interface EpochRow {
  readonly epoch: number
  readonly logs: Readonly<Record<string, number>>
}

/** What was done before the backup. */
export interface Past extends Deeds {
  readonly epochs: ReadonlyArray<EpochRow>
}

/** Where a run goes on. */
export interface Resumption {
  readonly found: Found
  readonly run: RunState | undefined
  readonly past: Past
}

/** One thing that happened, as the log of a run's backups has it. */
export type Entry =
  EpochRow | { readonly decision: Decision } | { readonly remember: string; readonly row: RememberedRow }

export const entryLine = (entry: Entry): string => `${JSON.stringify(encodeJson(entry))}\n`

export const noPast: Past = { epochs: [], decisions: [], remembered: {} }

/** Throws where a part of a line is no object: whoever goes by it would fail. */
const whole = <A>(part: A): A => {
  if (typeof part !== 'object' || part === null) throw new TypeError('no object')
  return part
}

/** The log of a run; lines that can't be read are told by their number. */
const pastIn = (text: string): Past & { readonly unread: number } => {
  const epochs: Array<EpochRow> = []
  const decisions: Array<Decision> = []
  const remembered: Record<string, Array<RememberedRow>> = {}
  let unread = 0
  for (const line of text.split('\n').filter((line) => line !== ''))
    try {
      const entry = decodeJson(JSON.parse(line) as Json) as Entry
      if ('decision' in entry) decisions.push(whole(entry.decision))
      else if ('row' in entry) (remembered[entry.remember] ??= []).push(whole(entry.row))
      else if (Number.isSafeInteger(entry.epoch)) epochs.push({ epoch: entry.epoch, logs: whole(entry.logs) })
      else unread += 1
    } catch {
      unread += 1
    }
  return { epochs, decisions, remembered, unread }
}

/** The backups of one run, while it has them. */
export interface Backups {
  /** the newest backup that can be read, if there is one */
  readonly find: () => Promise<Found | undefined>
  /** puts the run's files back to where they were at that backup, or before the run, and tells what was done by then */
  readonly rewind: (found: Found | undefined) => Past
  readonly touch: (path: string) => void
  /** adds to the log of what happened */
  readonly append: (entries: ReadonlyArray<Entry>) => LogMark
  /** has a checkpoint written, and lets older ones go when it has been read back */
  readonly write: (save: (path: string, files: Readonly<Record<string, number>>) => Promise<void>) => Promise<void>
  readonly discard: () => void
  readonly close: () => void
}

const warn = (message: string): void => {
  host.print(message, 'warning')
}

/** The newest checkpoint that is whole. A damaged one is passed over with a warning, if there is another. */
const newest = async (folder: BackupFolder): Promise<Found | undefined> => {
  const problems: Array<string> = []
  const paths = folder.list()
  for (const path of paths)
    try {
      const found = await readCheckpoint(path)
      for (const problem of problems) warn(`resume: ${problem}; goes on from the backup before it, ${path}`)
      return found
    } catch (error) {
      if (error instanceof NewerFormat) throw error
      problems.push((error as Error).message)
    }
  if (problems.length === 0) return undefined
  throw new Error(
    `resume: no backup in '${folder.dir}' can be read: ${problems.join('; ')}. Remove the folder to begin anew`,
  )
}

export interface BackupSettings {
  /** keep the one before the newest too */
  readonly double: boolean
  /** why a file that the folder names may not be cut back; undefined where it may */
  readonly refusal?: (path: string) => Error | undefined
}

/** Takes a folder for a run's backups. Throws where another run has it. */
export const openBackups = (dir: string, { double, refusal }: BackupSettings): Backups => {
  const folder = host.backups(dir)
  /** known to be readable */
  let last: string | undefined
  return {
    find: async () => {
      const found = await newest(folder)
      last = found?.path
      return found
    },
    rewind: (found) => {
      const run = found?.run as unknown as RunState | undefined
      const files = run?.files ?? {}
      // before the first is
      for (const path of [...folder.touched(), ...Object.keys(files)]) {
        const refused = refusal?.(path)
        if (refused)
          throw new Error(
            `resume: the backup in '${dir}' is of a run that wrote to '${path}', which would be cut back: ${refused.message}`,
            { cause: refused },
          )
      }
      const { log, short, damaged } = folder.rewind(run?.log ?? { size: 0, crc: 0 }, files)
      for (const path of short)
        warn(`resume: '${path}' is shorter than when the backup was written, or gone: what was in it before is lost`)
      const { unread, ...past } = pastIn(log)
      if (damaged || unread > 0)
        warn(`resume: the log in '${dir}' is damaged: the History and the decisions of before are not complete`)
      return past
    },
    touch: folder.touch,
    append: (entries) => folder.append(entries.map(entryLine).join('')),
    write: async (save) => {
      const path = folder.next()
      await save(path, folder.sizes())
      await readCheckpoint(path)
      folder.keep(double && last !== undefined ? [path, last] : [path])
      last = path
    },
    discard: folder.discard,
    close: folder.close,
  }
}

export const runInfo = (run: RunState): JsonObject => encodeJson(run) as JsonObject
