import { duration, type Duration } from '../dsl/Duration.js'
import * as Machine from '../dsl/Machine.js'
import { oneOf, parse } from '../dsl/Options.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import { make, type Firing, type Trigger } from '../dsl/Trigger.js'
import * as v from 'valibot'

export interface ElapsedOptions {
  /** the event at which it looks at the clock; default 'EpochEnd' */
  readonly at?: 'EpochEnd' | 'BatchEnd'
}

const schema = v.strictObject({ duration, at: v.optional(oneOf('EpochEnd', 'BatchEnd'), 'EpochEnd') })

/** Milliseconds trained up to the last look, and the clock then; the clock of another process means nothing. */
type State = { readonly spent: number; readonly last: number | null }

/**
 * Fires once that much time has been spent on training (and at each end of an epoch, or batch, from then on). Time is that of
 * the events' clock. What was spent before a resume counts; the pause between does not. A run that is resumed with nothing
 * left fires as it begins, as Lightning's Timer does.
 * @category triggers
 * @example
 * import { whenElapsed } from 'rxfit'
 * whenElapsed('10 minutes').spec.options // => { duration: '10 minutes' }
 */
export const whenElapsed = (limit: Duration, options: ElapsedOptions = {}): Trigger<never> => {
  const { duration, at } = parse('whenElapsed', schema, { duration: limit, ...options })
  return make<never>(
    Machine.make(
      {
        kind: 'whenElapsed',
        options: { duration: typeof limit === 'object' ? { ...limit } : limit, ...options },
        events: ['TrainBegin', at],
        timed: true,
      },
      { spent: 0, last: null },
      (state: State, event: TrainingEvent<never>): readonly [Firing, State] => {
        if (event._tag !== 'TrainBegin' && event._tag !== at) return [undefined, state]
        const passed = event._tag === 'TrainBegin' || state.last === null ? 0 : Math.max(0, event.at - state.last)
        const next: State = { spent: state.spent + passed, last: event.at }
        const seconds = next.spent / 1000
        return [seconds >= duration ? { seconds, limit: duration } : undefined, next]
      },
    ),
  )
}
