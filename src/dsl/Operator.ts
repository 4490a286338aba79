import type { Observable, OperatorFunction } from 'rxjs'
import { bones, toOperator, type Machine } from './Machine.js'
import { draw } from './Spec.js'

/**
 * A machine that can be called as the RxJS operator it is. `emitted` says what the operator sends for an output, so that
 * `events$.pipe(x)` and `x.step` are one thing.
 */
export type Callable<I, O, A> = Machine<I, O> & ((source: Observable<I>) => Observable<A>)

const inspect = Symbol.for('nodejs.util.inspect.custom')

/** Makes a machine callable, and printable: its name is its kind, `console.log` shows its tree, JSON its spec. */
export const callable = <I, O, A, Brand extends object>(
  machine: Machine<I, O>,
  emitted: (output: O, input: I) => ReadonlyArray<A>,
  brand: Brand,
): Callable<I, O, A> & Brand => {
  const { spec, init, step, runner } = machine
  const body = { ...bones(machine), ...(runner && { runner }) }
  const operator: OperatorFunction<I, A> = (source) =>
    toOperator<I, A>({
      spec,
      init,
      step: (state, input) => {
        const [output, next] = step(state, input)
        return [emitted(output, input), next]
      },
    })(source)
  Object.defineProperties(operator, {
    name: { value: spec.kind },
    toJSON: { value: () => spec },
    [inspect]: { value: () => draw(spec) },
  })
  return Object.assign(operator, body, { step }, brand)
}
