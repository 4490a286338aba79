import { log, stopTraining, type Command } from '../dsl/Command.js'
import { duration, showDuration, type Duration } from '../dsl/Duration.js'
import { OptionError, oneOf, parse } from '../dsl/Options.js'
import type { Policy } from '../dsl/Policy.js'
import { emit } from '../operators/emit.js'
import { whenElapsed } from '../operators/whenElapsed.js'
import { composed } from './internal/composed.js'
import * as v from 'valibot'

export interface TimeStoppingOptions {
  /** seconds of training, above 0. Default 86400, a day */
  readonly seconds?: number
  /** the same as Lightning's Timer takes it: 'DD:HH:MM:SS', { hours: 1 }; or '10 minutes'. Not beside seconds */
  readonly duration?: Duration
  /** 'epoch' (default): looks at the clock at the end of each epoch; 'step': of each batch */
  readonly interval?: 'epoch' | 'step'
  /** 1: say when it stops. Default 0 */
  readonly verbose?: 0 | 1
}

const schema = v.strictObject({
  seconds: v.optional(duration),
  duration: v.optional(duration),
  interval: v.optional(oneOf('epoch', 'step'), 'epoch'),
  verbose: v.optional(v.picklist([0, 1]), 0),
})

const day = 86_400
const by = 'timeStopping'

/**
 * Stops when that much time has been spent on training, by the events' clock. TensorFlow Addons' TimeStopping and Lightning's
 * Timer: time spent before a resume counts, the pause doesn't.
 * @category builtins
 * @see https://lightning.ai/docs/pytorch/stable/api/lightning.pytorch.callbacks.Timer.html
 * @example
 * import { explain, timeStopping } from 'rxfit'
 * explain(timeStopping({ duration: '00:01:30:00', interval: 'step' })) // => 'timeStopping duration=00:01:30:00 interval=step'
 */
export const timeStopping = (options: TimeStoppingOptions = {}): Policy<never> => {
  const { seconds, duration, interval, verbose } = parse(by, schema, options)
  if (seconds !== undefined && duration !== undefined)
    throw new OptionError([{ path: `${by}.duration`, message: 'is there beside seconds: give one of them' }])
  const limit = seconds ?? duration ?? day
  const shown = showDuration(limit)
  const stop = stopTraining(`the time is up: ${shown}`)
  const expired = whenElapsed(limit, { at: interval === 'step' ? 'BatchEnd' : 'EpochEnd' })
  const obey = (epoch: number): ReadonlyArray<Command> =>
    verbose ? [log(`Timed stopping at epoch ${epoch + 1} after training for ${shown}`), stop] : [stop]
  return composed(by, options, emit((event) => obey(event.epoch))(expired))
}
