import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  all,
  clipGradients,
  earlyStopping,
  fromSpec,
  on,
  tensorBoard,
  toSpec,
  writeScalar,
  type TensorBoardOptions,
} from 'rxfit'
import { readEvents, readLog } from 'rxfit/logs'
import { fit } from 'rxfit/tfjs'
import { describeOracles } from '../oracles.js'
import { hasShared, shared } from '../shared.js'
import { readWithTensorBoard } from '../sinks/tensorboard.js'
import { line, linear, tf } from './backend.js'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rxfit-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

/** A clock that goes on a tenth of a second at each look. */
const ticking = (): (() => number) => {
  let ms = 1_700_000_000_000
  return () => (ms += 100)
}

const train = async (options: TensorBoardOptions = {}, { epochs = 3, more = all() } = {}) => {
  const { x, y } = line(32)
  const model = linear('sgd', ['mse'])
  const before = tf.memory().numTensors
  const history = await fit(model, x, y, {
    epochs,
    batchSize: 8,
    verbose: 0,
    shuffle: false,
    validationData: [x, y],
    callbacks: all(tensorBoard(dir, options), more),
    now: ticking(),
  })
  expect(tf.memory().numTensors).toBe(before)
  tf.dispose([x, y])
  model.dispose()
  return history
}

const pointsOf = (run: string, tag: string): ReadonlyArray<readonly [number, number]> => {
  const series = readEvents(dir).series.find((one) => one.run === run && one.tag === tag)
  return (series?.steps ?? []).map((step, i) => [step, series?.values[i] as number])
}
const tagsOf = (path: string): ReadonlyArray<string> => readEvents(path).series.map(({ run, tag }) => `${run} ${tag}`)

