import { none, stopTraining } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { NotMeasured, strictLogs, type StrictLogs } from '../dsl/Metrics.js'
import { func, oneOf, OptionError, parse } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import { functionRef } from '../dsl/Spec.js'
import { amend, measuring, type EventOf, type Measuring } from '../dsl/TrainingEvent.js'
import { shown } from './internal/parts.js'
import * as v from 'valibot'

export interface StopIfOptions<T extends Measuring> {
  /** when the predicate is asked; default 'EpochEnd' */
  readonly at?: T
}

const schema = v.strictObject({
  predicate: func,
  reason: v.optional(v.string()),
  at: v.optional(oneOf(...measuring), 'EpochEnd'),
})

/** A promise is true for ever, and so is many a slip. */
const answer = (given: unknown): boolean => {
  if (typeof given === 'boolean') return given
  throw new OptionError([{ path: 'stopIf', message: `the predicate must give true or false, got ${shown(given)}` }])
}

/**
 * A custom stop condition is a predicate on the event: training stops when it holds. A name that is not in `logs` throws,
 * where `undefined > 1` would be false for ever; a metric that wasn't measured this time leaves the predicate without a say.
 * @category policies
 * @example
 * import { stopIf } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { replay } from 'rxfit/replay'
 * const policy = stopIf((e) => e.logs.val_loss / e.logs.loss > 1.3, 'overfitting')
 * const log = fromEpochs([{ loss: 1, val_loss: 1 }, { loss: 0.5, val_loss: 1 }])
 * replay(policy, log).outcome.stoppedEpoch // => 1
 */
export const stopIf = <T extends Measuring = 'EpochEnd'>(
  predicate: (event: EventOf<T> & { readonly logs: StrictLogs }) => boolean,
  reason?: string,
  options: StopIfOptions<T> = {},
): Policy<never> => {
  const { at } = parse('stopIf', schema, { predicate, reason, ...options })
  const why = reason ?? (predicate.name || 'predicate')
  const spec = { kind: 'stopIf', options: { predicate: functionRef(predicate), reason: why, ...options }, events: [at] }
  return make<never>(
    Machine.fromFunction(
      spec,
      (event) => {
        try {
          const asked = amend(event, event.lr, strictLogs(event)) as unknown as Parameters<typeof predicate>[0]
          if (!answer(predicate(asked))) return none
          return [{ ...stopTraining(why), by: 'stopIf', why: event.logs }]
        } catch (error) {
          if (error instanceof NotMeasured) return none
          throw error
        }
      },
      () => [{ by: 'stopIf', why: {}, needs: `its predicate to hold: ${why}` }],
    ),
  )
}
