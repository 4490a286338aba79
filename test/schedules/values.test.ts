import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import {
  constant,
  cosine,
  cosineRestarts,
  exponential,
  inverseTime,
  join,
  oneCycle,
  piecewise,
  polynomial,
  scale,
  stepDecay,
  warmup,
  type Schedule,
} from 'rxfit'
import { optionError } from '../operators/helpers.js'

type Case = readonly [name: string, schedule: Schedule, steps: ReadonlyArray<number>, values: ReadonlyArray<number>]

const check = (cases: ReadonlyArray<Case>): void => {
  it.each(cases)('%s', (_, schedule, steps, values) => {
    steps.forEach((step, i) => expect(schedule.at(step), `at ${step}`).toBeCloseTo(values[i] as number, 12))
  })
}

/* The values below were computed in Python from the formulas in each framework's own source. */

describe("Keras' schedules", () => {
  check([
    // 0.1 * 0.96 ** (step / 1000)
    [
      'ExponentialDecay',
      exponential({ initial: 0.1, rate: 0.96, steps: 1000 }),
      [0, 500, 2500],
      [0.1, 0.09797958971132713, 0.09029798987795908],
    ],
    [
      'staircase',
      exponential({ initial: 0.1, rate: 0.96, steps: 1000, staircase: true }),
      [999, 1000, 2500],
      [0.1, 0.096, 0.09216],
    ],
    // 0.1 / (1 + 0.5 * step / 10)
    ['InverseTimeDecay', inverseTime({ initial: 0.1, rate: 0.5, steps: 10 }), [0, 5, 40], [0.1, 0.08, 0.1 / 3]],
    [
      'its staircase',
      inverseTime({ initial: 0.1, rate: 0.5, steps: 10, staircase: true }),
      [9, 10, 45],
      [0.1, 0.1 / 1.5, 0.1 / 3],
    ],
    // (0.1 - 0.01) * (1 - step / 100) ** 0.5 + 0.01
    [
      'PolynomialDecay',
      polynomial({ initial: 0.1, end: 0.01, steps: 100, power: 0.5 }),
      [0, 19, 75, 100, 500],
      [0.1, 0.09100000000000001, 0.05500000000000001, 0.01, 0.01],
    ],
    ['with its defaults a line to 0.0001', polynomial({ initial: 0.1, steps: 10 }), [5, 10], [0.05005, 0.0001]],
    [
      'that cycles',
      polynomial({ initial: 1, end: 0, steps: 10, cycle: true }),
      [0, 5, 10, 15, 20, 25],
      [1, 0.5, 0, 0.25, 0, 1 / 6],
    ],
    // 0.5 * (1 + cos(pi * step / 1000)) with alpha
    [
      'CosineDecay',
      cosine({ initial: 0.1, steps: 1000, alpha: 0.1 }),
      [0, 250, 500, 1000, 2000],
      [0.1, 0.08681980515339464, 0.05500000000000001, 0.010000000000000002, 0.010000000000000002],
    ],
    [
      'that warms up',
      cosine({ initial: 0, steps: 100, warmupTarget: 0.1, warmupSteps: 10 }),
      [0, 5, 10, 60, 110, 999],
      [0, 0.05, 0.1, 0.05, 0, 0],
    ],
    [
      'CosineDecayRestarts',
      cosineRestarts({ initial: 0.1, firstSteps: 100, mMul: 0.9, alpha: 0.01 }),
      [0, 50, 100, 250, 300, 699],
      [0.1, 0.0505, 0.09010000000000001, 0.014048392898139313, 0.08119000000000001, 0.0010012366242321586],
    ],
    [
      'with periods of one length',
      cosineRestarts({ initial: 1, firstSteps: 10, tMul: 1, mMul: 0.5 }),
      [5, 10, 15, 20],
      [0.5, 0.5, 0.25, 0.25],
    ],
  ])
})

