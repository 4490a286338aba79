import type { MetricName } from '../dsl/Metrics.js'
import { zipWith, type Signal } from '../dsl/Signal.js'
import { around } from '../dsl/Spec.js'
import { toSignal } from './monitor.js'

/**
 * One metric (or signal) divided by another, at the events where both are there: `ratio('val_loss', 'loss')` rises with
 * overfitting.
 * @category signals
 * @example
 * import { ratio } from 'rxfit'
 * import { values } from 'rxfit/testing'
 * values(ratio('val_loss', 'loss'), [{ loss: 2, val_loss: 3 }]) // => [1.5]
 */
export const ratio = <const M extends MetricName, const N extends MetricName>(
  over: M | Signal<M>,
  under: N | Signal<N>,
): Signal<M | N> => {
  const [a, b] = [toSignal(over), toSignal(under)]
  return zipWith(around('ratio', {}, [a.spec, b.spec]), a, b, (x, y) => x / y)
}
