import { readLog } from '../logs/readLog.js'
import { messageOf } from '../logs/text.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import { fail } from './UsageError.js'

/** What is known of runs that their logs don't say. */
export interface RunOptions {
  readonly learningRate?: number
  readonly batchesPerEpoch?: number
}

/** Reads the logs that a command is given, in their order. */
export const readRuns = async (
  paths: ReadonlyArray<string>,
  { learningRate, batchesPerEpoch }: RunOptions,
): Promise<ReadonlyArray<TrainingLog>> => {
  const known = {
    ...(learningRate !== undefined && { learningRate }),
    ...(batchesPerEpoch !== undefined && { batchesPerEpoch }),
  }
  const logs: Array<TrainingLog> = []
  for (const path of paths) logs.push(await readLog(path, known))
  return logs
}

/** Does something with a log; what goes wrong is said of that log. */
export const naming = <A>(log: TrainingLog, f: () => A): A => {
  try {
    return f()
  } catch (error) {
    return fail(`${log.path}: ${messageOf(error)}`)
  }
}
