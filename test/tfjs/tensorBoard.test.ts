import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { all, earlyStopping, fromSpec, on, tensorBoard, toSpec, writeScalar, type TensorBoardOptions } from 'rxfit'
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
