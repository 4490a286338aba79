import type { Actual } from './Case.js'
import type { Drive } from './drive.js'

/** Epochs at whose end the rate changed. */
const changes = (initial: number, rates: ReadonlyArray<number>): ReadonlyArray<number> =>
  rates.flatMap((rate, i) => (rate === (i === 0 ? initial : rates[i - 1]) ? [] : [i]))

/** What every framework's plateau says of a run. */
export const plateauOf = (done: Drive, initial: number): Actual => ({
  epochsRun: done.epochsRun,
  lrAfter: done.rates,
  reducedAt: changes(initial, done.rates),
  wait: done.minds.map((mind) => mind['wait']),
  cooldown: done.minds.map((mind) => mind['cooldown'] ?? 0),
  best: done.minds.map((mind) => mind['best']),
})
