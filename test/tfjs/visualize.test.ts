import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  all,
  earlyStopping,
  fromSpec,
  machine,
  resume,
  suspend,
  visualize,
  type Picture,
  type Policy,
  type Predictions,
} from 'rxfit'
import { readLog } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { fit, trainWith } from 'rxfit/tfjs'
import { events } from 'rxfit/testing'
import { writeFrame, writePicture } from '../../src/sinks/pictureFiles.js'
import { gifFrames } from '../../src/pictures/gif.js'
import { backend, line, linear, tf } from './backend.js'
import { leakFree, twoByTwo } from './models.js'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rxfit-'))
})
afterEach(() => {
  const keep = process.env['RXFIT_KEEP_PICTURES']
  if (keep !== undefined)
    for (const file of readdirSync(dir))
      if (/\.(png|gif)$/.test(file)) writeFileSync(join(keep, file), readFileSync(join(dir, file)))
  rmSync(dir, { recursive: true })
})

const n = 40
const features = Array.from({ length: n }, (_, i) => [Math.sin(3 * i) * (1 + i / n), Math.cos(5 * i)])
const classes = features.map(([a = 0, b = 0]) => (a > 0.5 ? 2 : a * b > 0 ? 1 : 0))
const x = tf.tensor2d(features)
const y = tf.oneHot(tf.tensor1d(classes, 'int32'), 3).cast('float32')

const classifier = (inputShape: Array<number> = [2]) => {
  const model = tf.sequential({
    layers: [
      tf.layers.reshape({ inputShape, targetShape: [inputShape.reduce((a, b) => a * b)] }),
      tf.layers.dense({ units: 12, activation: 'tanh', kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }) }),
      tf.layers.dense({
        units: 3,
        activation: 'softmax',
        kernelInitializer: tf.initializers.glorotNormal({ seed: 2 }),
      }),
    ],
  })
  model.compile({ loss: 'categoricalCrossentropy', optimizer: tf.train.adam(0.05), metrics: ['accuracy'] })
  return model
}

const framesIn = (path: string): number => gifFrames(readFileSync(path)).length - 1
const pngSize = (path: string) => {
  const bytes = readFileSync(path)
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) }
}

