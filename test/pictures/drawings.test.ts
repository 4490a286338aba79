import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Picture, Predictions, Samples } from 'rxfit'
import { visualize } from 'rxfit'
import { commands } from 'rxfit/testing'
import { drawingOf, mustBePicture } from '../../src/pictures/drawings.js'
import { gifFrame, gifFrames, gifHeader, gifSize } from '../../src/pictures/gif.js'
import { canvas, colourOf, red } from '../../src/pictures/Canvas.js'
import { text, textWidth } from '../../src/pictures/font.js'
import { decodeGif } from './decodeGif.js'

const samples = (
  name: string,
  rows: ReadonlyArray<ReadonlyArray<number>>,
  shape = [rows[0]?.length ?? 0],
): Samples => ({
  name,
  shape,
  rows,
})
const seen = (
  inputs: ReadonlyArray<ReadonlyArray<number>>,
  truth: ReadonlyArray<ReadonlyArray<number>>,
  predicted: ReadonlyArray<ReadonlyArray<number>>,
  shape?: Array<number>,
): Predictions => ({
  epoch: 0,
  inputs: [samples('x', inputs, shape)],
  truth: [samples('out', truth)],
  predicted: [samples('out', predicted)],
})

const pixel = ({ width, rgba }: Picture, x: number, y: number): ReadonlyArray<number> =>
  Array.from(rgba.subarray(4 * (y * width + x), 4 * (y * width + x) + 3))
const count = (picture: Picture, colour: ReadonlyArray<number>): number => {
  let found = 0
  for (let y = 0; y < picture.height; y += 1)
    for (let x = 0; x < picture.width; x += 1) if (pixel(picture, x, y).join() === colour.join()) found += 1
  return found
}

describe('imageGrid', () => {
  const images = [
    [0, 1, 1, 0],
    [1, 1, 0, 0],
  ]
  const draw = (predicted: ReadonlyArray<ReadonlyArray<number>>, options: Readonly<Record<string, unknown>> = {}) =>
    drawingOf('draw', { imageGrid: { scale: 10, ...options } }).draw({
      title: 'epoch 1',
      predictions: seen(images, [[1], [0]], predicted, [2, 2]),
    })

  it('shows the images as they are, side by side', () => {
    const picture = draw([[0.9], [0.1]])
    // the first image's corner is at 8, 18; its pixels are 10 wide
    expect([8, 18].map((x) => pixel(picture, x, 18))).toEqual([
      [0, 0, 0],
      [255, 255, 255],
    ])
    expect([8, 18].map((x) => pixel(picture, x, 28))).toEqual([
      [255, 255, 255],
      [0, 0, 0],
    ])
  })
  it('writes what was taken for something else in red', () => {
    expect(count(draw([[0.9], [0.1]]), red)).toBe(0)
    const wrong = draw([[0.9], [0.8]])
    expect(count(wrong, red)).toBeGreaterThan(10)
    // the second caption, not the first
    expect(count(cropped(wrong, 0, 52), red)).toBe(0)
  })
  it('takes colours, names, and samples that are flat', () => {
    const flat = drawingOf('draw', { imageGrid: { shape: [1, 1, 3], scale: 4, labels: ['cat', 'dog'] } }).draw({
      title: '',
      predictions: seen([[255, 0, 10]], [[1, 0]], [[0.9, 0.1]], [3]),
    })
    expect(pixel(flat, 9, 19)).toEqual([255, 0, 10])
    expect(() => draw([[1], [1]], { shape: [3, 3] })).toThrow(/no images of 3 x 3 .* "shape"/)
  })
})

const cropped = (picture: Picture, from: number, to: number): Picture => ({
  width: to - from,
  height: picture.height,
  rgba: Uint8Array.from(
    Array.from({ length: picture.height }, (_, y) =>
      Array.from(picture.rgba.subarray(4 * (y * picture.width + from), 4 * (y * picture.width + to))),
    ).flat(),
  ),
})

describe('confusionMatrix', () => {
  it('is darker the larger the share of its row', () => {
    const rows = [
      [1, 0],
      [1, 0],
      [0, 1],
      [0, 1],
    ]
    const picture = drawingOf('draw', 'confusionMatrix').draw({
      title: 'epoch 1',
      predictions: seen(rows, rows, [
        [1, 0],
        [1, 0],
        [1, 0],
        [0, 1],
      ]),
    })
    // all of class 0 is right: the full colour, in the first cell and nowhere else
    expect(count(picture, colourOf(0))).toBeGreaterThan(300)
    expect(count(picture, colourOf(0))).toBeLessThan(22 * 22)
  })
})

