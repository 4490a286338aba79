import * as v from 'valibot'
import { atLeast, count, finite, mode, onMissing } from '../../dsl/Options.js'

/** The options of `whenPlateau`, with their defaults: those who only read its spec need them too. */
export const plateauSchema = v.strictObject({
  patience: v.optional(count, 1),
  minDelta: v.optional(atLeast(0), 0),
  mode,
  cooldown: v.optional(count, 0),
  baseline: v.optional(finite),
  onMissing,
})
