import type * as tf from '@tensorflow/tfjs'
import { all, earlyStopping, emit, enrich, derive, log, monitor, on, whenPlateau, type Policy } from 'rxfit'
import { fit, fit$, type FitResult } from 'rxfit/tfjs'
import type { Observable } from 'rxjs'
import type { TrainingEvent } from 'rxfit'
import { expectTypeOf, test } from 'vitest'

declare const model: tf.LayersModel
declare const sequential: tf.Sequential
declare const x: tf.Tensor
declare const dataset: tf.data.Dataset<{ xs: tf.Tensor; ys: tf.Tensor }>
declare const policy: Policy
declare const name: string

test('a policy that needs val_loss needs validation', () => {
  void fit(model, x, x, { epochs: 1, validationSplit: 0.1, callbacks: earlyStopping() })
  void fit(model, x, x, { epochs: 1, validationData: [x, x], callbacks: earlyStopping() })
  void fit(sequential, x, x, { epochs: 1, callbacks: earlyStopping({ monitor: 'loss' }) })
  // @ts-expect-error there is no validation data
  void fit(model, x, x, { epochs: 1, callbacks: earlyStopping() })
  // @ts-expect-error there is no validation data, deep inside either
  void fit(model, x, x, {
    epochs: 1,
    callbacks: all(earlyStopping({ monitor: 'loss' }), emit(log('x'))(whenPlateau('val_acc'))),
  })
  // @ts-expect-error nor in a list
  void fit(model, x, x, { epochs: 1, callbacks: [earlyStopping({ monitor: 'loss' }), earlyStopping()] })
  // @ts-expect-error fit$ says so too
  fit$(model, x, x, { epochs: 1, callbacks: earlyStopping() })
})

test('datasets', () => {
  void fit(model, dataset, { epochs: 1, validationData: dataset, callbacks: earlyStopping() })
  // @ts-expect-error there is no validation data
  void fit(model, dataset, { epochs: 1, callbacks: earlyStopping() })
})

test('names that are known only at run time pass', () => {
  void fit(model, x, x, { epochs: 1, callbacks: earlyStopping({ monitor: name, mode: 'min' }) })
  void fit(model, x, x, { epochs: 1, callbacks: policy })
  void fit(model, x, x, { epochs: 1, callbacks: on('EpochEnd', () => undefined) })
  void fit(model, x, x, { epochs: 1 })
  void fit(model, x, x, {})
})

test('a derived metric is no longer asked of the model', () => {
  const gap = derive('val_gap', (logs) => logs.loss)
  void fit(model, x, x, {
    epochs: 1,
    callbacks: enrich(gap)(emit(log('x'))(whenPlateau(monitor('val_gap'), { mode: 'min' }))),
  })
})

test('results', () => {
  expectTypeOf(fit(model, x, x, { epochs: 1, callbacks: policy })).resolves.toEqualTypeOf<FitResult>()
  expectTypeOf(fit$(model, x, x, { epochs: 1, callbacks: policy })).toEqualTypeOf<Observable<TrainingEvent>>()
})
