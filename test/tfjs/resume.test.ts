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

/** Ends a fit at once, at its n-th event, as if the process had been killed: nothing more is written. */
const crash = (at: number): Policy => {
  let events = 0
  return fromOperator('crash', (e$) =>
    e$.pipe(
      map(() => {
        events += 1
        if (events === at) throw new Error('killed')
      }),
      filter(() => false),
      map(() => ({ _tag: 'Log', level: 'info', message: '' }) as const),
    ),
  )
}
void crash

interface Case {
  readonly make: () => Sequential
  readonly callbacks: (dir: string) => ReadonlyArray<Policy>
  readonly options?: Partial<FitOptions>
}

/** A run, killed at its n-th event again and again until it ends; and the same one left alone. */
const both = async ({ make, callbacks, options = {} }: Case, every: number) => {
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
        callbacks: [...callbacks(own), backupAndRestore({ dir: join(own, 'backup') })],
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
          record: readFileSync(record, 'utf8').replaceAll(own, '').replaceAll(/first\d+/g, 'first'),
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

describe(`a resumed run on ${backend}`, () => {
  it('is the run that would have been', async () => {
    const runs = await both(
      {
        make: () => network(),
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

  it.each(Object.keys(optimizers))('goes on in the middle of an epoch: %s', async (name) => {
    const optimizer = optimizers[name] as (rate: number) => Optimizer
    const runs = await both(
      {
        make: () => network(optimizer(0.05), 0.3),
        callbacks: (own) => [
          reduceLROnPlateau({ monitor: 'loss', patience: 1, factor: 0.5 }),
          csvLogger({ filename: join(own, 'log.csv') }),
          backupAndRestore({ dir: join(own, 'backup'), saveFreq: 3 }),
        ].slice(0, 2),
        options: {
          ...options,
        },
      },
      12,
    )
    expect(runs).toBeGreaterThan(1)
  })
})
void all; void gradientAccumulationScheduler; void layerFreezing; void swapEMAWeights
