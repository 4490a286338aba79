import { log, none, saveModel, type Command, type Why } from '../dsl/Command.js'
import { decodeNumber, encodeNumber, type JsonNumber } from '../dsl/Json.js'
import * as Machine from '../dsl/Machine.js'
import { read, type Direction, type MetricName } from '../dsl/Metrics.js'
import { finite, flag, mode, oneOf, parse, positive, text } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { dialectOf, dialectOption, type DialectName } from '../dialects/index.js'
import { fillPath } from '../operators/internal/locate.js'
import { resolveDirection } from '../operators/internal/progress.js'
import * as v from 'valibot'

export interface ModelCheckpointOptions<M extends string = string> {
  /** where to save; `{epoch:02d}` (from 1), `{batch}` and `{metric:.2f}` are filled in by Python's format rules */
  readonly filepath: string
  /** metric that says which epoch is best; read with `saveBestOnly`. Default 'val_loss' */
  readonly monitor?: M
  /** 1: say each save. Default 0 */
  readonly verbose?: 0 | 1
  /** save only when the metric is better than it ever was. Default false */
  readonly saveBestOnly?: boolean
  /** save the weights without the model's topology. Default false */
  readonly saveWeightsOnly?: boolean
  /** 'auto' (default) knows the common metrics' direction and refuses to guess others' */
  readonly mode?: Direction | 'auto'
  /** 'epoch' (default), or a number of batches, counted over all epochs */
  readonly saveFreq?: 'epoch' | number
  /** a value already reached, which the first must beat */
  readonly initialValueThreshold?: number | null
  /** whose rules: 'rxfit' (default) is Keras 3 with its bugs mended */
  readonly dialect?: DialectName
  /** what to do when the run doesn't report the metric: 'error' (default) or 'skip' */
  readonly onMissing?: 'error' | 'skip'
}

export const modelCheckpointSchema = v.strictObject({
  filepath: text,
  monitor: v.optional(text, 'val_loss'),
  verbose: v.optional(v.picklist([0, 1]), 0),
  saveBestOnly: v.optional(flag, false),
  saveWeightsOnly: v.optional(flag, false),
  mode,
  saveFreq: v.optional(v.union([v.literal('epoch'), positive]), 'epoch'),
  initialValueThreshold: v.nullish(finite, null),
  dialect: v.optional(dialectOption, 'rxfit'),
  onMissing: v.optional(oneOf('error', 'skip')),
})

type State = {
  readonly best: JsonNumber | null
  /** batches since the last save, and the last one's index: an epoch may have been cut short */
  readonly batches: number
  readonly lastBatch: number
}

const by = 'modelCheckpoint'

/** Counts batches as Keras does: several may have passed since the last event, and an epoch may have begun. */
const countBatches = (state: State, batch: number): State => ({
  ...state,
  batches: state.batches + (batch <= state.lastBatch ? batch + 1 : batch - state.lastBatch),
  lastBatch: batch,
})

/**
 * Saves the model, or its weights, at the end of each epoch or every `saveFreq` batches; with `saveBestOnly` only when the
 * metric is strictly better than ever. Keras 3's ModelCheckpoint with all its parameters.
 * @category builtins
 * @see https://keras.io/api/callbacks/model_checkpoint/
 * @example
 * import { modelCheckpoint } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const policy = modelCheckpoint({ filepath: 'ckpt/{epoch:02d}-{val_loss:.2f}', saveBestOnly: true })
 * const { saves } = replay(policy, fromEpochs([{ val_loss: 2 }, { val_loss: 3 }, { val_loss: 1 }])).outcome
 * saves.map((save) => save.path) // => ['ckpt/01-2.00', 'ckpt/03-1.00']
 */
export const modelCheckpoint = <const M extends MetricName = 'val_loss'>(
  options: ModelCheckpointOptions<M>,
): Policy<M> => {
  const o = parse('modelCheckpoint', modelCheckpointSchema, options)
  const dialect = dialectOf(o.dialect)
  const rules = dialect.modelCheckpoint
  const missing = o.onMissing ?? (dialect.toleratesMissing ? 'skip' : 'error')
  const direction = o.saveBestOnly ? resolveDirection('modelCheckpoint', o.mode, [o.monitor], rules.direction) : 'min'
  const compare = rules.compare(direction, o.initialValueThreshold)
  const end = o.saveFreq === 'epoch' ? 'EpochEnd' : 'BatchEnd'

  const save = (event: TrainingEvent, note: string, why?: Why): ReadonlyArray<Command> => {
    const path = fillPath(o.filepath, event)
    const command = saveModel(path, { what: o.saveWeightsOnly ? 'weights' : 'model' })
    const said = o.verbose ? [{ ...log(`Epoch ${event.epoch + 1}: ${note}saving model to ${path}`), by }] : none
    return [...said, { ...command, by, ...(why && { why }) }]
  }

  const saveIfBest = (state: State, event: TrainingEvent): readonly [ReadonlyArray<Command>, State] => {
    const observed = read(event, o.monitor, missing)
    if (observed === undefined) return [rules.withoutMetric === 'save' ? save(event, '') : none, state]
    const best = state.best === null ? null : decodeNumber(state.best)
    const better = best === null ? compare.nanCanBeBest || !Number.isNaN(observed) : compare.improves(observed, best)
    if (!better) return [none, state]
    const note = `${o.monitor} improved ${best === null ? '' : `from ${best.toFixed(5)} `}to ${observed.toFixed(5)}, `
    return [save(event, note, { observed, best }), { ...state, best: encodeNumber(observed) }]
  }

  const init: State = {
    best: compare.start === null ? null : encodeNumber(compare.start),
    batches: 0,
    lastBatch: -1,
  }
  return make<M>(
    Machine.make(
      {
        kind: 'modelCheckpoint',
        options: { ...options },
        ...(o.saveBestOnly && missing === 'error' && { metrics: [o.monitor] }),
        events: [end],
      },
      init,
      (state, event: TrainingEvent<M>): readonly [ReadonlyArray<Command>, State] => {
        if (o.saveFreq === 'epoch') return o.saveBestOnly ? saveIfBest(state, event) : [save(event, ''), state]
        const counted = countBatches(state, event.batch ?? 0)
        if (counted.batches < o.saveFreq) return [none, counted]
        const due = { ...counted, batches: 0 }
        return o.saveBestOnly ? saveIfBest(due, event) : [save(event, ''), due]
      },
      (state) => (o.saveBestOnly ? [{ by, why: { best: state.best === null ? null : decodeNumber(state.best) } }] : []),
    ),
  )
}
