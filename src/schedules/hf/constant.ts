import { make, type Schedule } from '../../dsl/Schedule.js'
import { atLeast, parse } from '../../dsl/Options.js'
import * as v from 'valibot'

const schema = v.strictObject({ initial: atLeast(0) })

/**
 * transformers' 'constant'.
 * @category schedules
 * @example
 * import { hf } from 'rxfit'
 * hf.constant({ initial: 0.5 }).at(9) // => 0.5
 */
export const constant = (options: { readonly initial: number }): Schedule => {
  const { initial } = parse('hf.constant', schema, options)
  return make('hf.constant', { ...options }, () => initial)
}
