// All benches, one after another; the numbers go to bench/results.json, which README quotes: `npm run bench`. With names, only
// those, and the others' numbers stay: `npm run bench -- sweep table`.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
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

/** What each look inside training may cost, to the bare fit; docs/gradients.md quotes what it does. */
const probeLimits = {
  'gradientNorms at each step': 1.2,
  'gradientNorms at each tenth step': 1.1,
  'clipGradients, global': 1.2,
  'clipGradients, value': 1.15,
  'tensorBoard, scalars': 1.1,
  'tensorBoard, histograms of weights and gradients at each epoch': 1.15,
  'evaluateEvery on a tenth of the data, with ROC AUC': 1.15,
}

/** What each bench measures, by what README calls it. */
const benches = {
  overhead: () => {
    const cost = alone('overhead.mjs', 41)
    return {
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
    }
  },
  posts: () => {
    const { worst, ...each } = alone('posts.mjs', 21)
    return {
      'epochs under a monitor that misbehaves to those without one': {
        measured: worst,
        limit: 1.05,
        better: 'lower',
        ...each,
      },
    }
  },
  replay: () => {
    const fused = alone('replay.mjs', 15)
    return {
      'replay of ten fused policies to one hand-written loop': {
        measured: fused.fusedToLoop,
        limit: 2,
        better: 'lower',
        epochsPerSecond: fused.epochsPerSecond,
      },
    }
  },
  keras: () => {
    const keras = alone('keras.mjs', 7)
    return {
      "Keras' own four callbacks to their replay": {
        measured: keras.kerasToReplay,
        limit: 100,
        better: 'higher',
        epochsPerSecond: keras.epochsPerSecond,
      },
    }
  },
  sweep: () => {
    const swept = alone('sweep.mjs', 5)
    return {
      "Keras' own two callbacks over 54 runs by 1,000 settings to their sweep": {
        measured: swept.kerasToSweep,
        limit: 200,
        better: 'higher',
        policyEpochs: swept.policyEpochs,
        microsecondsPerEpoch: swept.microsecondsPerEpoch,
        withIntervals: swept.kerasToSweepWithIntervals,
        atRandom: swept.kerasToRandomSweep,
      },
    }
  },
  table: () => {
    const table = alone('table.mjs', 7)
    return {
      "reading a CSV of 106,000 rows to pandas' C parser": {
        measured: table.oursToPandas,
        limit: 2,
        better: 'lower',
        firstToPandas: table.firstToPandas,
        milliseconds: table.milliseconds,
      },
    }
  },
  memory: () => {
    const memory = alone('memory.mjs', 1)
    return {
      'peak memory of replaying a record of 1 GB to one of 200 MB': {
        measured: memory.longToShort,
        limit: 1.25,
        better: 'lower',
        megabytes: memory.megabytes,
      },
    }
  },
  events: () => {
    const events = alone('events.mjs', 5)
    return {
      "TensorBoard's own reader over 200,000 scalars to readEvents": {
        measured: events.tensorBoardToRxfit,
        limit: 10,
        better: 'higher',
        scalarsPerSecond: events.scalarsPerSecond,
      },
    }
  },
  // needs two idle cores
  workers: () => {
    const threads = alone('workers.mjs', 5)
    return {
      'a sweep in one worker to the same in two': {
        measured: threads.byTheClock,
        limit: 1.7,
        better: 'higher',
        byTheProcessor: threads.byTheProcessor,
        seconds: threads.seconds,
      },
    }
  },
  probes: () => {
    const { probeToBare } = alone('probes.mjs', 15)
    return Object.fromEntries(
      Object.entries(probeLimits).map(([name, limit]) => [
        name,
        { measured: probeToBare[name], limit, better: 'lower' },
      ]),
    )
  },
}

const rounded = (results) =>
  JSON.parse(JSON.stringify(results, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(3)) : value)))

const machine = { node: process.version, cpu: cpus()[0].model, cores: cpus().length, tfjs: 'cpu backend' }
/** After each bench: one that is broken off loses no more than its own. */
const write = (results) => writeFileSync(here('results.json'), `${JSON.stringify({ machine, results }, null, 2)}\n`)

const asked = process.argv.slice(2)
const unknown = asked.find((name) => !Object.hasOwn(benches, name))
if (unknown !== undefined) throw new Error(`there is no bench '${unknown}': ${Object.keys(benches).join(', ')}`)
const before = JSON.parse(readFileSync(here('results.json'), 'utf8')).results
const results = asked.length === 0 ? {} : before
for (const [name, bench] of Object.entries(benches)) {
  if (asked.length > 0 && !asked.includes(name)) continue
  const found = bench()
  for (const [what, result] of Object.entries(found)) say(what, result)
  Object.assign(results, rounded(found))
  write(results)
}
