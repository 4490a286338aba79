import { none, restoreWeights, swapWeights, type Command, type TrackAverage } from '../../dsl/Command.js'
import * as Machine from '../../dsl/Machine.js'
import { make, type Policy } from '../../dsl/Policy.js'
import { draw, type Spec } from '../../dsl/Spec.js'
import type { TrainingEvent } from '../../dsl/TrainingEvent.js'

/** A slot of its own for each policy that differs. */
export const slotOf = (by: string, options: Spec['options']): string =>
  draw({ kind: by, ...(options && { options }), events: [] })

/** Whether the average is kept yet, and what it is in the model for, if it is. */
type State = { readonly kept: boolean; readonly for: null | 'test' | 'predict' | 'evaluation' | 'epoch' }

interface Rule {
  readonly track: (slot: string) => TrackAverage
  /** first 0-based epoch whose steps count */
  readonly fromEpoch: number
  /** whether the average is in the model from an epoch's end to the next one's beginning */
  readonly betweenEpochs: boolean
}

/**
 * A moving average of the weights that tests and predictions are made with, and that the model is left with: what
 * `swapEMAWeights` and `weightAveraging` share.
 */
export const averaged = (by: string, options: Spec['options'], rule: Rule): Policy<never> => {
  const slot = slotOf(by, options)
  const swap: ReadonlyArray<Command> = [{ by, ...swapWeights(slot) }]
  const start: Command = { by, ...rule.track(slot) }

  const swapIn = (state: State, reason: NonNullable<State['for']>): readonly [ReadonlyArray<Command>, State] =>
    state.kept && state.for === null ? [swap, { ...state, for: reason }] : [none, state]
  const swapBack = (state: State, ...reasons: ReadonlyArray<State['for']>): readonly [ReadonlyArray<Command>, State] =>
    state.for !== null && reasons.includes(state.for) ? [swap, { ...state, for: null }] : [none, state]

  const step = (state: State, event: TrainingEvent<never>): readonly [ReadonlyArray<Command>, State] => {
    switch (event._tag) {
      case 'TrainBegin':
        // a run resumed from a checkpoint has its average back and no second TrainBegin; whoever has the state alone begins anew
        return [none, { kept: false, for: null }]
      case 'EpochBegin': {
        const [back, next] = swapBack(state, 'test', 'predict', 'evaluation', 'epoch')
        if (next.kept || event.epoch < rule.fromEpoch) return [back, next]
        return [[...back, start], { ...next, kept: true }]
      }
      case 'TestBegin':
        return swapIn(state, 'test')
      case 'PredictBegin':
        return swapIn(state, 'predict')
      case 'TestEnd':
        return swapBack(state, 'test')
      case 'PredictEnd':
        return swapBack(state, 'predict')
      case 'Evaluating':
        return swapIn(state, rule.betweenEpochs ? 'epoch' : 'evaluation')
      case 'EpochEnd':
        return rule.betweenEpochs ? swapIn(state, 'epoch') : swapBack(state, 'evaluation')
      case 'TrainEnd':
        // the average stays; it is there already where nobody has brought the weights back
        return [state.kept && state.for === null ? [{ by, ...restoreWeights(slot) }] : none, { kept: false, for: null }]
      default:
        return [none, state]
    }
  }
  return make<never>(
    Machine.make(
      {
        kind: by,
        ...(options && { options }),
        events: [
          'TrainBegin',
          'EpochBegin',
          'TestBegin',
          'TestEnd',
          'Evaluating',
          'EpochEnd',
          'TrainEnd',
          'PredictBegin',
          'PredictEnd',
        ],
        follows: ['Evaluating'],
        ignoresRate: true,
      },
      { kept: false, for: null },
      step,
    ),
  )
}