describe('decisionBoundary', () => {
  it('asks for the plane and colours it as the model would', () => {
    const drawing = drawingOf('draw', { decisionBoundary: { resolution: 10, width: 200, height: 200 } })
    const predictions = seen(
      [
        [-1, -1],
        [1, 1],
      ],
      [[0], [1]],
      [[0.1], [0.9]],
    )
    const plane = drawing.probe?.(predictions) ?? []
    expect(plane).toHaveLength(100)
    const picture = drawing.draw({
      title: '',
      predictions,
      probed: [
        samples(
          'out',
          plane.map(([x = 0]) => [x > 0 ? 1 : 0]),
        ),
      ],
    })
    const left = pixel(picture, 60, 60)
    const right = pixel(picture, 150, 60)
    // bluer at the left, redder at the right
    expect(left[2]).toBeGreaterThan(left[0] as number)
    expect(right[0]).toBeGreaterThan(right[2] as number)
    expect(() => drawing.probe?.(seen([[1]], [[1]], [[1]]))).toThrow("two numbers a sample; 'x' has 1")
  })
})

describe('classes', () => {
  const drawn = (
    name: string,
    truth: ReadonlyArray<number>,
    predicted: ReadonlyArray<number>,
    shape?: Array<number>,
  ) => {
    const inputs = truth.map((_, i) => [i, i])
    const predictions = seen(
      inputs,
      truth.map((label) => [label]),
      predicted.map((p) => [p]),
    )
    const drawing = drawingOf('draw', name)
    const probed = drawing.probe?.(predictions)?.map(() => [0.5]) ?? []
    return () =>
      drawing.draw({
        title: '',
        predictions: shape ? { ...predictions, truth: [samples('out', [[1, 0]], shape)] } : predictions,
        probed: [samples('out', probed)],
      })
  }
  it.each(['confusionMatrix', 'decisionBoundary'])('are whole numbers from 0, or nothing is drawn: %s', (name) => {
    expect(drawn(name, [-1, 1], [0.1, 0.9])).toThrow("'out': truth -1 is no class; a class is a whole number from 0")
    expect(drawn(name, [NaN, 1], [0.1, 0.9])).toThrow("'out': truth NaN is no class")
    expect(drawn(name, [0, 1], [0.1, 0.9], [2, 1])).toThrow('truth of shape [2, 1] is more than one class a sample')
    expect(drawn(name, [0.05, 0.95], [0.1, 0.9])().width).toBeGreaterThan(0)
  })
  it('are said by no model that has diverged', () => {
    expect(drawn('confusionMatrix', [0, 1], [NaN, NaN])).toThrow("'out': prediction NaN is no class")
  })
  it('are not as many as amounts are large', () => {
    expect(drawn('confusionMatrix', [1e9, 1], [0.1, 0.9])).toThrow('at most 150 classes')
  })
  it('make no picture that is too large for memory', () => {
    expect(() => canvas(28_000, 28_000)).toThrow('28000 x 28000 is too large')
  })
})

describe('regressionFit', () => {
  it('draws the curve of one input, and of more what is said over what is true', () => {
    const drawing = drawingOf('draw', 'regressionFit')
    const one = seen([[0], [1]], [[0], [1]], [[0], [1]])
    const asked = drawing.probe?.(one) ?? []
    const picture = drawing.draw({
      title: '',
      predictions: one,
      probed: [
        samples(
          'out',
          asked.map(([x = 0]) => [x]),
        ),
      ],
    })
    expect(count(picture, colourOf(0))).toBeGreaterThan(300)
    const two = seen(
      [
        [0, 1],
        [1, 0],
      ],
      [[0], [1]],
      [[0.5], [NaN]],
    )
    expect(drawing.probe?.(two)).toBeUndefined()
    expect(count(drawing.draw({ title: '', predictions: two }), colourOf(0))).toBe(0)
  })
})

describe('learningCurves', () => {
  const draw = (values: Readonly<Record<string, ReadonlyArray<number | null>>>, options = {}) =>
    drawingOf('draw', { learningCurves: options }).draw({
      title: 'epoch 4',
      curves: { epochs: [0, 1, 2, 3], values },
    })
  it('leaves a gap where nothing was measured', () => {
    const whole = count(draw({ loss: [4, 3, 2, 1] }), colourOf(0))
    const torn = count(draw({ loss: [4, null, null, 1] }), colourOf(0))
    expect(torn).toBeGreaterThan(20)
    expect(torn).toBeLessThan(whole / 4)
  })
  it('draws the losses alone, unless metrics are named', () => {
    const values = { loss: [4, 3, 2, 1], acc: [0, 0.5, 0.5, 1], val_loss: [4, 4, 4, 4] }
    expect(count(draw(values), colourOf(2))).toBe(0)
    expect(count(draw(values, { metrics: ['loss', 'acc', 'val_loss'] }), colourOf(2))).toBeGreaterThan(100)
  })
  it('has a picture for any numbers', () => {
    const value = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }))
    fc.assert(
      fc.property(fc.array(value, { minLength: 4, maxLength: 4 }), fc.boolean(), (loss, log) => {
        expect(mustBePicture('it', draw({ loss }, { log })).width).toBe(480)
      }),
      { numRuns: 60 },
    )
  })
})

