// The same four callbacks over the same epochs: Keras' own classes (numpy backend, nothing trained) against a replay.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as rx from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { curve } from './curves.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const rows = curve(2751)
const initialLr = 0.01

const policies = rx.all(
  rx.earlyStopping({ monitor: 'val_loss', patience: 1000000, dialect: 'keras3' }),
  rx.reduceLROnPlateau({
    monitor: 'val_loss',
    patience: 5,
    factor: 0.5,
    minDelta: 1e-4,
    minLr: 1e-7,
    dialect: 'keras3',
  }),
  rx.terminateOnNaN(),
  rx.history(),
)
// one batch an epoch, for terminateOnNaN to look at, as in the Python loop
const log = fromEpochs(
  rows.map((row) => ({ ...row, batches: [{ loss: row.loss }] })),
  { learningRate: initialLr },
)

const againstKeras = ({ rounds, repeats = 4, replays = 400 }) => {
  const python = execFileSync(process.execPath, [here('../scripts/oracles.mjs')], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .at(-1)
  const folder = mkdtempSync(join(tmpdir(), 'rxfit-bench-'))
  const input = join(folder, 'epochs.json')
  writeFileSync(input, JSON.stringify({ epochs: rows, initialLr, repeats }))
  const ratios = []
  let [ours, theirs] = [0, 0]
  try {
    for (let round = -1; round < rounds; round += 1) {
      const keras = JSON.parse(
        execFileSync(python, [here('keras_replay.py'), input], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        })
          .trim()
          .split('\n')
          .at(-1),
      )
      const began = performance.now()
      for (let i = 0; i < replays; i += 1) replay(policies, log)
      const seconds = (performance.now() - began) / 1000
      if (round < 0) {
        // the two must agree before their times mean anything; theirs is the rate during an epoch, ours the one after it
        const { learningRates } = replay(policies, log).outcome
        keras.lrs.slice(1).forEach((lr, i) => assert.ok(Math.abs(lr - learningRates[i]) <= 1e-6 * lr, `epoch ${i}`))
        continue
      }
      ratios.push(keras.seconds / keras.epochs / (seconds / (rows.length * replays)))
      ours = (rows.length * replays) / seconds
      theirs = keras.epochs / keras.seconds
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return {
    epochsPerSecond: { rxfit: ours, keras: theirs },
    kerasToReplay: ratios.sort((a, b) => a - b)[ratios.length >> 1],
  }
}
const rounds = Number(process.argv[2] ?? 11)
console.log(JSON.stringify(againstKeras({ rounds })))