describe("PyTorch's schedules", () => {
  check([
    ['StepLR', stepDecay({ initial: 0.05, drop: 0.1, every: 30 }), [0, 29, 30, 60], [0.05, 0.05, 0.005, 0.0005]],
    [
      'OneCycleLR',
      oneCycle({ max: 0.1, steps: 100 }),
      [0, 10, 29, 30, 60, 99],
      [0.0040000000000000036, 0.029516394846410082, 0.1, 0.09994965352845243, 0.05892800902855288, 4e-7],
    ],
    [
      'along lines',
      oneCycle({ max: 0.1, steps: 100, anneal: 'linear', pctStart: 0.5 }),
      [0, 20, 49, 74, 99],
      [0.004, 0.04318367346938776, 0.1, 0.0500002, 3.999999999976245e-7],
    ],
    [
      'that only rises',
      oneCycle({ max: 1, steps: 5, pctStart: 1, anneal: 'linear', divFactor: 10 }),
      [0, 2, 4],
      [0.1, 0.55, 1],
    ],
  ])
})

describe("optax' schedules", () => {
  check([
    [
      'join_schedules',
      join([constant(1), exponential({ initial: 1, rate: 0.5 }), constant(0)], [2, 5]),
      [0, 1, 2, 3, 4, 5, 9],
      [1, 1, 1, 0.5, 0.25, 0, 0],
    ],
    [
      'warmup_cosine_decay_schedule',
      warmup({ steps: 10 })(cosine({ initial: 1, steps: 90, alpha: 0.1 })),
      [0, 5, 10, 55, 100],
      [0, 0.5, 1, 0.55, 0.1],
    ],
    [
      'piecewise_constant_schedule',
      piecewise({ boundaries: [2, 4], values: [1, 0.1, 0.01] }),
      [0, 1, 2, 3, 4, 9],
      [1, 1, 0.1, 0.1, 0.01, 0.01],
    ],
    ['linear_schedule', polynomial({ initial: 1, end: 0.5, steps: 4 }), [0, 1, 4, 8], [1, 0.875, 0.5, 0.5]],
  ])
})

describe('compositions', () => {
  check([
    ['scale', pipe(cosine({ initial: 1, steps: 2 }), scale(0.5)), [0, 1, 2], [0.5, 0.25, 0]],
    ['warmup from a value', warmup({ steps: 2, from: 0.5 })(constant(1)), [0, 1, 2], [0.5, 0.75, 1]],
    [
      'warmup ends at the first value',
      warmup({ steps: 2 })(stepDecay({ initial: 4, every: 1 })),
      [0, 1, 2, 3],
      [0, 2, 4, 2],
    ],
    ['join of one', join([constant(3)], []), [0, 9], [3, 3]],
    ['piecewise without boundaries', piecewise({ boundaries: [], values: [2] }), [0, 9], [2, 2]],
  ])
})

describe('options that make no schedule', () => {
  it.each<readonly [string, () => unknown]>([
    ['constant.value: must be 0 or more, got -1', () => constant(-1)],
    ['constant.value: must be finite, got "Infinity"', () => constant(Infinity)],
    ['stepDecay.every: must be 1 or more, got 0', () => stepDecay({ initial: 1, every: 0 })],
    ['cosine.steps: must be a whole number, got 1.5', () => cosine({ initial: 1, steps: 1.5 })],
    ['oneCycle.pctStart: must be between 0 and 1, got 2', () => oneCycle({ max: 1, steps: 5, pctStart: 2 })],
    ['cosineRestarts.tMul: must be 1 or more, got 0.5', () => cosineRestarts({ initial: 1, firstSteps: 5, tMul: 0.5 })],
    ['polynomial.power: must be above 0, got 0', () => polynomial({ initial: 1, steps: 5, power: 0 })],
    [
      'piecewise.values: must have 2 entries, one more than boundaries, got 1',
      () => piecewise({ boundaries: [1], values: [1] }),
    ],
    ['piecewise.boundaries: must rise, got 2, 2', () => piecewise({ boundaries: [2, 2], values: [1, 1, 1] })],
    [
      'join.boundaries: must rise and have one entry fewer than the 2 schedules, got none',
      () => join([constant(1), constant(2)], []),
    ],
    ['scale.factor: must be 0 or more, got -1', () => scale(-1)(constant(1))],
    ['warmup.steps: must be 1 or more, got 0', () => warmup({ steps: 0 })(constant(1))],
  ])('%s', (message, make) => expect(optionError(make).message).toBe(message))
  it('are listed all at once, with the nearest name', () => {
    const error = optionError(() => exponential({ initial: -1, rate: NaN, stepz: 3 } as never))
    expect(error.problems.map(({ path }) => path)).toEqual([
      'exponential.stepz',
      'exponential.initial',
      'exponential.rate',
    ])
    expect(error.message).toContain("did you mean 'steps'?")
  })
})
