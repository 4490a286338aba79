import { log, none, restoreWeights, snapshotWeights, stopTraining, type Command } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { read, type Direction, type MetricName } from '../dsl/Metrics.js'
import { OptionError, count, finite, flag, mode, oneOf, parse, text } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { dialectOf, dialectOption, type DialectName } from '../dialects/index.js'
import {
  advance,
  begin,
  insight,
  reasons,
  resolveDirection,
  type Progress,
  type Rule,
} from '../operators/internal/progress.js'
import * as v from 'valibot'

export interface EarlyStoppingOptions<M extends string = string> {
  /** metric to watch at the end of each epoch. Default 'val_loss' */
  readonly monitor?: M
  /** an improvement must be more than this (its sign is ignored). Default 0 */
  readonly minDelta?: number
  /** epochs without improvement after which training stops; 0 counts as 1. Default 0 */
  readonly patience?: number
  /** 1: say when it stops, and which epoch's weights come back. Default 0 */
  readonly verbose?: 0 | 1
  /** 'auto' (default) knows the common metrics' direction and refuses to guess others' */
  readonly mode?: Direction | 'auto'
  /** an improvement that doesn't beat this doesn't end the waiting */
  readonly baseline?: number | null
  /** put the best epoch's weights back when training ends, whatever ended it. Default false */
  readonly restoreBestWeights?: boolean
  /** 0-based epoch to begin at; earlier ones are ignored. Default 0 */
  readonly startFromEpoch?: number
  /** whose rules: 'rxfit' (default) is Keras 3 with its bugs mended */
  readonly dialect?: DialectName
  /** what to do when the run doesn't report the metric: 'error' (default) or 'skip' */
  readonly onMissing?: 'error' | 'skip'
}

export const earlyStoppingSchema = v.strictObject({
  monitor: v.optional(text, 'val_loss'),
  minDelta: v.optional(finite, 0),
  patience: v.optional(count, 0),
  verbose: v.optional(v.picklist([0, 1]), 0),
  mode,
  baseline: v.nullish(finite, null),
  restoreBestWeights: v.optional(flag, false),
  startFromEpoch: v.optional(count, 0),
  dialect: v.optional(dialectOption, 'rxfit'),
  onMissing: v.optional(oneOf('error', 'skip')),
})

const slot = 'earlyStopping'
const by = 'earlyStopping'

/**
 * Stops training when a metric has stopped improving, and can put the best weights back. Keras 3's EarlyStopping with all its
 * parameters: an epoch counts as better when it beats the best by more than `minDelta`; after `patience` epochs that don't,
 * training stops, though never in epoch 0. Epochs in which the metric wasn't measured are not counted. Weights come back at
 * the end of training even if something else ended it.
 * @category builtins
 * @see https://keras.io/api/callbacks/early_stopping/
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const log = fromEpochs([5, 4, 4, 4, 3].map((val_loss) => ({ val_loss })))
 * const { outcome } = replay(earlyStopping({ patience: 2, restoreBestWeights: true }), log)
 * outcome.stoppedEpoch // => 3
 * outcome.restoredEpoch // => 1
 */
export const earlyStopping = <const M extends MetricName = 'val_loss'>(
  options: EarlyStoppingOptions<M> = {},
): Policy<M> => {
  const o = parse('earlyStopping', earlyStoppingSchema, options)
  const dialect = dialectOf(o.dialect)
  const rules = dialect.earlyStopping
  if (o.restoreBestWeights && rules.restores === 'never')
    throw new OptionError([
      {
        path: 'earlyStopping.restoreBestWeights',
        message: `${dialect.name} can't restore weights; another dialect can`,
      },
    ])
  const missing = o.onMissing ?? (dialect.toleratesMissing ? 'skip' : 'error')
  const direction = resolveDirection('earlyStopping', o.mode, [o.monitor], rules.direction)
  const rule: Rule = {
    ...rules.compare(direction, o.minDelta, o.baseline),
    patience: o.patience,
    cooldown: 0,
    baseline: rules.baselineHolds ? o.baseline : null,
    earliest: rules.earliest,
    repeats: false,
  }
  type State = Progress & { readonly kept: number | null; readonly restored: boolean }
  const init: State = { ...begin(rule), kept: null, restored: false }

  const restore = (epoch: number | null): ReadonlyArray<Command> => [
    ...(o.verbose
      ? [{ ...log(`Restoring model weights from the end of the best epoch: ${(epoch ?? 0) + 1}.`), by }]
      : []),
    { ...restoreWeights(slot, epoch), by },
  ]

  const atEpochEnd = (state: State, value: number, event: TrainingEvent): readonly [ReadonlyArray<Command>, State] => {
    const next = advance(rule, state, value, event.epoch, true)
    // the first epoch seen is kept even if it doesn't count as better (NaN), so that there is something to put back
    const keeps = o.restoreBestWeights && (next.is === 'improved' || state.kept === null)
    const after: State = {
      ...next,
      kept: keeps ? event.epoch : state.kept,
      restored: state.restored || (next.is === 'plateau' && rules.restores === 'whenStopped'),
    }
    const commands: ReadonlyArray<Command> = [
      ...(keeps ? [{ ...snapshotWeights(slot), by, why: reasons(rule, next, value) }] : []),
      ...(next.is === 'plateau'
        ? [
            ...(o.verbose ? [{ ...log(`Epoch ${event.epoch + 1}: early stopping`), by }] : []),
            ...(after.restored && !state.restored && after.kept !== null ? restore(after.kept) : []),
            {
              ...stopTraining(`${o.monitor} has not improved for ${next.wait} epoch${next.wait === 1 ? '' : 's'}`),
              by,
              why: reasons(rule, next, value),
            },
          ]
        : []),
    ]
    return [commands.length === 0 ? none : commands, after]
  }

  return make<M>(
    Machine.make(
      {
        kind: 'earlyStopping',
        options: { ...options },
        ...(missing === 'error' && { metrics: [o.monitor] }),
        events: o.restoreBestWeights ? ['EpochEnd', 'TrainEnd'] : ['EpochEnd'],
      },
      init,
      (state, event: TrainingEvent<M>): readonly [ReadonlyArray<Command>, State] => {
        if (event._tag === 'TrainEnd')
          return state.kept !== null && !state.restored && rules.restores === 'always'
            ? [restore(state.kept), { ...state, restored: true }]
            : [none, state]
        const value = event.epoch < o.startFromEpoch ? undefined : read(event, o.monitor, missing)
        return value === undefined ? [none, state] : atEpochEnd(state, value, event)
      },
      (state) => [insight(by, rule, state)],
    ),
  )
}
