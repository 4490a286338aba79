import { eachArgument } from './internal/parts.js'
import { concatAll, type Policy } from '../dsl/Policy.js'

/**
 * Joins policies into one: at each event all their commands, in the order in which they stand here. What they ask for at one
 * event is gathered first and then carried out without conflict (`resolve`), so the order changes reports, not training.
 * @category policies
 * @example
 * import { all, earlyStopping, explain, terminateOnNaN } from 'rxfit'
 * explain(all(earlyStopping({ patience: 3 }), terminateOnNaN()))
 * // => 'all\n├─ earlyStopping patience=3\n└─ terminateOnNaN'
 */
export const all = <M extends string>(...policies: ReadonlyArray<Policy<M>>): Policy<M> => {
  eachArgument('all', policies, 'policy')
  return concatAll(policies)
}
