import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import {
  accuracy,
  auc,
  averagePrecision,
  confusionMatrix,
  expectedCalibrationError,
  f1,
  fBeta,
  logLoss,
  oneVsRest,
  prAuc,
  precision,
  precisionAtRecall,
  precisionRecallCurve,
  recall,
  recallAtPrecision,
  rocAuc,
  rocCurve,
} from '../../src/metrics/index.js'

/** Both classes, scores with ties, weights that are whole. */
const samples = fc
  .array(
    fc.record({
      y: fc.constantFrom(0, 1),
      score: fc.integer({ min: 0, max: 8 }).map((x) => x / 8),
      weight: fc.integer({ min: 0, max: 3 }),
    }),
    { minLength: 2, maxLength: 40 },
  )
  .filter((all) => new Set(all.filter(({ weight }) => weight > 0).map(({ y }) => y)).size === 2)
  .map((all) => ({
    y: all.map(({ y }) => y),
    score: all.map(({ score }) => score),
    weight: all.map(({ weight }) => weight),
  }))

const classes = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })), { minLength: 1, maxLength: 30 })
  .map((pairs) => ({ y: pairs.map(([y]) => y), pred: pairs.map(([, pred]) => pred) }))

const ranked = { rocAuc, averagePrecision, prAuc }

describe('rocAuc', () => {
  test.prop([samples])('is the chance that a positive scores above a negative', ({ y, score }) => {
    let [won, pairs] = [0, 0]
    y.forEach((a, i) =>
      y.forEach((b, j) => {
        if (a !== 1 || b !== 0) return
        pairs += 1
        won += score[i]! > score[j]! ? 1 : score[i] === score[j] ? 0.5 : 0
      }),
    )
    fc.pre(pairs > 0)
    expect(rocAuc(y, score)).toBeCloseTo(won / pairs, 12)
  })
  test.prop([samples])('turns round with the scores', ({ y, score }) => {
    const there = new Set(y).size === 2
    fc.pre(there)
    expect(
      rocAuc(
        y,
        score.map((s) => -s),
      ),
    ).toBeCloseTo(1 - rocAuc(y, score), 12)
  })
  test.prop([samples])('is the area under its curve, with or without points on straight lines', ({ y, score }) => {
    const [all, few] = [false, true].map((dropIntermediate) => rocCurve(y, score, { dropIntermediate }))
    expect(auc(all!.fpr, all!.tpr)).toBeCloseTo(rocAuc(y, score), 12)
    expect(auc(few!.fpr, few!.tpr)).toBeCloseTo(rocAuc(y, score), 12)
  })
})

describe.each(Object.entries(ranked))('%s', (_, metric) => {
  test.prop([samples])('looks at the order of scores alone', ({ y, score }) => {
    expect(
      metric(
        y,
        score.map((s) => Math.exp(3 * s) - 5),
      ),
    ).toBe(metric(y, score))
  })
  test.prop([samples, fc.nat()])('takes samples in any order', ({ y, score }, seed) => {
    const order = y.map((_, i) => i).sort((a, b) => ((a * 7919 + seed) % 101) - ((b * 7919 + seed) % 101))
    expect(
      metric(
        order.map((i) => y[i]!),
        order.map((i) => score[i]!),
      ),
    ).toBeCloseTo(metric(y, score), 12)
  })
  test.prop([samples])('takes a weight for so many samples', ({ y, score, weight }) => {
    const many = weight.flatMap((w, i) => Array.from({ length: w }, () => i))
    const repeated = metric(
      many.map((i) => y[i]!),
      many.map((i) => score[i]!),
    )
    expect(metric(y, score, { sampleWeight: weight })).toBeCloseTo(repeated, 12)
  })
  test.prop([samples])('takes typed arrays', ({ y, score }) => {
    expect(metric(Uint8Array.from(y), Float64Array.from(score))).toBe(metric(y, score))
  })
})

describe('operating points', () => {
  test.prop([samples, fc.integer({ min: 0, max: 10 }).map((x) => x / 10)])(
    'are on the curve',
    ({ y, score }, floor) => {
      const curve = precisionRecallCurve(y, score)
      const at = precisionAtRecall(y, score, { recall: floor })
      expect(at.recall).toBeGreaterThanOrEqual(floor)
      const good = [...curve.precision].filter((_, i) => curve.recall[i]! >= floor)
      expect(at.value).toBe(Math.max(...good))
      const other = recallAtPrecision(y, score, { precision: floor })
      expect(other.precision).toBeGreaterThanOrEqual(floor)
      expect(other.value).toBe(Math.max(...[...curve.recall].filter((_, i) => curve.precision[i]! >= floor)))
      if (at.threshold !== null) {
        const pred = score.map((s) => (s >= at.threshold! ? 1 : 0))
        expect(precision(y, pred)).toBeCloseTo(at.value, 12)
        expect(recall(y, pred)).toBeCloseTo(at.recall, 12)
      }
    },
  )
})

describe('predictions', () => {
  test.prop([classes])('micro precision, recall and f1 are accuracy', ({ y, pred }) => {
    const right = accuracy(y, pred)
    for (const metric of [precision, recall, f1]) expect(metric(y, pred, { average: 'micro' })).toBeCloseTo(right, 12)
  })
  test.prop([classes])('weighted recall is accuracy', ({ y, pred }) => {
    expect(recall(y, pred, { average: 'weighted' })).toBeCloseTo(accuracy(y, pred), 12)
  })
  test.prop([classes])('all are in the confusion matrix', ({ y, pred }) => {
    const { matrix, labels } = confusionMatrix(y, pred)
    expect(matrix.flat().reduce((a, b) => a + b)).toBe(y.length)
    expect(recall(y, pred, { average: 'none', labels })).toEqual(
      matrix.map(
        (row, i) =>
          (row[i] ?? 0) /
          Math.max(
            1,
            row.reduce((a, b) => a + b),
          ),
      ),
    )
  })
  test.prop([classes])('fBeta goes from precision to recall', ({ y, pred }) => {
    const of = (beta: number) => fBeta(y, pred, { beta, average: 'macro' })
    expect(of(0)).toBeCloseTo(precision(y, pred, { average: 'macro' }), 12)
    expect(of(1e9)).toBeCloseTo(recall(y, pred, { average: 'macro' }), 6)
  })
})

describe('probabilities', () => {
  test.prop([samples])('a list says what rows of two say', ({ y, score }) => {
    const rows = score.map((p) => [1 - p, p])
    expect(logLoss(y, rows)).toBeCloseTo(logLoss(y, score), 10)
    expect(oneVsRest(rocAuc, { average: 'none' })(y, rows)[1]).toBeCloseTo(rocAuc(y, score), 12)
  })
  test.prop([samples, fc.integer({ min: 1, max: 20 })])('calibration errors are from 0 to 1', ({ y, score }, bins) => {
    const error = expectedCalibrationError(y, score, { bins })
    expect(error).toBeGreaterThanOrEqual(0)
    expect(error).toBeLessThanOrEqual(1)
  })
})