describe(`visualize on ${backend}`, () => {
  it('draws every built-in drawing', async () => {
    const images = tf.tensor4d(
      Array.from({ length: 12 * 64 }, (_, i) => ((i * 7) % 64) / 63),
      [12, 8, 8, 1],
    )
    const labels = tf
      .oneHot(
        tf.tensor1d(
          Array.from({ length: 12 }, (_, i) => i % 3),
          'int32',
        ),
        3,
      )
      .cast('float32')
    await fit(classifier(), x, y, {
      epochs: 10,
      data: { plane: [x, y] },
      callbacks: all(
        visualize({ folder: dir, data: 'plane', draw: 'decisionBoundary', every: 5 }),
        visualize({ folder: dir, data: 'plane', draw: { confusionMatrix: { labels: ['cat', 'dog', 'bird'] } } }),
        visualize({ folder: dir, draw: 'learningCurves' }),
      ),
    })
    await fit(classifier([8, 8, 1]), images, labels, {
      epochs: 2,
      callbacks: visualize({ folder: dir, data: { pictures: [images, labels] }, draw: { imageGrid: { count: 10 } } }),
    })
    const { x: a, y: b } = line(20)
    await fit(linear(), a, b, {
      epochs: 4,
      callbacks: visualize({ folder: dir, data: { line: [a, b] }, draw: 'regressionFit' }),
    })
    expect(readdirSync(dir).filter((file) => file.endsWith('.gif'))).toEqual([
      'learningCurves.gif',
      'line-regressionFit.gif',
      'pictures-imageGrid.gif',
      'plane-confusionMatrix.gif',
      'plane-decisionBoundary.gif',
    ])
    const boundary = join(dir, 'plane-decisionBoundary')
    expect(pngSize(`${boundary}-0005.png`)).toEqual({ width: 400, height: 400 })
    expect(existsSync(`${boundary}-0010.png`)).toBe(true)
    expect(framesIn(`${boundary}.gif`)).toBe(2)
    expect(framesIn(join(dir, 'learningCurves.gif'))).toBe(10)
  })

  it('puts the same picture before TensorBoard, and what a function of one’s own draws', async () => {
    let heard: Predictions | undefined
    let given: unknown
    const sum = (predictions: Predictions, data: unknown): Picture => {
      heard = predictions
      given = data
      return { width: 2, height: 1, rgba: Uint8Array.from([255, 0, 0, 255, 0, 0, 255, 255]) }
    }
    const { model, xs, ys } = twoByTwo(7)
    const data = { both: [xs, ys] }
    await fit(model, xs, ys, {
      epochs: 1,
      callbacks: visualize({ data, draw: sum, folder: dir, logDir: dir, tag: '{name} seen', batchSize: 3 }),
    })
    expect(given).toBe(data.both)
    expect(heard?.inputs.map(({ name, shape, rows }) => [name, shape, rows.length])).toEqual([
      ['a', [2], 7],
      ['b', [1], 7],
    ])
    expect(heard?.predicted.map(({ name, shape }) => [name, shape])).toEqual([
      [model.outputNames[0], [1]],
      [model.outputNames[1], [2]],
    ])
    expect(Array.from(heard?.truth[1]?.rows[6] ?? [])).toEqual(Array.from((ys[1] as typeof x).dataSync()).slice(-2))
    const events = readFileSync(join(dir, readdirSync(dir).find((file) => file.includes('tfevents')) as string))
    const png = readFileSync(join(dir, 'both-sum-0001.png'))
    expect(events.includes(png)).toBe(true)
    expect(events.includes('both seen')).toBe(true)
  })

  it('goes on with its GIF when it is resumed, and begins a new one otherwise', async () => {
    const policy = visualize({ data: 'line', draw: 'regressionFit', folder: dir }) as Policy<never>
    const { x: a, y: b } = line(8)
    const data = { line: [a, b] as [typeof a, typeof b] }
    const gif = join(dir, 'line-regressionFit.gif')
    await fit(linear(), a, b, { epochs: 3, data, callbacks: policy })
    expect(framesIn(gif)).toBe(3)
    const whole = readFileSync(gif)
    expect(whole.at(-1)).toBe(0x3b)
    // killed while a frame was written: what is behind the end of the file doesn't count
    writeFileSync(gif, Buffer.concat([whole, Buffer.from([0, 1, 2])]))
    const [, state] = machine.run(policy)(events([{ loss: 1 }, { loss: 1 }]))
    const resumed = resume(JSON.parse(JSON.stringify(suspend(policy, state))), policy)
    if (E.isLeft(resumed)) throw resumed.left
    await fit(linear(), a, b, { epochs: 4, initialEpoch: 2, data, callbacks: resumed.right })
    expect(framesIn(gif)).toBe(4)
    expect(readFileSync(gif).at(-1)).toBe(0x3b)
    await fit(linear(), a, b, { epochs: 1, data, callbacks: policy })
    expect(framesIn(gif)).toBe(1)
  })

  it('leaves no tensor behind, also where it can’t draw; that costs a warning and not the run', async () => {
    const model = classifier()
    const good = visualize({ folder: dir, data: { d: [x, y] }, draw: 'decisionBoundary', batchSize: 7 })
    await leakFree(() => fit(model, x, y, { epochs: 2, callbacks: good }))
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    try {
      const bad = visualize({ folder: dir, data: { d: [x, y] }, draw: 'regressionFit' })
      await leakFree(() => fit(model, x, y, { epochs: 4, callbacks: bad }))
      expect(warn.mock.calls.flat().join()).toMatch(/a regression fit is drawn of one number a sample; .* has 3/)
      warn.mockClear()
      const { epoch } = await fit(model, x, y, {
        epochs: 4,
        callbacks: visualize({ folder: dir, data: 'typo', draw: 'confusionMatrix' }),
        data: { type: [x, y] },
      })
      expect(epoch).toHaveLength(4)
      expect(warn).toHaveBeenCalledTimes(1)
      expect(String(warn.mock.calls[0])).toContain("no data named 'typo' (did you mean 'type'?)")
    } finally {
      warn.mockRestore()
    }
  })

  it('decides the same in a replay, and draws nothing there', async () => {
    const record = join(dir, 'run.jsonl')
    const policy = all(
      visualize({ folder: dir, data: { d: [x, y] }, draw: 'confusionMatrix' }),
      visualize({ folder: dir, draw: 'learningCurves', every: 2 }),
      earlyStopping({ monitor: 'loss', patience: 1, minDelta: 9 }),
    )
    const { decisions } = await fit(classifier(), x, y, { epochs: 5, callbacks: policy, record })
    const files = readdirSync(dir)
    expect(replay(policy, await readLog(record)).decisions).toEqual(decisions)
    expect(readdirSync(dir)).toEqual(files)
    const { commands = [] } = await readLog(record)
    expect(commands.map(({ command }) => command['_tag']).filter((tag) => tag === 'Draw')).toHaveLength(3)
  })

  it('is held to the folders that callbacks from JSON may write to', async () => {
    const made = (more: object) => {
      const policy = fromSpec([{ visualize: { data: 'd', draw: 'confusionMatrix', ...more } }])
      if (E.isLeft(policy)) throw policy.left
      return fit(classifier(), x, y, { epochs: 1, callbacks: policy.right, data: { d: [x, y] } })
    }
    await expect(made({ folder: dir })).rejects.toThrow('callbacks from JSON may write below')
    await expect(made({ logDir: dir })).rejects.toThrow('callbacks from JSON may write below')
    expect(readdirSync(dir)).toEqual([])
  })

  it('draws curves in loops without a model of layers', async () => {
    const optimizer = tf.train.sgd(0.1)
    await trainWith(
      visualize({ folder: dir, draw: 'learningCurves' }),
      { model: { optimizer }, epochs: 2 },
      async (loop) => {
        for await (const epoch of loop.epochs()) await loop.epochEnd({ loss: 1 / (epoch + 1) })
      },
    )
    expect(readdirSync(dir)).toEqual(['learningCurves-0001.png', 'learningCurves-0002.png', 'learningCurves.gif'])
  })
})