describe('tensorBoard', () => {
  it('writes what training reports, at its epochs and steps', async () => {
    const { epoch, history } = await train({ writeGraph: false })
    expect(epoch).toEqual([0, 1, 2])
    const float32 = (name: string) => (history[name] as Array<number>).map((x, i) => [i, Math.fround(x)])
    expect(pointsOf('train', 'epoch_loss')).toEqual(float32('loss'))
    expect(pointsOf('train', 'epoch_mse')).toEqual(float32('mse'))
    expect(pointsOf('validation', 'epoch_loss')).toEqual(float32('val_loss'))
    expect(pointsOf('train', 'epoch_learning_rate').map(([step]) => step)).toEqual([0, 1, 2])
    expect(pointsOf('validation', 'evaluation_loss_vs_iterations').map(([step]) => step)).toEqual([4, 8, 12])
    expect(tagsOf(dir).filter((tag) => tag.includes('batch_'))).toEqual([])
    expect(readdirSync(dir)).toEqual(['train', 'validation'])
  })
  it('writes batches as often as asked, counted from 1 over all epochs', async () => {
    await train({ updateFreq: 3, writeStepsPerSecond: true })
    const steps = (tag: string) => pointsOf('train', tag).map(([step]) => step)
    expect(steps('batch_loss')).toEqual([3, 6, 9, 12])
    expect(steps('batch_steps_per_second')).toEqual([3, 6, 9, 12])
    expect(steps('epoch_steps_per_second')).toEqual([0, 1, 2])
    for (const [, rate] of pointsOf('train', 'batch_steps_per_second')) expect(rate).toBeCloseTo(10, 5)
  })
  it.skipIf(!hasShared)('has the tags that Keras has in a run of the same metrics', async () => {
    await train({ updateFreq: 'batch' })
    const keras = tagsOf(shared('logs/local_keras_tf2/batch_level_tb/tb')).map((tag) => tag.replace('accuracy', 'mse'))
    expect([...tagsOf(dir)].sort()).toEqual([...keras].sort())
  })
  it('has the values of the last epoch also where training stops early', async () => {
    const more = earlyStopping({ monitor: 'loss', mode: 'max', patience: 1 })
    const { epoch } = await train({}, { epochs: 10, more: all(more) })
    expect(epoch.length).toBeLessThan(10)
    expect(pointsOf('train', 'epoch_loss')).toHaveLength(epoch.length)
  })
  it('is read back as a log of the run', async () => {
    const { history } = await train({ updateFreq: 'batch' })
    const log = await readLog(dir)
    expect(log.format).toBe('tfevents')
    expect(log.epochs).toBe(3)
    expect([...log.metrics].sort()).toEqual(['learning_rate', 'loss', 'mse', 'val_loss', 'val_mse'])
    const last = log.events.findLast((event) => event._tag === 'EpochEnd')
    expect(last?.logs['val_loss']).toBe(Math.fround((history['val_loss'] as Array<number>)[2] as number))
  })
  it('takes summaries of one’s own into the same files', async () => {
    const gap = on('EpochEnd', (e) =>
      writeScalar(join(dir, 'train'), 'gap', (e.logs['val_loss'] as number) - (e.logs['loss'] as number), e.epoch),
    )
    await train({}, { more: all(gap) as never })
    expect(pointsOf('train', 'gap')).toHaveLength(3)
    expect(readdirSync(join(dir, 'train')).length).toBeLessThanOrEqual(2)
  })
  it('writes histograms of gradients, of the last step of the epochs that are due', async () => {
    const { x, y } = line(32)
    const model = linear(tf.train.sgd(0))
    const before = tf.memory().numTensors
    const callbacks = tensorBoard(dir, { histogramFreq: 2, writeGrads: true })
    await fit(model, x, y, { epochs: 4, batchSize: 32, callbacks: all(callbacks, clipGradients({ value: 0.1 })) })
    expect(tf.memory().numTensors).toBe(before)
    const tags = readEvents(join(dir, 'train')).notes.join()
    expect(tags).toContain('histogram')
    // with batches but without an epoch's end nothing is left either
    await fit(model, x, y, {
      epochs: 4,
      batchSize: 8,
      callbacks: all(
        callbacks,
        on('BatchEnd', () => {
          throw new Error('no')
        }),
      ),
    }).catch(() => undefined)
    expect(tf.memory().numTensors).toBe(before)
    tf.dispose([x, y])
    model.dispose()
  })
  it('times operations of the batches that are asked for', async () => {
    await train({ profileBatch: [2, 3], writeGraph: false })
    await train({ profileBatch: 100, writeGraph: false })
    // the last of these batches never comes: the profile ends with training
    await train({ profileBatch: [12, 100], writeGraph: false })
    const traces = readdirSync(join(dir, 'train')).filter((name) => name.endsWith('.trace.json'))
    expect(traces.sort()).toEqual(['profile-12.trace.json', 'profile-3.trace.json'])
    const events = (name: string) => {
      const { traceEvents } = JSON.parse(readFileSync(join(dir, 'train', name), 'utf8')) as {
        readonly traceEvents: ReadonlyArray<{ readonly name: string; readonly dur: number }>
      }
      return traceEvents
    }
    await train({ profileBatch: 2, writeGraph: false })
    const products = (name: string) => events(name).filter((event) => /MatMul/.test(event.name))
    const [one, two] = [products('profile-2.trace.json'), products('profile-3.trace.json')]
    // forwards and for the kernel's gradient, in each batch
    expect(one.length).toBeGreaterThanOrEqual(2)
    expect(two.length).toBe(2 * one.length)
    expect(two.every(({ dur }) => dur >= 0)).toBe(true)
    expect(events('profile-12.trace.json').length).toBeGreaterThan(0)
  })
  it('ends a profile that a failing run leaves', async () => {
    const { x, y } = line(8)
    const model = linear()
    const profiling = () => (globalThis as unknown as { _tfengine: { state: { profiling: boolean } } })._tfengine.state
    await expect(
      fit(model, x, y, {
        callbacks: all(
          tensorBoard(dir, { profileBatch: [1, 9] }),
          on('BatchEnd', () => {
            throw new Error('no')
          }),
        ),
      }),
    ).rejects.toThrow('no')
    await Promise.resolve()
    expect(profiling().profiling).toBe(false)
    tf.dispose([x, y])
    model.dispose()
  })
  it('says why a profile could not be made, however often it is tried', async () => {
    const { x, y } = line(8)
    const model = linear()
    const engine = tf.engine() as unknown as { profile: (query: () => Promise<unknown>) => Promise<unknown> }
    const full = vi.spyOn(engine, 'profile').mockImplementation(async (query) => {
      await query()
      throw new RangeError('Maximum call stack size exceeded')
    })
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    try {
      const callbacks = tensorBoard(dir, { profileBatch: 1, writeGraph: false })
      const before = tf.memory().numTensors
      await fit(model, x, y, { epochs: 4, callbacks })
      expect(warn.mock.calls.flat().join()).toContain('too many operations to be timed; profile fewer batches')
      expect(warn.mock.calls.flat().join()).not.toContain('nothing was being timed')
      // the model's optimizer keeps its rate
      expect(tf.memory().numTensors - before).toBeLessThanOrEqual(1)
    } finally {
      full.mockRestore()
      warn.mockRestore()
      tf.dispose([x, y])
      model.dispose()
    }
  })
  it('writes the vectors of embeddings', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.embedding({ name: 'words', inputDim: 4, outputDim: 2, inputLength: 3 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 1 }),
      ],
    })
    model.compile({ loss: 'meanSquaredError', optimizer: 'sgd' })
    const [x, y] = [tf.tensor2d([[0, 1, 2], [1, 2, 3]]), tf.ones([2, 1])] // prettier-ignore
    const board = (embeddingsMetadata: TensorBoardOptions['embeddingsMetadata']) =>
      tensorBoard(dir, { embeddingsFreq: 2, ...(embeddingsMetadata !== undefined && { embeddingsMetadata }) })
    const rowsAfter = async (epochs: number): Promise<ReadonlyArray<ReadonlyArray<number>>> => {
      await fit(model, x, y, { epochs, callbacks: board({ words: 'labels.tsv' }) })
      const rows = readFileSync(join(dir, '0-words.vectors.tsv'), 'utf8').trim().split('\n')
      return rows.map((row) => row.split('\t').map(Number))
    }
    const now = () => model.layers[0]?.getWeights()[0]?.arraySync()
    expect(await rowsAfter(1)).toEqual(now())
    expect(await rowsAfter(2)).not.toEqual(now())
    expect(readFileSync(join(dir, 'projector_config.pbtxt'), 'utf8')).toContain('metadata_path: "labels.tsv"')
    tf.dispose([x, y])
    model.dispose()
  })
  it('lets training go on where nothing can be written', async () => {
    const { x, y } = line(8)
    const model = linear()
    const path = join(dir, 'file')
    await fit(model, x, y, { epochs: 1, verbose: 0, record: path })
    const history = await fit(model, x, y, { epochs: 5, verbose: 0, callbacks: tensorBoard(path) })
    expect(history.epoch).toHaveLength(5)
    expect(existsSync(join(dir, 'file'))).toBe(true)
  })
  it('is a policy as others are', () => {
    const board = tensorBoard('logs', { updateFreq: 10, histogramFreq: 2 })
    const built = fromSpec({ tensorBoard: { logDir: 'logs', updateFreq: 10, histogramFreq: 2 } })
    expect(built._tag === 'Right' && toSpec(built.right)).toEqual(toSpec(board))
    expect(toSpec(tensorBoard()).options).toEqual({ logDir: 'logs' })
    expect(() => tensorBoard('logs', { updateFreq: 'epochs' as never })).toThrow("must be 'epoch', 'batch'")
    expect(() => tensorBoard('logs', { histogramFrequency: 1 } as never)).toThrow("did you mean 'histogramFreq'?")
    expect(() => tensorBoard('logs', { updateFreq: 0 })).toThrow('updateFreq')
    expect(() => tensorBoard('logs', { profileBatch: [3, 2] })).toThrow('tensorBoard.profileBatch')
    expect(() => tensorBoard('logs', { hparams: { rate: NaN } })).toThrow('tensorBoard.hparams')
    expect(tensorBoard('logs', { writeGrads: true }).spec.events).not.toContain('EpochBegin')
  })
})

