import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  all,
  clipGradients,
  decodeNumber,
  encodeNumber,
  fromSpec,
  gradientAccumulationScheduler,
  on,
  setGradientClipping,
  toSpec,
  type ClippingMode,
  type JsonNumber,
  type Policy,
} from 'rxfit'
import { fit, trainWith } from 'rxfit/tfjs'
import { describeOracles, python } from '../oracles.js'
import { backend, line, linear, tf } from './backend.js'
import { leakFree } from './models.js'
import { optimizers } from './optimizers.js'

type Gradients = ReadonlyArray<ReadonlyArray<number>>

/** What the optimizer gets of these gradients under a policy: SGD takes them from variables that are 0. */
const clipped = async (policy: Policy<never>, gradients: Gradients): Promise<Gradients> => {
  const optimizer = tf.train.sgd(1)
  const variables = gradients.map((gradient) => tf.variable(tf.zeros([gradient.length])))
  await trainWith(policy, { model: { optimizer, variables }, lint: false }, async (loop) => {
    for await (const epoch of loop.epochs()) {
      const given = variables.map(({ name }, i) => ({ name, tensor: tf.tensor1d([...(gradients[i] ?? [])]) }))
      optimizer.applyGradients(given)
      tf.dispose(given.map(({ tensor }) => tensor))
      await loop.batchEnd({ loss: epoch })
    }
  })
  const taken = variables.map((variable) => [...variable.dataSync()].map((x) => -x))
  tf.dispose(variables)
  return taken
}

/** By the definition, in double precision. */
const expected: Readonly<Record<ClippingMode, (gradients: Gradients, limit: number) => Gradients>> = {
  value: (gradients, limit) => gradients.map((g) => g.map((x) => Math.max(-limit, Math.min(limit, x)))),
  norm: (gradients, limit) => gradients.map((g) => g.map((x) => (x * limit) / Math.max(limit, Math.hypot(...g)))),
  global: (gradients, limit) => {
    const norm = Math.hypot(...gradients.flat())
    return gradients.map((g) => g.map((x) => (x * limit) / Math.max(limit, norm)))
  },
}
const modes = ['norm', 'value', 'global'] as const

const close = (got: Gradients, wanted: Gradients): void => {
  const [a, b] = [got.flat(), wanted.flat()]
  expect(a).toHaveLength(b.length)
  a.forEach((x, i) => {
    const y = b[i] as number
    if (Number.isFinite(y)) expect(Math.abs(x - y)).toBeLessThanOrEqual(1e-6 * Math.max(1e-3, Math.abs(y)))
    else expect(x).toBe(y)
  })
}

const gradientsArbitrary = fc.array(
  fc.array(fc.float({ noNaN: true, min: -100, max: 100 }).map(Math.fround), { minLength: 1, maxLength: 5 }),
  { minLength: 1, maxLength: 4 },
)

