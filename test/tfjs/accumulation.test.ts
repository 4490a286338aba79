import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { accumulateGradients, gradientAccumulationScheduler, lambda, on, stopTraining, all, type Policy } from 'rxfit'
import { fit } from 'rxfit/tfjs'
import { gradientsOf } from '../../src/tfjs/gradients/gradients.js'
import { backend, line, linear, tf } from './backend.js'
import { optimizers } from './optimizers.js'

const { x, y } = line()
type Model = ReturnType<typeof linear>
const weights = (model: Model): Array<number> => model.getWeights().flatMap((w) => [...w.dataSync()])
const close = (a: ReadonlyArray<number>, b: ReadonlyArray<number>, digits = 5): void => {
  expect(a).toHaveLength(b.length)
  a.forEach((value, i) => {
    expect(value).toBeCloseTo(b[i] as number, digits)
  })
}

const train = async (make: () => Model, batchSize: number, scheduling: Record<number, number>, epochs = 3) => {
  const model = make()
  await fit(model, x, y, {
    epochs,
    batchSize,
    shuffle: false,
    callbacks: gradientAccumulationScheduler({ scheduling }),
  })
  return weights(model)
}

/** Gradient of the mean squared error of w x + b on some samples. */
const gradient = ([w, b]: readonly [number, number], from: number, to: number): readonly [number, number] => {
  const xs = [...x.dataSync()].slice(from, to)
  const ys = [...y.dataSync()].slice(from, to)
  const errors = xs.map((value, i) => w * value + b - (ys[i] as number))
  const sum = (terms: ReadonlyArray<number>) => terms.reduce((a, t) => a + t, 0)
  return [(2 * sum(errors.map((e, i) => e * (xs[i] as number)))) / xs.length, (2 * sum(errors)) / xs.length]
}

describe(`accumulated gradients on ${backend}`, () => {
  it.each(Object.entries(optimizers))('train as batches that many times as large, under %s', async (_, make) => {
    const model = () => linear(make(0.05))
    close(await train(model, 4, { 0: 4 }), await train(model, 16, { 0: 1 }))
    close(await train(model, 8, { 0: 8 }), await train(model, 32, { 0: 1 }))
  })

  it('train so whatever the sizes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(1, 2, 4), fc.constantFrom(1, 2, 4, 8), async (size, n) => {
        const model = () => linear(tf.train.sgd(0.1))
        close(await train(model, size, { 0: n }, 2), await train(model, size * n, { 0: 1 }, 2), 4)
      }),
      { numRuns: 8 },
    )
  })

  it('follow the epochs', async () => {
    const whole = linear(tf.train.sgd(0.05))
    for (const [epoch, batchSize] of [8, 8, 16, 4].entries())
      await whole.fit(x, y, { epochs: epoch + 1, initialEpoch: epoch, batchSize, shuffle: false, verbose: 0 })
    close(await train(() => linear(tf.train.sgd(0.05)), 4, { 3: 1, 0: 2, 2: 4 }, 4), weights(whole))
  })

  it.each([
    ['rxfit', 2],
    ['lightning', 3],
  ] as const)('apply what is left over at the end of an epoch as %s does', async (dialect, divisor) => {
    // batches of 7, 7, 7, 7, 4: three, and two left
    const model = linear(tf.train.sgd(0.1))
    let at: readonly [number, number] = [0, 0]
    const step = (bounds: ReadonlyArray<readonly [number, number]>, by: number): void => {
      const all = bounds.map(([from, to]) => gradient(at, from, to))
      at = [0, 1].map(
        (i) => (at[i] as number) - (0.1 * all.reduce((sum, g) => sum + (g[i] as number), 0)) / by,
      ) as never
    }
    const losses: Array<number> = []
    await fit(model, x, y, {
      epochs: 2,
      batchSize: 7,
      shuffle: false,
      validationData: [x, y],
      callbacks: [
        gradientAccumulationScheduler({ scheduling: { 0: 3 }, dialect }),
        on('EpochEnd', (e) => void losses.push(e.logs['val_loss'] as number)),
      ],
    })
    for (let epoch = 0; epoch < 2; epoch += 1) {
      step(
        [
          [0, 7],
          [7, 14],
          [14, 21],
        ],
        3,
      )
      step(
        [
          [21, 28],
          [28, 32],
        ],
        divisor,
      )
    }
    close(weights(model), at)
    // the rest was applied before the epoch was validated
    expect(losses[1]).toBeCloseTo((model.evaluate(x, y) as InstanceType<typeof tf.Tensor>).dataSync()[0] as number, 6)
  })

  it('apply the rest also where training stops half way, and where nobody knows the length of an epoch', async () => {
    const model = linear(tf.train.sgd(0.1))
    await fit(model, x, y, {
      epochs: 2,
      batchSize: 8,
      shuffle: false,
      callbacks: [
        gradientAccumulationScheduler({ scheduling: { 0: 4 } }),
        on('BatchEnd', (e) => (e.batch === 1 ? stopTraining() : undefined)),
      ],
    })
    const [a, b] = [gradient([0, 0], 0, 8), gradient([0, 0], 8, 16)]
    const half = [0, 1].map((i) => (-0.1 * ((a[i] as number) + (b[i] as number))) / 2)
    close(weights(model), half)

    function* rows() {
      for (let i = 0; i < 2; i += 1) yield { xs: x.slice(8 * i, 8), ys: y.slice(8 * i, 8) }
    }
    const unknown = linear(tf.train.sgd(0.1))
    await fit(unknown, tf.data.generator(rows) as never, {
      epochs: 1,
      callbacks: gradientAccumulationScheduler({ scheduling: { 0: 4 } }),
    })
    close(weights(unknown), half)
  })

  it('are given back where the data fail half way', async () => {
    const model = linear(tf.train.sgd(0.1))
    let broken = false
    const ds = tf.data.array([0, 1, 2, 3]).mapAsync(async (i) => {
      if (broken && i === 3) throw new Error('no data')
      return { xs: tf.tensor2d([[i]]), ys: tf.tensor2d([[1]]) }
    })
    const train = (policy: Policy) => fit(model, ds as never, { epochs: 1, callbacks: policy })
    const accumulate = gradientAccumulationScheduler({ scheduling: { 0: 8 } })
    await train(accumulate)
    broken = true
    const left = async (policy: Policy) => {
      const before = tf.memory().numTensors
      await expect(train(policy)).rejects.toThrow('no data')
      return tf.memory().numTensors - before
    }
    // tfjs' own loop leaves tensors behind where its data fail
    expect(await left(accumulate)).toBe(await left(all()))
  })

  it('don’t count as iterations of the optimizer', async () => {
    const model = linear('adam')
    await fit(model, x, y, {
      epochs: 2,
      batchSize: 8,
      callbacks: gradientAccumulationScheduler({ scheduling: { 0: 2 } }),
    })
    expect(model.optimizer.iterations).toBe(4)
  })

  it('survive a change of the optimizer between epochs', async () => {
    const model = linear(tf.train.sgd(0.1))
    const next = tf.train.sgd(0.1)
    await fit(model, x, y, {
      epochs: 2,
      batchSize: 8,
      callbacks: all(
        gradientAccumulationScheduler({ scheduling: { 0: 4 } }),
        lambda({ onEpochEnd: (epoch) => void (epoch === 0 && (model.optimizer = next)) }),
      ),
    })
    expect(next.iterations).toBe(1)
    expect(Object.hasOwn(next, 'applyGradients')).toBe(false)
  })

  it('refuse numbers that are no count', () => {
    expect(() => accumulateGradients(0)).toThrow(/whole number from 1, got 0/)
    expect(() => accumulateGradients(1.5)).toThrow(/got 1.5/)
  })
})