describeOracles('TensorBoard reads', () => {
  it('scalars, histograms and images of weights, and the graph', async () => {
    await train({ histogramFreq: 2, writeImages: true, updateFreq: 'batch' })
    const { train: run, validation } = readWithTensorBoard(dir)
    const tags = run?.tags ?? {}
    const weights = Object.keys(tags).filter((tag) => tag.endsWith('/histogram'))
    expect(weights.map((tag) => tag.replace(/^.*?([^/]+)\/histogram$/, '$1'))).toEqual(['kernel', 'bias'])
    for (const tag of weights) {
      expect(tags[tag]?.plugin).toBe('histograms')
      expect(tags[tag]?.points.map(({ step, shape }) => [step, shape])).toEqual([
        [0, [30, 3]],
        [2, [30, 3]],
      ])
    }
    // of one number each: dimensions of 1 don't count, and none is left
    expect(Object.keys(tags).filter((tag) => tag.endsWith('/image'))).toEqual([])
    expect(tags['batch_loss']?.points.map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
    expect(Object.keys(validation?.tags ?? {})).toContain('evaluation_loss_vs_iterations')
    expect(run?.models['keras']?.map(({ name }) => name.replace(/^.*\//, '').replace(/\d+$/, ''))).toContain(
      'dense_Dense',
    )
  })
  it('histograms of gradients: those of the last step, before clipping', async () => {
    const x = tf.tensor2d([[1], [2]])
    const model = linear(tf.train.sgd(0))
    const callbacks = all(tensorBoard(dir, { histogramFreq: 2, writeGrads: true }), clipGradients({ value: 0.1 }))
    await fit(model, x, tf.tensor2d([[1], [3]]), { epochs: 3, batchSize: 1, shuffle: false, callbacks })
    const tags = readWithTensorBoard(dir)['train']?.tags ?? {}
    const gradients = Object.entries(tags).filter(([tag]) => tag.endsWith('/gradient'))
    // of (0 - 3)² with x = 2: -2 · 3 · 2 and -2 · 3
    for (const [i, [tag, { points, plugin }]] of gradients.entries()) {
      expect([tag.replace(/^.*?([^/]+)\/gradient$/, '$1'), plugin]).toEqual([['kernel', 'bias'][i], 'histograms'])
      const last = points.map(({ step, value }) => [step, (value as ReadonlyArray<unknown>).at(-1)])
      const at = [-12, -6][i]
      expect(last).toEqual([0, 2].map((epoch) => [epoch, [at, at, 1]]))
    }
    expect(gradients).toHaveLength(2)
  })
  it('hyperparameters with the metrics that training reports, and the profile as a text', async () => {
    await train({ hparams: { rate: 0.1, name: 'a', nesterov: false }, profileBatch: 1 })
    const runs = readWithTensorBoard(dir)
    expect(runs['.']?.hparams).toMatchObject({
      '_hparams_/experiment': {
        infos: [
          { name: 'rate', type: 3 },
          { name: 'name', type: 1 },
          { name: 'nesterov', type: 2 },
        ],
        metrics: ['train/epoch_loss', 'train/epoch_mse', 'validation/epoch_loss', 'validation/epoch_mse'],
      },
      '_hparams_/session_start_info': { hparams: { rate: 0.1, name: 'a', nesterov: false } },
      '_hparams_/session_end_info': { status: 1 },
    })
    const profile = runs['train']?.tags['profile']
    expect([profile?.plugin, profile?.points[0]?.step]).toEqual(['text', 1])
    expect(Buffer.from(profile?.points[0]?.value as string, 'base64').toString()).toMatch(
      /^\d+ operations, [\d.]+ ms\n\n.*\n.*\n(.*\n)*\| \w*MatMul\w* \| \d+ \|/,
    )
  })
  it('images of kernels', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ units: 3, inputShape: [5] }),
        tf.layers.reshape({ targetShape: [3, 1] }),
        tf.layers.conv1d({ filters: 4, kernelSize: 2 }),
        tf.layers.flatten(),
      ],
    })
    model.compile({ loss: 'meanSquaredError', optimizer: 'sgd' })
    const [x, y] = [tf.ones([4, 5]), tf.ones([4, 8])]
    await fit(model, x, y, {
      epochs: 1,
      verbose: 0,
      callbacks: tensorBoard(dir, { histogramFreq: 1, writeImages: true }),
    })
    const tags = readWithTensorBoard(dir)['train']?.tags ?? {}
    const sizes = Object.entries(tags).flatMap(([tag, { points }]) => {
      if (!tag.endsWith('/image')) return []
      const [width, height, ...images] = points[0]?.value as ReadonlyArray<string>
      const [w, h] = [width, height].map((size) => Buffer.from(size as string, 'base64').toString())
      return [[tag.replace(/^[^/]*\//, ''), `${w}x${h}`, images.length]]
    })
    expect(sizes).toEqual([
      ['kernel/image', '5x3', 1],
      ['bias/image', '1x3', 1],
      // its one channel doesn't count
      ['kernel/image', '4x2', 1],
      ['bias/image', '1x4', 1],
    ])
    tf.dispose([x, y])
    model.dispose()
  })
})
