/** Powers of ten that a double holds exactly. */
export const exactTens: ReadonlyArray<number> = Array.from({ length: 23 }, (_, k) => Number(`1e${k}`))
const splitter = 134217729
const high = (x: number): number => {
  const t = splitter * x
  return t - (t - x)
}
const tensHigh = exactTens.map(high)
const tensLow = exactTens.map((x, k) => x - (tensHigh[k] as number))

/**
 * The double nearest to (a * 10^n + b) / 10^k, as Number would read it of the digits: whole a, b below 10^9, n at most 9, k from
 * 0 to 22. NaN where this can't tell which of two doubles is nearer: Number must be asked.
 *
 * Up to 2^53 one division is right. Beyond, the digits are held by two doubles (hi + lo), the quotient by two more: what the
 * first leaves over is known exactly, by a product that is split in halves. Only a quotient next to the middle of two doubles is
 * left to others.
 */
export const quotient = (a: number, n: number, b: number, k: number): number => {
  const scale = exactTens[n] as number
  const divisor = exactTens[k] as number
  const x = Math.floor(a / 32768) * 32768 * scale
  const y = (a % 32768) * scale + b
  const hi = x + y
  if (hi <= 9007199254740992) return hi / divisor
  const lo = y - (hi - x)
  const q = hi / divisor
  const product = q * divisor
  const qh = high(q)
  const ql = q - qh
  const dh = tensHigh[k] as number
  const dl = tensLow[k] as number
  const error = qh * dh - product + qh * dl + ql * dh + ql * dl
  const rest = (hi - product - error + lo) / divisor
  const doubt = q * 1e-29
  const value = q + (rest - doubt)
  return value === q + (rest + doubt) ? value : NaN
}
