import type { Policy } from '../dsl/Policy.js'
import type { TrainingLog } from '../logs/TrainingLog.js'
import { replay as replayLog, replayToJson } from '../replay/replay.js'
import { replayReport } from '../replay/report/replayReport.js'
import { passedOver, type LogOptions } from './logs.js'
import { readCallbacks } from './callbacks.js'
import { why as explainLog, whyToJson } from '../replay/why.js'
import { replayText } from './replayText.js'
import { naming, readRuns } from './runs.js'
import { whyText } from './whyText.js'
import { toJson } from './toJson.js'
import { writeWhole } from './writeWhole.js'
import { fail } from './UsageError.js'

export interface ReplayCommandOptions extends LogOptions {
  readonly callbacks: string
  readonly dialect?: string
  readonly json?: boolean
  readonly why?: boolean
  readonly epoch?: number
  readonly html?: string
}

/** What is printed of one log. */
interface Answer {
  readonly text: () => string
  readonly json: () => object
}

const answerOne = (
  policy: Policy<never>,
  log: TrainingLog,
  { learningRate, why, epoch }: ReplayCommandOptions,
): Answer => {
  const rate = learningRate === undefined ? {} : { learningRate }
  const { path, format, epochs, metrics } = log
  const json = (result: unknown): object => ({ log: { path, format, epochs, metrics }, ...(result as object) })
  if (!why) {
    const result = naming(log, () => replayLog(policy, log, rate))
    return { text: () => replayText(log, result), json: () => json(replayToJson(result)) }
  }
  const result = naming(log, () => explainLog(policy, log, { ...rate, ...(epoch !== undefined && { epoch }) }))
  return { text: () => whyText(log, result, epoch), json: () => json(whyToJson(result)) }
}

const reportOn = (
  policy: Policy<never>,
  logs: ReadonlyArray<TrainingLog>,
  { learningRate }: ReplayCommandOptions,
): string => {
  const rate = learningRate === undefined ? {} : { learningRate }
  return replayReport(
    policy,
    logs.map((log) => ({ log, replay: naming(log, () => replayLog(policy, log, rate)) })),
  )
}

/** `rxfit replay LOG… --callbacks FILE`: what these callbacks would have decided on these runs. */
export const replay = async (paths: ReadonlyArray<string>, options: ReplayCommandOptions): Promise<string> => {
  if (options.epoch !== undefined && !options.why) fail('--epoch says which epoch --why explains: give both')
  const policy = await readCallbacks(options.callbacks, options.dialect)
  const { logs, passed } = await readRuns(paths, options)
  const answers = logs.map((log) => answerOne(policy, log, options))
  if (options.html !== undefined)
    await writeWhole(options.html, reportOn(policy, logs, options), [
      options.callbacks,
      ...logs.flatMap(({ path }) => path ?? []),
    ])
  if (!options.json) return `${[...answers.map(({ text }) => text()), ...passedOver(passed)].join('\n\n')}\n`
  const replays = answers.map((answer) => answer.json())
  return `${toJson(replays.length === 1 ? replays[0] : { replays })}\n`
}