describe('letters', () => {
  it('are all different, and none but the blank is empty', () => {
    const letters = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))
    const drawn = letters.map((letter) => {
      const on = canvas(5, 8)
      text(on, letter, 0, 0, [0, 0, 0])
      return on.rgba.join()
    })
    expect(new Set(drawn).size).toBe(95)
    expect(textWidth('ab')).toBe(11)
  })
})

describe('requests', () => {
  it('are checked before anything is drawn', () => {
    const wrong = (draw: unknown) => () => visualize({ data: 'd', draw: draw as string })
    expect(wrong('imageGird')).toThrow("visualize.draw: unknown drawing 'imageGird' (did you mean 'imageGrid'?)")
    expect(wrong({ imageGrid: { colums: 3 } })).toThrow(
      "visualize.draw.imageGrid.colums: unknown option (did you mean 'columns'?)",
    )
    expect(wrong({})).toThrow('must have one key')
    expect(wrong(3)).toThrow('visualize.draw')
    expect(() => visualize({ draw: 'confusionMatrix' })).toThrow('visualize.data: must name the data')
    expect(() => visualize({ draw: 'learningCurves', data: 'd' })).toThrow('is drawn of the run')
    expect(() => mustBePicture('what f gives', { width: 2, height: 2, rgba: new Uint8Array(3) })).toThrow(
      'what f gives must be a picture, { width, height, rgba: Uint8Array of 4 * width * height }, got 2 x 2 with 3 numbers',
    )
  })
  it('write no file elsewhere, whatever data are called', () => {
    const policy = visualize({ data: '../../etc/x y', draw: 'confusionMatrix' })
    const [command] = commands(policy, [{}])
    expect((command as { path: string }).path).toBe('pictures/_etc_x_y-confusionMatrix-0001.png')
    expect(policy.spec.options?.['data']).toEqual(['../../etc/x y'])
  })
})

describe('GIF', () => {
  const picture = fc
    .record({
      width: fc.integer({ min: 1, max: 40 }),
      height: fc.integer({ min: 1, max: 40 }),
      colours: fc.constantFrom(1, 2, 3, 17, 256, 4096),
      seed: fc.nat(999),
    })
    .map(({ width, height, colours, seed }): Picture => {
      const rgba = new Uint8Array(4 * width * height).fill(255)
      for (let i = 0; i < width * height; i += 1) {
        const colour = (Math.imul(i + seed, 2654435761) >>> 8) % colours
        rgba.set([colour & 255, colour >> 4, (colour * 7) & 255], 4 * i)
      }
      return { width, height, rgba }
    })
  const distinct = ({ rgba }: Picture): number =>
    new Set(Array.from({ length: rgba.length / 4 }, (_, i) => rgba.subarray(4 * i, 4 * i + 3).join())).size

  it('keeps pictures of up to 256 colours as they are', () => {
    fc.assert(
      fc.property(fc.array(picture, { minLength: 1, maxLength: 3 }), (pictures) => {
        const frames = pictures.map((one) => gifFrame(one, 0.1))
        const [first] = pictures as [Picture]
        const file = Uint8Array.from([...gifHeader(first), ...frames.flatMap((frame) => [...frame]), 0x3b])
        expect(gifSize(file)).toEqual({ width: first.width, height: first.height })
        expect(gifFrames(file)).toHaveLength(frames.length + 1)
        decodeGif(file).forEach((decoded, i) => {
          const one = pictures[i] as Picture
          if (distinct(one) <= 256) expect(decoded).toEqual(Array.from(one.rgba).filter((_, at) => at % 4 !== 3))
          else expect(decoded).toHaveLength(3 * one.width * one.height)
        })
      }),
      { numRuns: 80 },
    )
  })
  it('counts no frame that was cut off', () => {
    const one: Picture = { width: 9, height: 9, rgba: new Uint8Array(4 * 81).fill(200) }
    const file = Uint8Array.from([...gifHeader(one), ...gifFrame(one, 1), ...gifFrame(one, 1), 0x3b])
    const [, second, end] = gifFrames(file) as [number, number, number]
    for (let length = second; length < end; length += 1) expect(gifFrames(file.subarray(0, length))).toHaveLength(2)
    expect(gifSize(file.subarray(0, 20))).toBeUndefined()
  })
})
