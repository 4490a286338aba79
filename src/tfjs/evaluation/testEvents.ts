import type * as tf from '@tensorflow/tfjs'
import type { Logs, TrainingEvent } from '../../dsl/TrainingEvent.js'
import type { Batch, Batches } from '../batches.js'

export type TestTag = Extract<TrainingEvent['_tag'], `Test${string}`>

/** Hears what happens on the way. */
export interface TestWalker {
  readonly fire: (tag: TestTag, batch: number | null, logs: Logs) => Promise<void> | undefined
  readonly stopped: () => boolean
  /** looks at a batch's data too, once it has been measured */
  readonly look?: (batch: Batch) => Promise<void>
}

/** Names of the loss and the metrics as fit's logs have them: one that is there twice is numbered. */
export const metricNames = ({ metricsNames }: tf.LayersModel): ReadonlyArray<string> =>
  metricsNames.map((name, i) =>
    metricsNames.filter((other) => other === name).length > 1
      ? `${name}_${metricsNames.slice(0, i).filter((other) => other === name).length}`
      : name,
  )

const measure = async (model: tf.LayersModel, { inputs, targets, size }: Batch): Promise<ReadonlyArray<number>> => {
  const measured = model.evaluate(inputs, targets, { batchSize: size })
  const scalars = Array.isArray(measured) ? measured : [measured]
  try {
    const values = await Promise.all(scalars.map(async (scalar) => (await scalar.data())[0] as number))
    // of several outputs tfjs gives the sum of the losses so far for each, then the metrics, and so has one name too few
    return values.slice(model.outputNames.length - 1)
  } finally {
    for (const scalar of scalars) scalar.dispose()
  }
}

/**
 * Measures a model batch by batch, and says so to whoever listens. The means are weighed by the batches' sizes and summed as
 * float32, as tfjs does it: the results are those of its own evaluate, each under its right name.
 */
export const walkTest = async (model: tf.LayersModel, batches: Batches, walker: TestWalker): Promise<Logs> => {
  await walker.fire('TestBegin', null, {})
  const names = metricNames(model)
  const named = (values: ReadonlyArray<number>): Logs =>
    Object.fromEntries(names.map((name, i) => [name, values[i] as number]))
  let totals: ReadonlyArray<number> = names.map(() => 0)
  let [batch, rows] = [0, 0]
  for await (const part of batches.walk()) {
    await walker.fire('TestBatchBegin', batch, {})
    const values = await measure(model, part)
    totals = totals.map((total, i) => Math.fround(total + Math.fround(part.size * (values[i] as number))))
    await walker.look?.(part)
    rows += part.size
    await walker.fire('TestBatchEnd', batch, named(values))
    batch += 1
    if (walker.stopped()) break
  }
  const means = batch === 0 ? {} : named(totals.map((total) => Math.fround(total / rows)))
  await walker.fire('TestEnd', null, means)
  return means
}
