import * as fc from 'fast-check'
import type { TrainingEvent } from 'rxfit'
import { events } from 'rxfit/testing'

/** Few distinct values, so that ties and plateaus happen; and everything that is awkward. */
export const value: fc.Arbitrary<number> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(0, 0.25, 0.5, 1, 1.5, 2, 4) },
  { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, -0, -1, 1e308, 5e-324) },
  { weight: 1, arbitrary: fc.double({ min: -10, max: 10, noNaN: true }) },
)

/** Every specimen reads these at most. */
export const metrics = ['loss', 'val_loss', 'acc', 'val_acc'] as const

type Row = Record<(typeof metrics)[number], number | null> & { readonly batches: ReadonlyArray<{ loss: number }> }

const row: fc.Arbitrary<Row> = fc.record({
  loss: value,
  acc: value,
  val_loss: fc.option(value, { freq: 4 }),
  val_acc: fc.option(value, { freq: 4 }),
  batches: fc.array(fc.record({ loss: value }), { maxLength: 3 }),
})

/** A run that never reports a metric is an error, which is not what the laws are about: each is there at least once. */
const complete = (rows: ReadonlyArray<Row>): ReadonlyArray<Row> => {
  const everMeasured = (name: (typeof metrics)[number]): boolean => rows.some((r) => r[name] !== null)
  const lacking = metrics.filter((name) => !everMeasured(name))
  return rows.map((r, i) =>
    i < rows.length - 1 ? r : { ...r, ...Object.fromEntries(lacking.map((name) => [name, 1])) },
  )
}

/** Validation inside the epoch, news of a save behind it, and a clock. */
const weave = (happened: ReadonlyArray<TrainingEvent>, pace: number, rate: number): ReadonlyArray<TrainingEvent> =>
  happened
    .flatMap((event): ReadonlyArray<TrainingEvent> => {
      if (event._tag !== 'EpochEnd') return [event]
      const { epoch, step, at, lr, logs } = event
      const moment = { epoch, batch: null, step, at, lr }
      return [
        { _tag: 'TestBegin', ...moment, logs: {} },
        { _tag: 'TestBatchBegin', ...moment, batch: 0, logs: {} },
        { _tag: 'TestBatchEnd', ...moment, batch: 0, logs: {} },
        { _tag: 'TestEnd', ...moment, logs: { loss: logs['loss'] ?? 1 } },
        event,
        { _tag: 'Saved', ...moment, logs: {}, path: `m-${epoch}` },
        { _tag: 'CommandFailed', ...moment, logs: {}, command: 'HttpPost', by: 'x', message: 'no network' },
      ]
    })
    .map((event, i) => ({ ...event, at: i * pace, lr: rate }))

/** A whole run. */
export const training: fc.Arbitrary<ReadonlyArray<TrainingEvent>> = fc
  .record({
    rows: fc.array(row, { maxLength: 12 }),
    pace: fc.constantFrom(0, 250, 700, 3000),
    rate: fc.constantFrom(0, 0.001, 0.5, 1, NaN),
    woven: fc.boolean(),
  })
  .map(({ rows, pace, rate, woven }) => {
    const happened = events(complete(rows))
    return woven ? weave(happened, pace, rate) : happened
  })

/** A run cut in two. */
export const cut: fc.Arbitrary<readonly [ReadonlyArray<TrainingEvent>, ReadonlyArray<TrainingEvent>]> = fc
  .tuple(training, fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([run, share]) => {
    const at = Math.round(run.length * share)
    return [run.slice(0, at), run.slice(at)]
  })

export const deepFreeze = <T>(x: T): T => {
  if (typeof x === 'object' && x !== null && !Object.isFrozen(x)) {
    Object.freeze(x)
    Object.values(x).forEach(deepFreeze)
  }
  return x
}
