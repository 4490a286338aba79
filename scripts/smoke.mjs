// Packs rxfit, installs the tarball in an empty folder and uses it there with plain node, as a stranger would.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'rxfit-smoke-'))
const sh = (command, args, cwd) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

const program = `
import * as tf from '@tensorflow/tfjs'
import { pipe } from 'fp-ts/lib/function.js'
import { all, backupAndRestore, earlyStopping, emit, reduceLR, visualize, whenPlateau } from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { grid, replay } from 'rxfit/replay'
import { sweepInWorkers } from 'rxfit/replay/node'
import { rocAuc } from 'rxfit/metrics'
import { summaryWriter } from 'rxfit/node'
import { evaluate, fit, predict, trainWith } from 'rxfit/tfjs'
const callbacks = all(
  earlyStopping({ monitor: 'loss', patience: 2 }),
  pipe(whenPlateau('loss', { patience: 1 }), emit(reduceLR(0.5))),
)
const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] })
model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(0) })
const live = await fit(model, tf.ones([8, 1]), tf.zeros([8, 1]), { epochs: 9, callbacks })
const { outcome } = replay(callbacks, fromEpochs(live.history.loss.map((loss) => ({ loss }))))
console.log(live.epoch.length, outcome.stoppedEpoch)
const measured = await evaluate(model, tf.ones([8, 1]), tf.zeros([8, 1]), { batchSize: 3 })
const { outputs } = await predict(model, tf.ones([8, 1]))
const looped = await trainWith(callbacks, { model, epochs: 9 }, async (loop) => {
  for await (const epoch of loop.epochs()) await loop.epochEnd({ loss: 1 })
  return loop.epoch
})
console.log(measured.batches, outputs.shape[0], looped.result, rocAuc([0, 1], [0.1, 0.9]))
const board = summaryWriter('board')
board.scalar('x', 1, 0)
board.close()
const pictured = visualize({ draw: 'learningCurves', folder: 'pictures' })
const kept = (epochs) => ({
  epochs, resume: 'backup', record: 'run.jsonl', interrupt: false,
  callbacks: all(callbacks, pictured, backupAndRestore({ dir: 'backup', deleteCheckpoint: false })),
})
await fit(model, tf.ones([8, 1]), tf.zeros([8, 1]), kept(2))
const resumed = await fit(model, tf.ones([8, 1]), tf.zeros([8, 1]), kept(9))
const logs = [3, 2].map((n) => fromEpochs(Array.from({ length: 9 }, (_, i) => ({ loss: 1 / Math.min(i + 1, n) }))))
const { policies } = await sweepInWorkers(grid(earlyStopping({ monitor: 'loss' }), { 'earlyStopping.patience': '1..3' }), logs, { judge: 'loss', workers: 2 })
console.log(resumed.epoch.join(''), policies.length)
`

try {
  sh('npm', ['pack', '--pack-destination', folder], root)
  const tarball = sh('ls', [folder]).trim()
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }))
  sh('npm', ['install', '--no-audit', '--no-fund', `./${tarball}`, '@tensorflow/tfjs@4.22.0'], folder)
  writeFileSync(join(folder, 'program.mjs'), program)
  const printed = sh('node', ['program.mjs'], folder).trim()
  const expected = ['3 2', '3 8 2 1', 'resume: goes on with epoch 3, from backup/checkpoint-000002.', '012 3'].join(
    '\n',
  )
  if (printed !== expected) throw new Error(`expected\n${expected}\ngot\n${printed}`)
  writeFileSync(join(folder, 'callbacks.json'), JSON.stringify([{ earlyStopping: { monitor: 'loss', patience: 2 } }]))
  writeFileSync(join(folder, 'log.csv'), 'epoch,loss\r\n0,1.0\r\n1,1.0\r\n2,1.0\r\n3,1.0\r\n')
  const cli = JSON.parse(sh('npx', ['rxfit', 'replay', 'log.csv', '--callbacks', 'callbacks.json', '--json'], folder))
  if (cli.outcome.stoppedEpoch !== 2) throw new Error(`expected a stop at 2, got ${JSON.stringify(cli.outcome)}`)
  sh('npx', ['rxfit', 'lint', 'callbacks.json'], folder)
  sh('npx', ['rxfit', 'replay', 'log.csv', '--callbacks', 'callbacks.json', '--html', 'page.html'], folder)
  for (const file of ['pictures/learningCurves.gif', 'backup', 'run.jsonl']) sh('ls', [file], folder)
  const grid = ['--grid', 'earlyStopping.patience=1..3', '--judge', 'loss', '--html', 'sweep.html']
  sh('npx', ['rxfit', 'sweep', 'log.csv', '--callbacks', 'callbacks.json', ...grid], folder)
  sh('npx', ['rxfit', 'watch', 'run.jsonl', '--once'], folder)
  sh('npx', ['rxfit', 'inspect', 'run.jsonl', '--html', 'run.html'], folder)
  console.log('smoke: the packed tarball trains, replays, and its command line works')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
