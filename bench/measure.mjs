// Ratios in one run: contestants take turns, so that a machine whose speed drifts is unfair to none of them.

const median = (xs) => {
  const sorted = [...xs].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Seconds of the processor that this process has taken: what else the machine does is none of it. */
export const processorSeconds = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/**
 * Times each contestant once a round, in an order that turns with the round, after a warm-up. Gives the median seconds of
 * each, and `ratio(a, b)`: the median over rounds of a's time to b's.
 */
export const takeTurns = async (contestants, { rounds, warmup = 2, clock = () => performance.now() / 1000 }) => {
  const names = Object.keys(contestants)
  const times = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = -warmup; round < rounds; round += 1)
    for (let i = 0; i < names.length; i += 1) {
      const name = names[(i + Math.max(0, round)) % names.length]
      globalThis.gc?.()
      const began = clock()
      await contestants[name]()
      if (round >= 0) times[name].push(clock() - began)
    }
  return {
    seconds: Object.fromEntries(names.map((name) => [name, median(times[name])])),
    ratio: (a, b) => median(times[a].map((time, round) => time / times[b][round])),
  }
}
