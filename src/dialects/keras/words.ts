import * as v from 'valibot'
import { mode, oneOf, text } from '../../dsl/Options.js'

/** Options that every builtin which watches a metric has, in every dialect. */
export const watching = {
  monitor: v.optional(text, 'val_loss'),
  onMissing: v.optional(oneOf('error', 'skip')),
}

/** The direction as Keras names it. */
export const kerasMode = mode
