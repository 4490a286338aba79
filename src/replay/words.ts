import type { Command, Why } from '../dsl/Command.js'
import type { Outcome } from './replay.js'

/** A number for people: six digits are enough to tell epochs apart. */
export const show = (x: number): string => {
  if (!Number.isFinite(x) || x === 0) return String(x)
  return Math.abs(x) >= 1e6 || Math.abs(x) < 1e-4 ? String(Number(x.toPrecision(6))) : String(+x.toPrecision(6))
}

/** A command for people. */
export const describe = (command: Command): string => {
  switch (command._tag) {
    case 'StopTraining':
      return `stop: ${command.reason}`
    case 'SetLearningRate':
      return `learning rate = ${show(command.value)}`
    case 'ScaleLearningRate':
      return `learning rate × ${show(command.factor)}${command.min > 0 ? `, at least ${show(command.min)}` : ''}`
    case 'SaveModel':
      return `save the ${command.what}: ${command.path}`
    case 'DeleteModel':
      return `delete ${command.path}`
    case 'SnapshotWeights':
      return 'keep a copy of the weights'
    case 'RestoreWeights':
      return `put back the weights${command.epoch === null ? '' : ` of epoch ${command.epoch}`}`
    case 'Run':
      return `run ${command.label}`
    default:
      // a user's own command
      return command._tag
  }
}

/** The numbers behind a decision. */
export const reasons = (why: Why): string =>
  Object.entries(why)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? show(value) : String(value)}`)
    .join(', ')

/** How far an outcome can be trusted. */
export const verdict = ({ verdict: validity, divergedAt, epochsRun }: Outcome): string => {
  switch (validity) {
    case 'exact':
      return 'exact: the log says what would have happened'
    case 'censored':
      return `censored: the log ends before these callbacks would have stopped; they run for ${epochsRun} epochs or more`
    case 'diverged':
      return `diverged at epoch ${divergedAt}: from there on the learning rate is not that of the log, and the metrics would have been others`
  }
}
