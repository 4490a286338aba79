// A policy of one's own and its tests, on vitest. No model, no data, no waiting: `npx vitest run examples`.
import { pipe } from 'fp-ts/lib/function.js'
import { after, all, and, earlyStopping, emit, reduceLR, stopIf, whenPlateau } from 'rxfit'
import { curve, expectDecisions, runPolicy } from 'rxfit/testing'
import { laws } from 'rxfit/testing/properties'
import { describe, expect, it } from 'vitest'

/** Halves the rate on a plateau, though not in the first three epochs; stops when nothing helps, or when it overfits. */
const patient = all(
  pipe(and(whenPlateau('val_loss', { patience: 2 }), after(3)), emit(reduceLR(0.5))),
  earlyStopping({ patience: 5, restoreBestWeights: true }),
  stopIf((e) => e.logs.val_loss > 3 * e.logs.loss, 'overfitting'),
)

describe('patient', () => {
  // marbles: one column an epoch, `-` not measured, `x` NaN, `3*5` five times 3
  it('cuts twice and then stops, with the weights of the best epoch', () => {
    expectDecisions(patient, curve({ loss: '9 8 7 7*6', val_loss: '9 8 7 7*6' }))
      .toChangeRateAt(4, 6)
      .toEndWithRate(0.25)
      .toStopAt(7)
      .toRestore(2)
  })

  it('waits while nothing is measured', () => {
    expectDecisions(patient, curve({ loss: '9 8 7 6 5 4 3', val_loss: '9 - - - - - -' })).toNeverStop()
  })

  it('stops when it overfits', () => {
    const { outcome } = runPolicy(patient, [
      { loss: 1, val_loss: 1 },
      { loss: 0.1, val_loss: 1 },
    ])
    expect(outcome).toMatchObject({ stoppedEpoch: 1, reason: 'overfitting', verdict: 'exact' })
  })

  // resume, purity, plain states …
  for (const { name, check } of laws(patient)) it(name, check)
})
