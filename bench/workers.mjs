// The same sweep, with its intervals, in one worker thread and in two.
import assert from 'node:assert/strict'
import { all, earlyStopping, reduceLROnPlateau } from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { grid } from 'rxfit/replay'
import { sweepInWorkers } from 'rxfit/replay/node'
import { curve } from './curves.mjs'
import { takeTurns } from './measure.mjs'

const logs = Array.from({ length: 54 }, (_, i) =>
  fromEpochs(curve(800 + 20 * (i % 17), { seed: i + 1, pace: 200 }), { learningRate: 0.01 }),
)
const base = all(earlyStopping({ restoreBestWeights: true }), reduceLROnPlateau({ factor: 0.5 }))
const policies = grid(
  base,
  {
    'earlyStopping.patience': '5..200',
    'earlyStopping.minDelta': '1e-4..1e-1*',
    'reduceLROnPlateau.patience': '2..100',
    'reduceLROnPlateau.minDelta': '1e-5..1e-1*',
  },
  { random: 2000 },
)
const run = (workers) => sweepInWorkers(policies, logs, { judge: 'val_accuracy', splits: 0, workers })

assert.deepEqual(await run(1), await run(2))
const rounds = Number(process.argv[2] ?? 7)
const { seconds, ratio } = await takeTurns({ one: () => run(1), two: () => run(2) }, { rounds, warmup: 1 })
console.log(JSON.stringify({ seconds, oneToTwo: ratio('one', 'two') }))
