// The same sweep, with its intervals, in one worker thread and in two. Beside the clock's ratio, which needs idle cores, that of the
// processor: the time of the thread that takes longest, and of the main one, which waits for it. (Linux only.)
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { all, earlyStopping, reduceLROnPlateau } from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { grid } from 'rxfit/replay'
import { sweepInWorkers } from 'rxfit/replay/node'
import { curve } from './curves.mjs'

const logs = Array.from({ length: 54 }, (_, i) =>
  fromEpochs(curve(1600 + 40 * (i % 17), { seed: i + 1, pace: 400 }), { learningRate: 0.01 }),
)
const base = all(earlyStopping({ restoreBestWeights: true }), reduceLROnPlateau({ factor: 0.5 }))
const policies = grid(
  base,
  {
    'earlyStopping.patience': '5..400',
    'earlyStopping.minDelta': '1e-4..1e-1*',
    'reduceLROnPlateau.patience': '2..200',
    'reduceLROnPlateau.minDelta': '1e-5..1e-1*',
  },
  { random: 2000 },
)
const run = (workers) => sweepInWorkers(policies, logs, { judge: 'val_accuracy', splits: 0, workers })

/** Seconds of the processor that each thread of this process has had. */
const threads = () => {
  const times = new Map()
  for (const id of readdirSync('/proc/self/task')) {
    try {
      // the name in parentheses may hold blanks; user and system time are the 12th and 13th field behind it
      const fields = readFileSync(`/proc/self/task/${id}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')
      times.set(id, (Number(fields[11]) + Number(fields[12])) / 100)
    } catch {
      // it has just ended
    }
  }
  return times
}

/** Seconds by the clock, and those of the longest way through the threads. */
const time = async (workers) => {
  const before = threads()
  const last = new Map()
  const look = () => threads().forEach((seconds, id) => last.set(id, seconds - (before.get(id) ?? 0)))
  const timer = setInterval(look, 50)
  const began = performance.now()
  await run(workers)
  const clock = (performance.now() - began) / 1000
  clearInterval(timer)
  look()
  const main = String(process.pid)
  // V8's own threads were there before
  const own = [...last].filter(([id]) => !before.has(id)).map(([, seconds]) => seconds)
  return { clock, processor: last.get(main) + Math.max(...own) }
}

const median = (xs) => [...xs].sort((a, b) => a - b)[xs.length >> 1]

assert.deepEqual(await run(1), await run(2))
const rounds = []
for (let round = 0; round < Number(process.argv[2] ?? 7); round += 1)
  rounds.push(round % 2 ? [await time(1), await time(2)] : [await time(2), await time(1)].reverse())
const ratio = (of) => median(rounds.map(([one, two]) => one[of] / two[of]))
console.log(
  JSON.stringify({
    seconds: { one: median(rounds.map(([one]) => one.clock)), two: median(rounds.map(([, two]) => two.clock)) },
    byTheClock: ratio('clock'),
    byTheProcessor: ratio('processor'),
  }),
)
