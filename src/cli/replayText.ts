import type { TrainingLog } from '../logs/TrainingLog.js'
import type { Replay } from '../replay/replay.js'
import type { Decision } from '../runtime/Decision.js'
import { describe, reasons, verdict, show } from '../replay/words.js'
import { facts, shorten, table } from './table.js'

const row = ({ epoch, batch, command, by, why, validity }: Decision): ReadonlyArray<string> => [
  batch === null ? String(epoch) : `${epoch}, batch ${batch}`,
  describe(command),
  by,
  reasons(why),
  validity,
]

const rates = (values: ReadonlyArray<number>): string => {
  const [first, last] = [values[0], values.at(-1)]
  if (first === undefined || last === undefined) return 'no epoch was run'
  const changes = values.filter((value, i) => i > 0 && value !== values[i - 1]).length
  return changes === 0 ? `${show(first)} throughout` : `${show(first)} at first, ${show(last)} at the end`
}

/** A replay for people. */
export const replayText = (log: TrainingLog, { decisions, outcome, notes }: Replay): string => {
  const { stoppedEpoch, reason, bestEpoch, restoredEpoch, learningRates, saves } = outcome
  const rows = shorten(decisions.map(row), (left) => ['…', `${left} more: --json has them all`])
  const columns = [
    { title: 'epoch', align: 'right' } as const,
    ...['decision', 'by', 'because', 'validity'].map((title) => ({ title })),
  ]
  return [
    `${log.path ?? 'log'}: ${log.format}, ${log.epochs} epoch${log.epochs === 1 ? '' : 's'}`,
    '',
    ...(rows.length > 0 ? table(columns, rows) : ['no decisions']),
    '',
    ...facts([
      ['epochs run', `${outcome.epochsRun} of ${log.epochs} in the log (epochs count from 0)`],
      ['stops', stoppedEpoch === null ? 'no' : `at epoch ${stoppedEpoch}: ${reason ?? ''}`],
      ...(bestEpoch === null ? [] : [['best epoch', String(bestEpoch)] as const]),
      ...(restoredEpoch === null ? [] : [['weights', `those of epoch ${restoredEpoch} are put back`] as const]),
      ['learning rate', `${rates(learningRates)}${log.hasLearningRate ? '' : ' (relative: the log has none)'}`],
      ...(saves.length === 0 ? [] : [['saves', `${saves.length}, the last ${saves.at(-1)?.path}`] as const]),
      ['verdict', verdict(outcome)],
    ]),
    '',
    ...notes.map((note) => `note: ${note}`),
  ].join('\n')
}