describe(`clipped gradients on ${backend}`, () => {
  it.each(modes)('keep within the limit, by %s', async (mode) => {
    await fc.assert(
      fc.asyncProperty(gradientsArbitrary, fc.constantFrom(0.1, 1, 50), async (gradients, limit) => {
        close(await clipped(clipGradients({ [mode]: limit }), gradients), expected[mode](gradients, limit))
      }),
      { numRuns: 40 },
    )
  })
  it('are clipped one way after another, in the order of the policies', async () => {
    const given = [[3, 4], [12]]
    const [first, second] = [clipGradients({ value: 3 }), clipGradients({ global: 1 })]
    close(await clipped(all(first, second), given), expected.global(expected.value(given, 3), 1))
    close(await clipped(all(second, first), given), expected.value(expected.global(given, 1), 3))
    close(await clipped(clipGradients({ global: 1 }), [[0, 0]]), [[0, 0]])
  })
  it.each(Object.entries(optimizers))('are what %s steps by, and leave nothing behind', async (_, make) => {
    const { x, y } = line()
    const limit = 1e-3
    const model = linear(make(0.1))
    const twin = linear(make(0.1))
    const w = twin.trainableWeights.map((weight) => weight.read()) as Array<InstanceType<typeof tf.Variable>>
    for (let i = 0; i < 3; i += 1)
      tf.tidy(() => {
        const loss = () => tf.losses.meanSquaredError(y, twin.apply(x) as typeof y).asScalar()
        const { grads } = tf.variableGrads(loss, w)
        const norm = Math.hypot(...Object.values(grads).flatMap((g) => [...g.dataSync()]))
        const scale = Math.min(1, limit / norm)
        twin.optimizer.applyGradients(Object.fromEntries(Object.entries(grads).map(([k, g]) => [k, g.mul(scale)])))
      })
    const train = () =>
      fit(model, x, y, { epochs: 3, batchSize: 32, shuffle: false, callbacks: clipGradients({ global: limit }) })
    await train()
    model.getWeights().forEach((weight, i) => {
      close([[...weight.dataSync()]], [[...(twin.getWeights()[i]?.dataSync() ?? [])]])
    })
    await leakFree(train)
    expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(false)
    tf.dispose([x, y])
  })
  it('leave nothing behind where training fails', async () => {
    const { x, y } = line()
    const model = linear()
    await leakFree(() =>
      fit(model, x, y, {
        callbacks: all(
          clipGradients({ norm: 1 }),
          on('BatchEnd', () => {
            throw new Error('no')
          }),
        ),
      }),
    )
    expect(Object.hasOwn(model.optimizer, 'applyGradients')).toBe(false)
    tf.dispose([x, y])
  })
  it('are the mean of an accumulated round', async () => {
    const { x, y } = line()
    const train = async (batchSize: number, batches: number): Promise<Gradients> => {
      const model = linear(tf.train.sgd(1))
      const callbacks = all(
        clipGradients({ value: 0.01 }),
        gradientAccumulationScheduler({ scheduling: { 0: batches } }),
      )
      await fit(model, x, y, { batchSize, shuffle: false, callbacks })
      return model.getWeights().map((weight) => [...weight.dataSync()])
    }
    close(await train(8, 4), await train(32, 1))
    close(await train(32, 1), [[0.01], [0.01]])
  })
  it('may have a limit that changes, or none any longer', async () => {
    const limits = on('EpochBegin', ({ epoch }) => setGradientClipping('value', [1, 0.5, null][epoch] as number | null))
    const { x, y } = line()
    const model = linear(tf.train.sgd(1))
    const biases: Array<number> = []
    await fit(model, tf.zerosLike(x), y.mul(0).add(100), {
      epochs: 3,
      batchSize: 32,
      callbacks: all(
        limits,
        on('EpochEnd', () => void biases.push(model.getWeights()[1]?.dataSync()[0] as number)),
      ),
    })
    expect(biases).toEqual([1, 1.5, 1.5 + 2 * 98.5])
  })
})

describe('clipGradients', () => {
  it('takes one limit', () => {
    expect(() => clipGradients({})).toThrow('one of norm, value and global must be given, got none')
    expect(() => clipGradients({ norm: 1, global: 2 })).toThrow('got norm and global')
    expect(() => clipGradients({ norm: 0 })).toThrow('clipGradients.norm: must be above 0')
    expect(() => clipGradients({ value: Infinity })).toThrow('must be finite')
    expect(() => clipGradients({ clipnorm: 1 } as never)).toThrow('there is norm, value, global')
    expect(() => setGradientClipping('norm', -1)).toThrow('setGradientClipping: limit must be above 0, got -1')
    const built = fromSpec({ clipGradients: { norm: 1 } })
    expect(built._tag === 'Right' && toSpec(built.right)).toEqual(toSpec(clipGradients({ norm: 1 })))
  })
})

describeOracles('Keras clips alike', () => {
  it.each(modes)('by %s, also what is not finite', async (mode) => {
    const number = fc.oneof(
      { weight: 12, arbitrary: fc.float({ noNaN: true, min: -100, max: 100 }) },
      { weight: 1, arbitrary: fc.constantFrom(NaN, Infinity, -Infinity, 0) },
    )
    const cases = fc.sample(
      fc.record({
        limit: fc.constantFrom(0.1, 1, 7),
        gradients: fc.array(fc.array(number, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
      }),
      { numRuns: 100, seed: 7 },
    )
    const input = cases.map((one) => ({ ...one, mode, gradients: one.gradients.map((g) => g.map(encodeNumber)) }))
    const script = fileURLToPath(new URL('../../scripts/clipGradients.py', import.meta.url))
    const keras = JSON.parse(
      execFileSync(python, [script], {
        input: JSON.stringify(input),
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'ignore'],
      }),
    ) as ReadonlyArray<ReadonlyArray<ReadonlyArray<JsonNumber>>>
    expect(keras).toHaveLength(cases.length)
    for (const [i, { limit, gradients }] of cases.entries())
      close(
        await clipped(clipGradients({ [mode]: limit }), gradients),
        (keras[i] ?? []).map((g) => g.map(decodeNumber)),
      )
  })
})
