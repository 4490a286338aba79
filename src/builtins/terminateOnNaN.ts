import { stopTraining } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { none } from '../dsl/Command.js'
import { lookup } from '../dsl/Metrics.js'
import { flag, parse } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import * as v from 'valibot'

export interface TerminateOnNaNOptions {
  /** fail the fit with an error instead of stopping it. Default false */
  readonly raiseError?: boolean
}

export const terminateOnNaNSchema = v.strictObject({ raiseError: v.optional(flag, false) })

/**
 * Stops training at the end of the first batch whose `loss` is not finite (NaN or an infinity). Keras 3's TerminateOnNaN.
 * Where batches aren't recorded it sees nothing: `whenNaN` looks at epochs.
 * @category builtins
 * @see https://keras.io/api/callbacks/terminate_on_nan/
 * @example
 * import { terminateOnNaN } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const asked = commands(terminateOnNaN(), [{ loss: 1, batches: [{ loss: 1 }, { loss: NaN }] }])
 * asked.map((c) => c._tag) // => ['StopTraining']
 */
export const terminateOnNaN = (options: TerminateOnNaNOptions = {}): Policy<never> => {
  const { raiseError } = parse('terminateOnNaN', terminateOnNaNSchema, options)
  return make<never>(
    Machine.fromFunction(
      { kind: 'terminateOnNaN', options: { ...options }, events: ['BatchEnd'], ignoresRate: true },
      (event: TrainingEvent<never>) => {
        const loss = lookup(event.logs, 'loss')
        if (loss === undefined || Number.isFinite(loss)) return none
        if (raiseError) throw new Error(`loss is ${loss}`)
        return [{ ...stopTraining(`loss is ${loss}`), by: 'terminateOnNaN', why: { observed: loss } }]
      },
      () => [{ by: 'terminateOnNaN', why: {}, needs: "a loss that is NaN or infinite at a batch's end" }],
    ),
  )
}
