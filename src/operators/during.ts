import { oneOf, parse } from '../dsl/Options.js'
import type { Tag } from '../dsl/TrainingEvent.js'
import { because, fromPredicate, type Trigger } from '../dsl/Trigger.js'
import * as v from 'valibot'

const phases = {
  train: ['TrainBegin', 'EpochBegin', 'BatchBegin', 'BatchEnd', 'EpochEnd', 'TrainEnd'],
  test: ['TestBegin', 'TestBatchBegin', 'TestBatchEnd', 'TestEnd'],
  predict: ['PredictBegin', 'PredictBatchBegin', 'PredictBatchEnd', 'PredictEnd'],
} as const satisfies Record<string, ReadonlyArray<Tag>>

export type Phase = keyof typeof phases

const schema = v.strictObject({ phase: oneOf('train', 'test', 'predict') })

/**
 * Holds at the events of one phase: training, testing (validation included) or prediction. Meant to stand beside another
 * trigger: `and(everyN(10, 'batches'), during('train'))`.
 * @category triggers
 * @example
 * import { and, during, everyN } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(and(everyN(1), during('test')), [{}, {}]) // => []
 */
export const during = (phase: Phase): Trigger<never> => {
  parse('during', schema, { phase })
  const events: ReadonlyArray<Tag> = phases[phase]
  return fromPredicate<never>(
    { kind: 'during', options: { phase }, events, ambient: true },
    (event) => events.includes(event._tag) && because,
    () => [{ by: 'during', why: { phase }, needs: `an event of ${phase === 'train' ? 'training' : `${phase}ing`}` }],
  )
}
