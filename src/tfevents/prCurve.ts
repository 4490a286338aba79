/** Six rows of as many numbers as there are thresholds: TP, FP, TN, FN, precision, recall. */
export type PrRows = readonly [
  tp: Float64Array,
  fp: Float64Array,
  tn: Float64Array,
  fn: Float64Array,
  precision: Float64Array,
  recall: Float64Array,
]

/** TensorBoard's: what is divided by is never less. */
const leastCount = 1e-7

/**
 * Counts at thresholds that lie evenly between 0 and 1, as TensorBoard's PR curve plugin shows them. `yTrue` is 0 or 1 (or
 * true and false), `yProb` from 0 to 1.
 */
export const prRows = (yTrue: ArrayLike<number>, yProb: ArrayLike<number>, thresholds: number): PrRows => {
  const [tp, fp] = [new Float64Array(thresholds), new Float64Array(thresholds)]
  for (let i = 0; i < yTrue.length; i += 1) {
    const bucket = Math.floor((yProb[i] as number) * (thresholds - 1))
    const counts = yTrue[i] ? tp : fp
    counts[bucket] = (counts[bucket] as number) + 1
  }
  // at a threshold counts what scores as much or more
  for (const counts of [tp, fp])
    for (let i = thresholds - 2; i >= 0; i -= 1) counts[i] = (counts[i] as number) + (counts[i + 1] as number)
  const [positives, negatives] = [tp[0] as number, fp[0] as number]
  const fn = tp.map((x) => positives - x)
  const tn = fp.map((x) => negatives - x)
  const precision = tp.map((x, i) => x / Math.max(leastCount, x + (fp[i] as number)))
  const recall = tp.map((x, i) => x / Math.max(leastCount, x + (fn[i] as number)))
  return [tp, fp, tn, fn, precision, recall]
}