describe('what stands between gradients and optimizer', () => {
  const variables = () => {
    const w = tf.variable(tf.tensor1d([1, 2]))
    return {
      w,
      step: (optimizer: ReturnType<typeof tf.train.sgd>) => optimizer.minimize(() => w.square().sum().asScalar()),
    }
  }

  it('works in the order of stages, and is gone afterwards', () => {
    const optimizer = tf.train.sgd(1)
    const { w, step } = variables()
    const gradients = gradientsOf({ optimizer })
    const seen: Array<unknown> = []
    gradients.use('look', (list) => {
      seen.push(list.map(({ tensor }) => [...(tensor?.dataSync() ?? [])]))
      return list
    })
    gradients.use('change', (list) => list.map(({ name, tensor }) => ({ name, tensor: tensor?.mul(0.25) })))
    gradients.afterStep(() => void seen.push([...w.dataSync()]))
    step(optimizer)
    expect(seen).toEqual([[[0.5, 1]], [0.5, 1]])
    const before = tf.memory().numTensors
    step(optimizer)
    expect(tf.memory().numTensors).toBe(before)
    gradients.dispose()
    gradients.dispose()
    expect(Object.hasOwn(optimizer, 'applyGradients')).toBe(false)
    step(optimizer)
    expect(seen).toHaveLength(4)
    w.dispose()
  })

  it('takes gradients by name too, and gives back a function that somebody had put there', () => {
    const optimizer = tf.train.sgd(1)
    const w = tf.variable(tf.scalar(3))
    const theirs = function (this: typeof optimizer, given: never) {
      Object.getPrototypeOf(optimizer).applyGradients.call(this, given)
    }
    optimizer.applyGradients = theirs
    const gradients = gradientsOf({ optimizer })
    gradients.use('change', (list) => list.map(({ name, tensor }) => ({ name, tensor: tensor?.mul(2) })))
    optimizer.applyGradients({ [w.name]: tf.scalar(0.5) })
    expect(w.dataSync()[0]).toBe(2)
    gradients.dispose()
    expect(optimizer.applyGradients).toBe(theirs)
    w.dispose()
  })
})
