import { describe, expect, it } from 'vitest'
import { OptionError } from '../../src/dsl/Options.js'
import * as metrics from '../../src/metrics/index.js'

const { rocAuc, rocCurve, averagePrecision, oneVsRest, multilabel, precision, confusionMatrix, logLoss } = metrics

describe('undefined results', () => {
  const reasons = (compute: (onUndefined: (why: string) => void) => unknown): ReadonlyArray<string> => {
    const told: Array<string> = []
    compute((why) => void told.push(why))
    return told
  }
  it('are NaN, or what convention says, and are told', () => {
    expect(rocAuc([1, 1], [0.1, 0.2])).toBeNaN()
    expect(reasons((onUndefined) => rocAuc([1, 1], [0.1, 0.2], { onUndefined }))).toEqual(['one-class'])
    expect(reasons((onUndefined) => rocCurve([0, 0], [0.1, 0.2], { onUndefined }))).toEqual(['no-positives'])
    expect(reasons((onUndefined) => averagePrecision([0, 0], [0.1, 0.2], { onUndefined }))).toEqual(['no-positives'])
    expect(reasons((onUndefined) => precision([1, 1], [0, 0], { onUndefined }))).toEqual(['no-predicted'])
    expect(reasons((onUndefined) => confusionMatrix([1, 1], [1, 1], { onUndefined }))).toEqual(['one-label'])
  })
  it('say nothing where a value for them was chosen', () => {
    expect(precision([1, 1], [0, 0], { zeroDivision: 1 })).toBe(1)
    expect(reasons((onUndefined) => precision([1, 1], [0, 0], { zeroDivision: 1, onUndefined }))).toEqual([])
  })
  it('of a class that never occurs weigh nothing', () => {
    const scores = [
      [0.75, 0.25, 0],
      [0.25, 0.75, 0],
    ]
    expect(oneVsRest(rocAuc, { labels: [0, 1, 2] })([0, 1], scores)).toBeNaN()
    expect(oneVsRest(rocAuc, { labels: [0, 1, 2], average: 'weighted' })([0, 1], scores)).toBe(1)
  })
})

describe('samples that are none', () => {
  it.each([
    ['no samples', () => rocAuc([], []), 'rocAuc: there are no samples'],
    ['lengths', () => rocAuc([0, 1], [0.5]), 'rocAuc: there must be as many samples everywhere, got yTrue 2, yScore 1'],
    ['NaN', () => averagePrecision([0, 1], [0.5, NaN]), 'yScore must be finite, got NaN at 1'],
    ['half labels', () => confusionMatrix([0, 0.5], [0, 1]), 'yTrue must hold whole numbers (classes), got 0.5 at 1'],
    [
      'labels',
      () => rocCurve([2, 3], [0.1, 0.2]),
      'yTrue must hold 0 and 1, or -1 and 1, unless posLabel is given, got 2, 3',
    ],
    ['classes', () => rocAuc([0, 1, 2], [0.1, 0.2, 0.3]), 'two classes at most, got 3; see oneVsRest'],
    [
      'columns',
      () =>
        oneVsRest(rocAuc)(
          [0, 1],
          [
            [0.5, 0.25, 0.25],
            [0, 0, 1],
          ],
        ),
      '2 classes, and 3 columns of scores',
    ],
    [
      'logits',
      () =>
        oneVsRest(rocAuc)(
          [0, 1],
          [
            [3, -1],
            [0, 1],
          ],
        ),
      'rows of yScore must sum to 1, not so at 0',
    ],
    [
      'ragged rows',
      () =>
        multilabel(rocAuc)(
          [[0, 1], [1]],
          [
            [0, 1],
            [1, 0],
          ],
        ),
      'yTrue must have 2 columns in every row, got 1 at 1',
    ],
    ['multiclass', () => precision([0, 1, 2], [0, 1, 2]), "choose average 'macro'"],
    ['weights', () => rocAuc([0, 1], [0, 1], { sampleWeight: [0, 0] }), 'sampleWeight must be above 0 for one sample'],
    ['probabilities', () => logLoss([0, 1], [0.5, 1.5]), 'yProb must be probabilities, from 0 to 1, got 1.5 at 1'],
  ])('%s', (_, compute, message) => {
    expect(compute).toThrow(metrics.MetricError)
    expect(compute).toThrow(message)
  })
})

describe('options', () => {
  it('are refused where there are none', () => {
    expect(() => rocCurve([0, 1], [0, 1], { dropIntermediates: true } as never)).toThrow(
      "did you mean 'dropIntermediate'?",
    )
    expect(() => metrics.precisionAtRecall([0, 1], [0, 1], { recall: 1.5 })).toThrow(OptionError)
    expect(() => metrics.fBeta([0, 1], [0, 1], { beta: -1 })).toThrow('fBeta.beta: must be 0 or more')
    expect(() => rocAuc([0, 1], [0, 1], { sampleWeight: 1 as never })).toThrow(
      'sampleWeight: must be a list of numbers, got 1',
    )
    expect(() => precision([0, 1], [0, 1], { zeroDivision: 2 })).toThrow('zeroDivision: must be 0, 1 or NaN, got 2')
    expect(() => rocAuc([0, 1], [0, 1], { maxFpr: 0 })).toThrow('rocAuc.maxFpr: must be above 0')
    expect(() => oneVsRest(rocAuc, { average: 'mean' as never })).toThrow('average')
  })
})

describe('float32 probabilities', () => {
  it('are kept from 0 and 1 as float32 can tell', () => {
    expect(logLoss([0, 1], Float32Array.of(1, 0))).toBeCloseTo(23 * Math.LN2, 5)
    expect(logLoss([0, 1], [1, 0])).toBeCloseTo(52 * Math.LN2, 5)
  })
})
