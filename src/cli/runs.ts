import { readLog } from '../logs/readLog.js'
import { messageOf } from '../logs/text.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import { expand, readOptions, type LogOptions } from './logs.js'
import { fail } from './UsageError.js'

/** Reads the logs that a command is given, in their order; those in folders too. */
export const readRuns = async (
  paths: ReadonlyArray<string>,
  options: LogOptions,
): Promise<{ readonly logs: ReadonlyArray<TrainingLog>; readonly passed: ReadonlyArray<string> }> => {
  const found = await expand(paths)
  const logs: Array<TrainingLog> = []
  for (const path of found.logs) logs.push(await readLog(path, readOptions(options)))
  return { logs, passed: found.passed }
}

/** Does something with a log; what goes wrong is said of that log. */
export const naming = <A>(log: TrainingLog, f: () => A): A => {
  try {
    return f()
  } catch (error) {
    return fail(`${log.path}: ${messageOf(error)}`)
  }
}
