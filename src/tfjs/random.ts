/**
 * Random numbers that follow from a few whole numbers alone (a seed, an epoch, a step): whoever asks again, in another process,
 * gets the same. xoshiro128**, its state filled by splitmix32.
 */
export const randomFrom = (...from: ReadonlyArray<number>): (() => number) => {
  let mixed = 0x9e3779b9
  const mix = (): number => {
    mixed = (mixed + 0x9e3779b9) | 0
    let z = mixed
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) >>> 0
  }
  for (const whole of from) {
    // both halves of a whole number up to 2 ** 53
    mixed ^= whole | 0
    mixed = mix() ^ Math.floor(whole / 2 ** 32)
    mixed = mix()
  }
  let [a, b, c, d] = [mix(), mix(), mix(), mix() | 1]
  const next = (): number => {
    const scrambled = Math.imul(b, 5)
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return result
  }
  // 53 bits, as Math.random has
  return () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53
}

/** The order of so many rows in an epoch: it depends on seed and epoch alone, not on the epochs before. */
export const permutation = (rows: number, seed: number, epoch: number): Int32Array => {
  const random = randomFrom(seed, epoch)
  const order = Int32Array.from({ length: rows }, (_, i) => i)
  for (let i = rows - 1; i > 0; i -= 1) {
    const j = Math.floor(random() * (i + 1))
    const row = order[i] as number
    order[i] = order[j] as number
    order[j] = row
  }
  return order
}

/** A seed where nobody gave one. */
export const drawSeed = (): number => Math.floor(Math.random() * 2 ** 32)
