import type { Policy } from '../dsl/Policy.js'
import { readLog } from '../logs/readLog.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import { replay as replayLog, replayToJson, type Replay } from '../replay/replay.js'
import { expand, passedOver, readOptions, type LogOptions } from './logs.js'
import { readCallbacks } from './callbacks.js'
import { replayText } from './replayText.js'
import { messageOf } from '../logs/text.js'
import { toJson } from './toJson.js'
import { fail } from './UsageError.js'

export interface ReplayCommandOptions extends LogOptions {
  readonly callbacks: string
  readonly dialect?: string
  readonly json?: boolean
}

const replayOne = (policy: Policy<never>, log: TrainingLog, learningRate: number | undefined): Replay => {
  try {
    return replayLog(policy, log, learningRate === undefined ? {} : { learningRate })
  } catch (error) {
    return fail(`${log.path}: ${messageOf(error)}`)
  }
}

const json = (log: TrainingLog, result: Replay): object => {
  const { path, format, epochs, metrics } = log
  return { log: { path, format, epochs, metrics }, ...(replayToJson(result) as object) }
}

/** `rxfit replay LOG… --callbacks FILE`: what these callbacks would have decided on these runs. */
export const replay = async (paths: ReadonlyArray<string>, options: ReplayCommandOptions): Promise<string> => {
  const { learningRate } = options
  const policy = await readCallbacks(options.callbacks, options.dialect)
  const known = readOptions(options)
  const { logs, passed } = await expand(paths)
  const results: Array<readonly [TrainingLog, Replay]> = []
  for (const path of logs) {
    const log = await readLog(path, known)
    results.push([log, replayOne(policy, log, learningRate)])
  }
  if (!options.json)
    return `${[...results.map(([log, result]) => replayText(log, result)), ...passedOver(passed)].join('\n\n')}\n`
  const replays = results.map(([log, result]) => json(log, result))
  return `${toJson(replays.length === 1 ? replays[0] : { replays })}\n`
}
