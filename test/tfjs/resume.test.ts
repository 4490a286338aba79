import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Optimizer, Sequential } from '@tensorflow/tfjs'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  all,
  backupAndRestore,
  clipGradients,
  controlledStoppingCheckpoint,
  csvLogger,
  earlyStopping,
  fromOperator,
  gradientAccumulationScheduler,
  gradientNorms,
  history,
  layerFreezing,
  log,
  modelCheckpoint,
  on,
  reduceLROnPlateau,
  stochasticWeightAveraging,
  swapEMAWeights,
  terminateOnNaN,
  weightAveraging,
  type Policy,
} from 'rxfit'
import { fit, toCallback, trainWith, type FitOptions, type FitResult } from 'rxfit/tfjs'
import { filter, map, scan } from 'rxjs'
import { backend, tf } from './backend.js'
import { twoByTwo } from './models.js'
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
        epochs: 4,
        lint: false,
        now: () => {
          events += 1
          if (events === kill + runs) throw new Error('killed')
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

const said: Array<string> = []
beforeEach(() => {
  said.length = 0
  for (const name of ['log', 'warn'] as const)
    vi.spyOn(console, name).mockImplementation((message: unknown) => void said.push(String(message)))
})
afterEach(() => vi.restoreAllMocks())

describe(`a resumed run on ${backend}`, () => {
  it.each(['sgd', 'adam'])('is the run that would have been, at the end of an epoch: %s', async (name) => {
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

  it.each([
    ['swapEMAWeights', swapEMAWeights({ momentum: 0.7, swapOnEpoch: true })],
    ['swapEMAWeights, overwriting', swapEMAWeights({ momentum: 0.7, overwriteFrequency: 4 })],
    ['weightAveraging', weightAveraging({ decay: 0.8, updateEveryNSteps: 2 })],
    ['stochasticWeightAveraging', stochasticWeightAveraging({ swaEpochStart: 2, swaLrs: 0.01 })],
    ['gradientAccumulationScheduler', gradientAccumulationScheduler({ scheduling: { 0: 2, 2: 3 } })],
    ['clipGradients', clipGradients({ norm: 0.01 })],
    ['gradientNorms', gradientNorms({ per: 'global', every: 2 })],
    ['layerFreezing', layerFreezing({ layers: 'first*', until: 2 })],
    [
      'norms of gradients, as they are and clipped',
      all(
        layerFreezing({ layers: 'first*', until: 1 }),
        clipGradients({ norm: 0.3 }),
        clipGradients({ global: 0.2 }),
        gradientNorms({ per: 'global', every: 2 }),
        gradientNorms({ per: 'global', name: 'clipped', clipped: true }),
      ),
    ],
    [
      'a pipeline of RxJS',
      fromOperator('own', (e$) =>
        e$.pipe(
          filter((e) => e._tag === 'BatchEnd'),
          scan((sum, e) => sum + (e.logs['loss'] ?? 0), 0),
          map((sum) => log(`so far ${sum}`)),
        ),
      ),
    ],
  ] as ReadonlyArray<readonly [string, Policy]>)('keeps what is in memory: %s', async (_, policy) => {
    for (const saveFreq of ['epoch', 3] as const) {
      const best = earlyStopping({ monitor: 'loss', mode: 'max', patience: 9, restoreBestWeights: true })
      const runs = await both({ make: () => network(), callbacks: () => [policy, best], options, saveFreq }, 13)
      expect(runs).toBeGreaterThan(1)
    }
  })

  it('takes rows as they stand, and in an order that was drawn', async () => {
    expect(await both({ make: () => network(), callbacks: () => [], options: { shuffle: false } }, 6)).toBeGreaterThan(
      1,
    )
    const backup = folder()
    const twice = async (epochs: number) =>
      fit(network(), x, y, {
        epochs,
        batchSize: 5,
        callbacks: backupAndRestore({ dir: backup, deleteCheckpoint: false }),
      })
    await twice(2)
    const { epoch, history } = await twice(4)
    expect([epoch, history['loss']?.length]).toEqual([[0, 1, 2, 3], 4])
  })

  it('runs six more epochs when it was interrupted at epoch 4 of 10', async () => {
    const backup = folder()
    const seen: Array<number> = []
    const train = (end: number) =>
      fit(network(), x, y, {
        epochs: 10,
        callbacks: [
          on('EpochBegin', (e) => {
            if (e.epoch === end) throw new Error('power cut')
            seen.push(e.epoch)
            return undefined
          }),
          backupAndRestore({ backupDir: backup }),
        ],
      })
    await expect(train(4)).rejects.toThrow('power cut')
    expect(seen.splice(0)).toEqual([0, 1, 2, 3])
    const { epoch } = await train(-1)
    expect(seen).toEqual([4, 5, 6, 7, 8, 9])
    expect(epoch).toHaveLength(10)
    expect(existsSync(backup)).toBe(false)
  })

  it('is resumed from a folder alone, and once it has ended has nothing left to train', async () => {
    const resume = folder()
    const model = network()
    await fit(model, x, y, { epochs: 3, resume })
    const again = network()
    const { epoch } = await fit(again, x, y, { epochs: 3, resume })
    expect(epoch).toEqual([0, 1, 2])
    expect(weightsOf(again)).toEqual(weightsOf(model))
    expect((await fit(again, x, y, { epochs: 5, resume })).epoch).toHaveLength(5)
    await expect(
      fit(again, x, y, { epochs: 5, resume, callbacks: backupAndRestore({ dir: folder() }) }),
    ).rejects.toThrow("fit.resume: is '")
  })

  it('goes on from a checkpoint that a policy saved', async () => {
    const path = join(folder(), 'kept')
    const callbacks = [
      earlyStopping({ monitor: 'loss', mode: 'max', patience: 9, restoreBestWeights: true }),
      swapEMAWeights({ momentum: 0.5, swapOnEpoch: true }),
      modelCheckpoint({ filepath: path, what: 'checkpoint' }),
    ]
    const plain = { batchSize: 4, shuffle: false, callbacks, lint: false } as const
    const whole = network()
    await fit(whole, x, y, { ...plain, epochs: 5 })
    await fit(network(), x, y, { ...plain, epochs: 3 })
    const model = network()
    const { epoch } = await fit(model, x, y, { ...plain, epochs: 5, resume: path })
    expect(epoch).toEqual([3, 4])
    expect(weightsOf(model)).toEqual(weightsOf(whole))
  })

  it('stays stopped where a policy had stopped it', async () => {
    const make = () => network(tf.train.sgd(1e30))
    for (const saveFreq of ['epoch', 1] as const)
      await both({ make, callbacks: () => [terminateOnNaN(), history()], options: { shuffle: false }, saveFreq }, 3)
    const stops = () => [earlyStopping({ monitor: 'loss', mode: 'max', patience: 1 }), history()]
    await both({ make: () => network(), callbacks: stops, options }, 13)
  })

  it('works for several inputs and outputs', async () => {
    const backup = folder()
    const train = async (epochs: number, resume: string) => {
      const { model, xs, ys } = twoByTwo(10)
      const { history } = await fit(model, xs, ys, {
        epochs,
        resume,
        batchSize: 4,
        shuffle: { seed: 1 },
        validationSplit: 0.2,
      })
      return [history, model.getWeights().map((weight) => [...weight.dataSync()])]
    }
    const whole = await train(4, folder())
    await train(2, backup)
    expect(await train(4, backup)).toEqual(whole)
  })

  it.each([undefined, 3])('goes on in a seeded dataset, batchesPerEpoch %s', async (batchesPerEpoch) => {
    const make = () => {
      const rows = tf.data.zip({
        xs: tf.data.array(x.arraySync() as Array<Array<number>>),
        ys: tf.data.array(y.arraySync() as Array<Array<number>>),
      })
      const batches = rows.shuffle(30, '5').batch(4)
      return (batchesPerEpoch === undefined ? batches : batches.repeat()) as never
    }
    const train = async (own: string, end: number) => {
      const model = network()
      let batches = 0
      const result = await fit(model, make(), {
        epochs: 4,
        ...(batchesPerEpoch !== undefined && { batchesPerEpoch }),
        callbacks: [
          on('BatchEnd', () => {
            batches += 1
            if (batches === end) throw new Error('killed')
            return undefined
          }),
          backupAndRestore({ dir: own, saveFreq: 2 }),
        ],
      }).catch(() => undefined)
      return result && { history: result.history, weights: weightsOf(model) }
    }
    const whole = await train(folder(), Infinity)
    const own = folder()
    for (;;) {
      const killed = await train(own, 6)
      if (!killed) continue
      expect(killed).toEqual(whole)
      break
    }
    expect(said.filter((line) => line.includes('The data are a dataset')).length).toBeGreaterThan(0)
  })

  it('leaves no tensor behind, whatever happens', async () => {
    const model = network(undefined, 0.2)
    const own = folder()
    let events = 0
    const train = (end: number) =>
      fit(model, x, y, {
        ...options,
        epochs: 3,
        callbacks: [
          swapEMAWeights({ swapOnEpoch: true }),
          gradientAccumulationScheduler({ scheduling: { 0: 3 } }),
          gradientNorms(),
          clipGradients({ norm: 1 }),
          earlyStopping({ monitor: 'loss', restoreBestWeights: true, patience: 5 }),
          on('BatchEnd', () => {
            events += 1
            if (events === end) throw new Error('killed')
            return undefined
          }),
          backupAndRestore({ dir: own, saveFreq: 1 }),
        ],
        lint: false,
        batchSize: 4,
      }).catch(() => undefined)
    await fit(model, x, y, { epochs: 1 })
    const before = tf.memory().numTensors
    for (const end of [3, 7, 11, Infinity]) {
      await train(end)
      expect(tf.memory().numTensors).toBe(before)
    }
    expect(Object.keys(model.optimizer)).not.toContain('minimize')
  })
})

describe(`backups on ${backend}`, () => {
  const train = async (dir: string, more: Partial<FitOptions> = {}, model = network()): Promise<FitResult> =>
    fit(model, x, y, {
      epochs: 3,
      batchSize: 4,
      callbacks: [backupAndRestore({ dir, deleteCheckpoint: false })],
      ...more,
    })
  const newestOf = (dir: string): string =>
    join(
      dir,
      readdirSync(dir)
        .filter((name) => name.startsWith('checkpoint'))
        .sort()
        .at(-1) ?? '',
    )

  it('are two, or one', async () => {
    const [two, one] = [folder(), folder()]
    await train(two)
    const callbacks = [backupAndRestore({ dir: one, deleteCheckpoint: false, doubleCheckpoint: false })]
    await train(one, { callbacks })
    const names = (dir: string) => readdirSync(dir).filter((name) => name.startsWith('checkpoint'))
    expect([names(two), names(one)]).toEqual([['checkpoint-000002', 'checkpoint-000003'], ['checkpoint-000003']])
  })

  it.each([
    ['weights', (bytes: Buffer) => Buffer.from(bytes.map((byte, i) => (i === 7 ? byte ^ 4 : byte)))],
    ['optimizer', (bytes: Buffer) => bytes.subarray(0, 5)],
    ['model.json', (bytes: Buffer) => bytes.subarray(0, 500)],
    ['model.json', (bytes: Buffer) => Buffer.from(bytes.toString().replace('"epoch":3', '"epoch":2'))],
  ] as const)('that are damaged give way to the one before: %s', async (file, hurt) => {
    const dir = folder()
    const model = network()
    await train(dir, {}, model)
    const spoil = (): void => {
      const newest = newestOf(dir)
      const path = join(newest, readdirSync(newest).find((name) => name.startsWith(file)) ?? '')
      writeFileSync(path, hurt(readFileSync(path)))
    }
    spoil()
    const again = network()
    expect((await train(dir, {}, again)).epoch).toEqual([0, 1, 2])
    expect(weightsOf(again)).toEqual(weightsOf(model))
    expect(said.join('\n')).toMatch(/resume: .*(damaged|not a saved model).*goes on from the backup before it/)
    // the damaged one is gone, and its place is taken by a whole one
    await train(dir)
    for (const name of readdirSync(dir).filter((name) => name.startsWith('checkpoint'))) {
      const path = join(dir, name, 'model.json')
      writeFileSync(path, '{')
    }
    await expect(train(dir)).rejects.toThrow(/^resume: no backup in .* can be read: .*Remove the folder to begin anew$/)
  })

  it('of another model, optimizer, pipeline or run are refused, by what differs', async () => {
    const dir = folder()
    await train(dir)
    const refused = async (what: RegExp, more: Partial<FitOptions>, model = network()): Promise<void> => {
      const record = join(dir, 'record.jsonl')
      await expect(train(dir, { ...more, record }, model)).rejects.toThrow(what)
      expect(existsSync(record)).toBe(false)
    }
    await refused(/another optimizer: class: was "Adam", is "SGD"/, {}, network(tf.train.sgd(0.1)))
    await refused(/another optimizer: beta1: was 0.9, is 0.5/, {}, network(tf.train.adam(0.05, 0.5)))
    await refused(/another model: layers/, {}, network(undefined, 0.5))
    const other = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] })
    other.compile({ loss: 'meanSquaredError', optimizer: tf.train.adam(0.05) })
    await refused(/another model/, {}, other)
    await refused(/another pipeline of callbacks: callbacks/, {
      callbacks: [terminateOnNaN(), backupAndRestore({ dir, deleteCheckpoint: false })],
    })
    await refused(/another run: data.steps: was 6, is 3/, { batchSize: 8 })
    await refused(/another run: shuffle.seed/, { shuffle: { seed: 4 } })
    await refused(/another run: shuffle: false: was false, is true/, { shuffle: false })
    expect((await train(dir)).epoch).toHaveLength(3)
  })

  it('are one run’s at a time', async () => {
    const dir = folder()
    const first = train(dir)
    await expect(train(dir)).rejects.toThrow(/by this very process/)
    await first
    writeFileSync(`${dir}.lock`, JSON.stringify({ pid: 2 ** 22 + 1, host: (await import('node:os')).hostname() }))
    expect((await train(dir)).epoch).toHaveLength(3)
  })

  it('say which line of their journal is damaged, and touch nothing', async () => {
    const dir = folder()
    const journal = join(dir, 'files.jsonl')
    await train(dir)
    for (const line of ['{"pa', '{}', 'null', '{"path":"a","size":-1}', '{"path":7,"size":null}']) {
      writeFileSync(journal, `{"path":"nothing","size":null}\n${line}\n`)
      await expect(train(dir)).rejects.toThrow(/files\.jsonl, line 2: damaged: .*remove the folder to begin anew/)
      expect(existsSync(`${dir}.lock`)).toBe(false)
    }
    // a torn last line is of a file that nobody had written to; what follows begins a line of its own
    writeFileSync(journal, '{"path":"nothing","size":null}\n{"pa')
    await train(dir)
    expect(readFileSync(journal, 'utf8')).toBe('{"path":"nothing","size":null}\n')
  })

  it('go on with what can be read of a damaged log', async () => {
    const dir = folder()
    const model = network()
    await train(dir, {}, model)
    const warnings = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const lines = ['{}', 'null', '3', '{"epoch":0}', '{"epoch":0,"logs":{"loss":1}}', '{"decision":3}']
    writeFileSync(join(dir, 'log.jsonl'), [...lines, '{"remember":"a","row":null}', '{"to'].join('\n'))
    const again = network()
    expect((await train(dir, {}, again)).epoch).toEqual([0])
    expect(weightsOf(again)).toEqual(weightsOf(model))
    expect(warnings.mock.calls.flat().join()).toMatch(/the log in .* is damaged/)
    warnings.mockRestore()
  })

  it('are left by a slice of a job to the next, until all epochs are done', async () => {
    for (const saveFreq of ['epoch', 4] as const) {
      const own = folder()
      const dir = join(own, 'backup')
      const slice = async () => {
        const model = network()
        const callbacks = [
          earlyStopping({ monitor: 'loss', mode: 'max', patience: 9, restoreBestWeights: true }),
          controlledStoppingCheckpoint({ filepath: join(own, 'm'), epochs: 2 }),
          backupAndRestore({ dir, saveFreq }),
        ]
        const { epoch, decisions } = await train(dir, { epochs: 5, shuffle: { seed: 2 }, callbacks }, model)
        return { epoch, stops: decisions.filter(({ command }) => command._tag === 'StopTraining').length, model }
      }
      expect(await slice()).toMatchObject({ epoch: [0, 1], stops: 1 })
      expect(await slice()).toMatchObject({ epoch: [0, 1, 2, 3], stops: 2 })
      expect(existsSync(dir)).toBe(true)
      const { model, ...last } = await slice()
      expect(last).toEqual({ epoch: [0, 1, 2, 3, 4], stops: 2 })
      expect(existsSync(dir)).toBe(false)
      const alone = network()
      const best = earlyStopping({ monitor: 'loss', mode: 'max', patience: 9, restoreBestWeights: true })
      await train(folder(), { epochs: 5, shuffle: { seed: 2 }, callbacks: [best] }, alone)
      expect(weightsOf(model)).toEqual(weightsOf(alone))
    }
  })

  it('are for fit alone, and once', async () => {
    const policy = backupAndRestore({ dir: folder() })
    const model = network()
    await expect(fit(model, x, y, { callbacks: [policy, policy] })).rejects.toThrow('backupAndRestore twice')
    await expect(trainWith(policy, { model }, () => Promise.resolve())).rejects.toThrow('works in fit and fit$')
    await expect(model.fit(x, y, { callbacks: toCallback(policy, { model }) })).rejects.toThrow('works in fit and fit$')
  })

  it('cut back what the run wrote since, and nothing else', async () => {
    const own = folder()
    const [dir, csv] = [join(own, 'backup'), join(own, 'log.csv')]
    const callbacks = (end: number) => [
      csvLogger({ filename: csv, append: true }),
      on('EpochEnd', (e) => {
        if (e.epoch === end) throw new Error('killed')
        return undefined
      }),
      backupAndRestore({ dir }),
    ]
    await fit(network(), x, y, { epochs: 1, callbacks: csvLogger({ filename: csv }) })
    const before = readFileSync(csv, 'utf8')
    // killed before there is a backup: begins again where the file stood
    await train(dir, { callbacks: callbacks(0) }).catch(() => undefined)
    await train(dir, { callbacks: callbacks(2) }).catch(() => undefined)
    await train(dir, { callbacks: callbacks(-1) })
    const after = readFileSync(csv, 'utf8')
    expect(after.startsWith(before)).toBe(true)
    expect(
      after
        .slice(before.length)
        .trim()
        .split('\n')
        .map((row) => row.split(',')[0]),
    ).toEqual(['0', '1', '2'])
  })
})

describe('a seed', () => {
  it('gives each epoch an order that depends on nothing else', async () => {
    const orders = async (epochs: number, initialEpoch: number): Promise<ReadonlyArray<string>> => {
      const model = network(tf.train.sgd(0), 0.5)
      const { history } = await fit(model, x, y, { epochs, initialEpoch, batchSize: 4, shuffle: { seed: 9 } })
      return (history['loss'] as ReadonlyArray<number>).map(String)
    }
    const all = await orders(4, 0)
    expect(new Set(all).size).toBe(4)
    expect(await orders(4, 0)).toEqual(all)
  })
  it.each([{ seed: -1 }, { seed: 0.5 }, { sed: 1 }, 'yes'])('is refused as %j', async (shuffle) => {
    await expect(fit(network(), x, y, { shuffle: shuffle as never })).rejects.toThrow('fit.shuffle')
  })
})
