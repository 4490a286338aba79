// All benches, one after another; the numbers go to bench/results.json, which README quotes: `npm run bench`.
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { fileURLToPath } from 'node:url'
import { againstKeras } from './keras.mjs'
import { overhead } from './overhead.mjs'
import { replaySpeed } from './replay.mjs'

const print = console.log
const say = (name, { measured, limit, better, ...more }) =>
  print(
    `${name}: ${measured.toFixed(2)} (${better === 'lower' ? 'at most' : 'at least'} ${limit}) ${JSON.stringify(more)}`,
  )

/** Progress lines and notices of what is measured would land in the results otherwise. */
const hushed = async (f) => {
  const { log, warn } = console
  console.log = console.warn = () => {}
  try {
    return await f()
  } finally {
    Object.assign(console, { log, warn })
  }
}

const cost = await hushed(() => overhead({ rounds: 41 }))
const fused = await hushed(() => replaySpeed({ rounds: 15 }))
const keras = await hushed(() => againstKeras({ rounds: 5 }))

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
}
for (const [name, result] of Object.entries(results)) say(name, result)

const rounded = JSON.parse(
  JSON.stringify(results, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(3)) : value)),
)
const machine = { node: process.version, cpu: cpus()[0].model, cores: cpus().length, tfjs: 'cpu backend' }
writeFileSync(
  fileURLToPath(new URL('results.json', import.meta.url)),
  `${JSON.stringify({ machine, results: rounded }, null, 2)}\n`,
)
