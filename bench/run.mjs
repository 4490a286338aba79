// All benches, one after another; the numbers go to bench/results.json, which README quotes: `npm run bench`.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'

const here = (file) => fileURLToPath(new URL(file, import.meta.url))
const say = (name, { measured, limit, better, ...more }) =>
  console.log(
    `${name}: ${measured.toFixed(2)} (${better === 'lower' ? 'at most' : 'at least'} ${limit}) ${JSON.stringify(more)}`,
  )

/** Each bench has a process of its own: what one has run would slow the next one's code down. */
const alone = (file, rounds) =>
  JSON.parse(
    execFileSync(process.execPath, [here(file), String(rounds)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .trim()
      .split('\n')
      .at(-1),
  )

const cost = alone('overhead.mjs', 41)
const fused = alone('replay.mjs', 15)
const keras = alone('keras.mjs', 7)
const swept = alone('sweep.mjs', 5)
const threads = alone('workers.mjs', 5)

const results = {
  'ten policies to the bare fit': {
    measured: cost.policiesToBare,
    limit: 1.05,
    better: 'lower',
    microsecondsPerBatch: cost.microsecondsPerBatch,
  },
  'ten policies to ten hand-written tfjs callbacks': {
    measured: cost.policiesToHandWritten,
    limit: 1,
    better: 'lower',
  },
  'replay of ten fused policies to one hand-written loop': {
    measured: fused.fusedToLoop,
    limit: 2,
    better: 'lower',
    epochsPerSecond: fused.epochsPerSecond,
  },
  "Keras' own four callbacks to their replay": {
    measured: keras.kerasToReplay,
    limit: 100,
    better: 'higher',
    epochsPerSecond: keras.epochsPerSecond,
  },
  "Keras' own two callbacks over 54 runs by 1,000 settings to their sweep": {
    measured: swept.kerasToSweep,
    limit: 200,
    better: 'higher',
    policyEpochs: swept.policyEpochs,
    microsecondsPerEpoch: swept.microsecondsPerEpoch,
    withIntervals: swept.kerasToSweepWithIntervals,
    atRandom: swept.kerasToRandomSweep,
  },
  'a sweep in one worker to the same in two': {
    measured: threads.oneToTwo,
    limit: 1.7,
    better: 'higher',
    seconds: threads.seconds,
  },
}
for (const [name, result] of Object.entries(results)) say(name, result)

const rounded = JSON.parse(
  JSON.stringify(results, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(3)) : value)),
)
const machine = { node: process.version, cpu: cpus()[0].model, cores: cpus().length, tfjs: 'cpu backend' }
writeFileSync(here('results.json'), `${JSON.stringify({ machine, results: rounded }, null, 2)}\n`)
