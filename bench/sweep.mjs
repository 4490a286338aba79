// 54 runs by 1,000 settings of early stopping and plateaus: Keras' own classes (numpy backend, nothing trained) against a sweep.
// Times are of the processor, not of the clock: what else the machine does counts for neither.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { all, earlyStopping, reduceLROnPlateau } from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { grid, sweep } from 'rxfit/replay'
import { curve } from './curves.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const initialLr = 0.01
const runs = Array.from({ length: 54 }, (_, i) => curve(24 + (i % 17), { seed: i + 1, pace: 8 }))
const logs = runs.map((rows) => fromEpochs(rows, { learningRate: initialLr }))

const base = all(
  earlyStopping({ restoreBestWeights: true, dialect: 'keras3' }),
  reduceLROnPlateau({ factor: 0.5, minDelta: 1e-4, dialect: 'keras3' }),
)
const dimensions = {
  'earlyStopping.patience': '1..20',
  'earlyStopping.minDelta': '0,1e-4,1e-3,1e-2,1e-1',
  'reduceLROnPlateau.patience': '1..10',
}
const anything = {
  'earlyStopping.patience': '1..20',
  'earlyStopping.minDelta': '1e-4..1e-1*',
  'reduceLROnPlateau.patience': '1..10',
  'reduceLROnPlateau.minDelta': '1e-5..1e-1*',
}
const bare = { judge: 'val_accuracy', bootstrap: 0, splits: 0 }

const processorSeconds = (f) => {
  const before = process.cpuUsage()
  const result = f()
  const { user, system } = process.cpuUsage(before)
  return [result, (user + system) / 1e6]
}

/** Microseconds a policy-epoch, with the policies made anew. */
const perEpoch = (f) => {
  const [result, seconds] = processorSeconds(f)
  return (seconds * 1e6) / result.cells.epochsRun.reduce((sum, x) => sum + x, 0)
}

const median = (xs) => [...xs].sort((a, b) => a - b)[xs.length >> 1]

const againstKeras = ({ rounds }) => {
  const policies = grid(base, dimensions)
  const result = sweep(policies, logs, bare)
  // every tenth setting and every run is enough to know what an epoch costs there
  const some = policies.flatMap((policy, i) => (i % 10 === ((i / 10) % 10) >> 0 ? [[policy, i]] : []))
  const python = execFileSync(process.execPath, [here('../scripts/oracles.mjs')], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .at(-1)
  const folder = mkdtempSync(join(tmpdir(), 'rxfit-bench-'))
  const input = join(folder, 'sweep.json')
  writeFileSync(input, JSON.stringify({ runs, initialLr, settings: some.map(([{ settings }]) => settings) }))
  const times = { keras: [], sweep: [], full: [], random: [] }
  const ours = {
    sweep: () => sweep(grid(base, dimensions), logs, bare),
    full: () => sweep(grid(base, dimensions), logs, { judge: 'val_accuracy' }),
    random: () => sweep(grid(base, anything, { random: 1000 }), logs, bare),
  }
  try {
    for (let round = 0; round < rounds; round += 1) {
      const keras = JSON.parse(
        execFileSync(python, [here('keras_sweep.py'), input], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
          maxBuffer: 1e8,
        })
          .trim()
          .split('\n')
          .at(-1),
      )
      // the two must agree before their times mean anything
      some.forEach(([, policy], s) =>
        runs.forEach((_, run) => {
          const at = policy * runs.length + run
          assert.equal(keras.epochsRun[s][run], result.cells.epochsRun[at], `epochs of setting ${policy}, run ${run}`)
          const stopped = keras.stopped[s][run]
          assert.equal(stopped === 0 ? -1 : stopped, result.cells.stoppedEpoch[at], `stop of ${policy}, run ${run}`)
        }),
      )
      times.keras.push((keras.seconds * 1e6) / keras.epochsRun.flat().reduce((sum, x) => sum + x, 0))
      for (const [name, f] of Object.entries(ours)) {
        for (let warmup = 0; warmup < 3; warmup += 1) f()
        times[name].push(median(Array.from({ length: 7 }, () => perEpoch(f))))
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const ratio = (name) => median(times.keras.map((theirs, round) => theirs / times[name][round]))
  return {
    policyEpochs: result.cells.epochsRun.reduce((sum, x) => sum + x, 0),
    microsecondsPerEpoch: { keras: median(times.keras), sweep: median(times.sweep) },
    kerasToSweep: ratio('sweep'),
    kerasToSweepWithIntervals: ratio('full'),
    kerasToRandomSweep: ratio('random'),
  }
}

console.log(JSON.stringify(againstKeras({ rounds: Number(process.argv[2] ?? 5) })))
