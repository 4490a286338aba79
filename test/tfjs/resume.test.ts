import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Optimizer, Sequential } from '@tensorflow/tfjs'
import { afterAll, describe, expect, it } from 'vitest'
import {
  all,
  backupAndRestore,
  csvLogger,
  earlyStopping,
  fromOperator,
  gradientAccumulationScheduler,
  history,
  layerFreezing,
  reduceLROnPlateau,
  swapEMAWeights,
  type Policy,
} from 'rxfit'
import { fit, type FitOptions } from 'rxfit/tfjs'
import { map, filter } from 'rxjs'
import { backend, tf } from './backend.js'
import { optimizers } from './optimizers.js'

const dir = mkdtempSync(join(tmpdir(), 'rxfit-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
let folders = 0
const folder = (): string => join(dir, String((folders += 1)))

const x = tf.tensor2d(Array.from({ length: 22 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]))
const y = tf.tensor2d(Array.from({ length: 22 }, (_, i) => [Math.sin(2 * i)]))

const network = (optimizer: Optimizer = tf.train.adam(0.05), rate = 0): Sequential => {
  const dense = (units: number, seed: number, more: object = {}) =>
    tf.layers.dense({ units, activation: 'tanh', kernelInitializer: tf.initializers.glorotNormal({ seed }), ...more })
  const model = tf.sequential({
    layers: [
      dense(5, 1, { inputShape: [2], name: `first${(folders += 1)}` }),
      tf.layers.batchNormalization(),
      ...(rate > 0 ? [tf.layers.dropout({ rate })] : []),
      dense(1, 2),
    ],
  })
  model.compile({ loss: 'meanSquaredError', optimizer, metrics: ['mae'] })
  return model
}

const weightsOf = (model: Sequential) => model.getWeights().map((weight) => [...weight.dataSync()])

interface Case {
  readonly make: () => Sequential
  readonly callbacks: (dir: string) => ReadonlyArray<Policy>
  readonly options?: Partial<FitOptions>
  readonly saveFreq?: 'epoch' | number
}

/** A run, killed at its n-th event again and again until it ends; and the same one left alone. */
const both = async ({ make, callbacks, options = {}, saveFreq = 'epoch' }: Case, every: number) => {
  const results = []
  for (const kill of [Infinity, every]) {
    const own = folder()
    let events = 0
    let runs = 0
    for (;;) {
      runs += 1
      const model = make()
      events = 0
      const record = join(own, 'record.jsonl')
      const result = await fit(model, x, y, {
        batchSize: 4,
        epochs: 5,
        lint: false,
        now: () => {
          events += 1
          if (events === kill) throw new Error('killed')
          return 0
        },
        record,
        callbacks: [...callbacks(own), backupAndRestore({ dir: join(own, 'backup'), saveFreq })],
        ...options,
      }).catch((error: unknown) => {
        if (!(error as Error).message.includes('killed')) throw error
      })
      if (!result) {
        if (runs > 40) throw new Error('gets nowhere')
        continue
      }
      const files = existsSync(join(own, 'log.csv')) ? readFileSync(join(own, 'log.csv'), 'utf8') : ''
      results.push({
        runs,
        what: {
          weights: weightsOf(model),
          history: result.history,
          epochs: result.epoch,
          decisions: result.decisions,
          remembered: result.remembered,
          record: readFileSync(record, 'utf8')
            .replaceAll(own, '')
            .replaceAll(/first\d+/g, 'first'),
          csv: files,
        },
      })
      expect(existsSync(join(own, 'backup'))).toBe(false)
      break
    }
  }
  const [whole, killed] = results as [(typeof results)[0], (typeof results)[0]]
  expect(killed.what).toEqual(whole.what)
  return killed.runs
}

const options = { shuffle: { seed: 3 }, validationSplit: 0.2 } as const

const everything = (own: string): ReadonlyArray<Policy> => [
  earlyStopping({ monitor: 'val_loss', mode: 'max', patience: 4, restoreBestWeights: true }),
  reduceLROnPlateau({ monitor: 'val_loss', patience: 1, factor: 0.5 }),
  learningRateScheduler((epoch) => 0.05 / (epoch + 1)),
  swapEMAWeights({ momentum: 0.7, swapOnEpoch: true }),
  stochasticWeightAveraging({ swaLrs: 0.02, swaEpochStart: 2 }),
  gradientAccumulationScheduler({ scheduling: { 0: 2, 2: 3 } }),
  layerFreezing({ layers: ['first*'], until: 2 }),
  csvLogger({ filename: join(own, 'log.csv') }),
  modelCheckpoint({ filepath: join(own, 'best'), monitor: 'loss', saveBestOnly: true }),
  tensorBoard(join(own, 'board'), { updateFreq: 2 }),
  history(),
  historyRecorder({ path: join(own, 'history.json') }),
  timeStopping({ seconds: 100 }),
  stopAfterSteps({ maxSteps: 1000 }),
]
void everything

describe(`a resumed run on ${backend}`, () => {
  it.each(Object.keys(optimizers))('is the run that would have been, at the end of an epoch: %s', async (name) => {
    const optimizer = optimizers[name] as (rate: number) => Optimizer
    const runs = await both(
      {
        make: () => network(optimizer(0.05)),
        callbacks: (own) => [
          earlyStopping({ monitor: 'loss', patience: 2, restoreBestWeights: true }),
          csvLogger({ filename: join(own, 'log.csv') }),
          history(),
        ],
        options,
      },
      14,
    )
    expect(runs).toBeGreaterThan(1)
  })

  it.each(Object.keys(optimizers))('and in its middle, with dropout: %s', async (name) => {
    const optimizer = optimizers[name] as (rate: number) => Optimizer
    const runs = await both(
      {
        make: () => network(optimizer(0.05), 0.3),
        callbacks: (own) => [
          reduceLROnPlateau({ monitor: 'loss', patience: 1, factor: 0.5 }),
          csvLogger({ filename: join(own, 'log.csv') }),
        ],
        options,
        saveFreq: 3,
      },
      9,
    )
    expect(runs).toBeGreaterThan(2)
  })
})