describe('the files', () => {
  it.skipIf(backend !== 'tensorflow')('are read by TensorFlow, pixel by pixel', async () => {
    const colourful: Picture = {
      width: 64,
      height: 48,
      rgba: Uint8ClampedArray.from({ length: 4 * 64 * 48 }, (_, i) => (i % 4 === 3 ? 255 : (i >> 2) % 61)),
    }
    const many: Picture = {
      width: 64,
      height: 48,
      rgba: Uint8ClampedArray.from({ length: 4 * 64 * 48 }, (_, i) => (i % 4 === 3 ? 255 : (i * 2654435761) >>> 24)),
    }
    const png = join(dir, 'a.png')
    const gif = join(dir, 'a.gif')
    await writePicture(png, colourful)
    await writeFrame(gif, colourful, 0, 0.5)
    await writeFrame(gif, many, 1, 0.5)
    const { node } = tf as unknown as {
      node: Record<'decodePng' | 'decodeGif', (bytes: Uint8Array, channels?: number) => typeof x>
    }
    expect(Array.from(node.decodePng(readFileSync(png), 4).dataSync())).toEqual(Array.from(colourful.rgba))
    const frames = node.decodeGif(readFileSync(gif))
    expect(frames.shape).toEqual([2, 48, 64, 3])
    const rgb = (picture: Picture) => Array.from(picture.rgba).filter((_, i) => i % 4 !== 3)
    const pixels = Array.from(frames.dataSync())
    // up to 256 colours are kept; of more, each is near what it was
    expect(pixels.slice(0, 64 * 48 * 3)).toEqual(rgb(colourful))
    const off = rgb(many).map((value, i) => Math.abs(value - (pixels[64 * 48 * 3 + i] as number)))
    expect(Math.max(...off)).toBeLessThan(64)
    expect(off.reduce((a, b) => a + b) / off.length).toBeLessThan(12)
  })
})
