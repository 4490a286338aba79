import { above, oneOf, parse, positive } from '../dsl/Options.js'
import * as Machine from '../dsl/Machine.js'
import { completed, endOf, type TrainingEvent, type Unit } from '../dsl/TrainingEvent.js'
import { fromPredicate, make, type Firing, type Trigger } from '../dsl/Trigger.js'
import { counted, one } from './internal/words.js'
import * as v from 'valibot'

const unit = v.optional(oneOf('epochs', 'batches', 'seconds'), 'epochs')
const whole = v.strictObject({ n: positive, unit })
const timed = v.strictObject({ n: above(0), unit })

/** Time has passed since the last firing, or since training began; looked at when a batch or an epoch ends. */
const everySeconds = (n: number): Trigger<never> =>
  make<never>(
    Machine.make(
      { kind: 'everyN', options: { n, unit: 'seconds' }, events: ['TrainBegin', 'BatchEnd', 'EpochEnd'], timed: true },
      null as number | null,
      (last, event: TrainingEvent<never>): readonly [Firing, number | null] => {
        if (last === null) return [undefined, event.at]
        if (event._tag !== 'BatchEnd' && event._tag !== 'EpochEnd') return [undefined, last]
        const seconds = (event.at - last) / 1000
        return seconds >= n ? [{ seconds, every: n }, event.at] : [undefined, last]
      },
      (last, event) => [
        {
          by: 'everyN',
          why: { n, unit: 'seconds' },
          ...(event !== undefined &&
            last !== null && { needs: counted(Math.max(0, n - (event.at - last) / 1000), 'more second') }),
        },
      ],
    ),
  )

/**
 * Fires after every n epochs (at their end), batches (counted over all epochs), or seconds (by the events' clock, at the end
 * of the batch or epoch in which the time is up). `n` is a whole number from 1; seconds may be any number above 0.
 * @category triggers
 * @example
 * import { everyN } from 'rxfit'
 * import { firings } from 'rxfit/testing'
 * firings(everyN(2, 'epochs'), [{}, {}, {}, {}]) // => [1, 3]
 */
export const everyN = (n: number, unit: Unit = 'epochs'): Trigger<never> => {
  if (unit === 'seconds') return everySeconds(parse('everyN', timed, { n, unit }).n)
  parse('everyN', whole, { n, unit })
  const end = endOf(unit)
  return fromPredicate<never>(
    { kind: 'everyN', options: { n, unit }, events: [end] },
    (event) => event._tag === end && completed(event, unit) % n === 0 && { [unit]: completed(event, unit) },
    (_, event) => [
      {
        by: 'everyN',
        why: { n, unit },
        ...(event !== undefined && { needs: counted(n - (completed(event, unit) % n), `more ${one(unit)}`) }),
      },
    ],
  )
}
