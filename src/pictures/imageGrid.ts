import * as v from 'valibot'
import type { Samples } from '../dsl/Picture.js'
import { positive, text as word } from '../dsl/Options.js'
import { canvas, fillRect, ink, red, type Canvas, type Colour } from './Canvas.js'
import { className, classesOf } from './classes.js'
import { only, present, type Drawing } from './Drawing.js'
import { fitted, lineHeight, text, titleWidth } from './font.js'

export const imageGridSchema = v.strictObject({
  count: v.optional(positive, 25),
  columns: v.optional(positive),
  scale: v.optional(positive),
  /** of an image, where the samples don't say: height, width, channels */
  shape: v.optional(
    v.pipe(v.array(positive), v.minLength(2, 'must be [height, width], or with channels'), v.maxLength(3)),
  ),
  labels: v.optional(v.array(word), []),
  input: v.optional(word),
  output: v.optional(word),
})

interface Layout {
  readonly height: number
  readonly width: number
  readonly channels: number
}

const layoutOf = (images: Samples, given: ReadonlyArray<number> | undefined): Layout => {
  const [height = 0, width = 0, channels = 1] = given ?? images.shape
  const size = images.rows[0]?.length ?? 0
  if (height * width * channels !== size || ![1, 3, 4].includes(channels))
    throw new Error(
      `samples of shape [${images.shape.join(', ')}] are no images of ${height} x ${width} with ${channels} channels: say how large they are as the option "shape": [height, width]`,
    )
  return { height, width, channels }
}

/** What is white: 1 where all is within 0 to 1, else 255. */
const brightest = ({ rows }: Samples): number => {
  for (const row of rows) for (let i = 0; i < row.length; i += 1) if ((row[i] as number) > 1) return 255
  return 1
}

const image = (
  on: Canvas,
  row: ArrayLike<number>,
  { height, width, channels }: Layout,
  x: number,
  y: number,
  scale: number,
  full: number,
): void => {
  for (let i = 0; i < height * width; i += 1) {
    const level = (channel: number): number =>
      (255 * (row[i * channels + Math.min(channel, channels - 1)] as number)) / full
    const colour: Colour = [level(0), level(1), level(2)]
    fillRect(on, x + (i % width) * scale, y + Math.floor(i / width) * scale, scale, scale, colour)
  }
}

/** The first images, each with what it was taken for and, in brackets, what it is; red where that is wrong. */
export const imageGrid = (options: v.InferOutput<typeof imageGridSchema>): Drawing => ({
  of: 'predictions',
  most: options.count,
  draw: ({ title, predictions }) => {
    const seen = present(predictions, 'predictions')
    const images = only('input', seen.inputs, options.input)
    const predicted = only('output', seen.predicted, options.output)
    const truth = classesOf(only('output', seen.truth, predicted.name), 'truth')
    const said = classesOf(predicted, 'prediction')
    const layout = layoutOf(images, options.shape)
    const scale = options.scale ?? Math.max(1, Math.floor(64 / layout.width))
    const columns = Math.min(options.columns ?? Math.ceil(Math.sqrt(truth.length)), truth.length)
    const captions = truth.map(
      (is, i) => `${className(said[i] as number, options.labels)} (${className(is, options.labels)})`,
    )
    const [wide, high] = [layout.width * scale, layout.height * scale]
    const [across, down] = [Math.max(wide, 36) + 8, high + lineHeight + 6]
    const caption = `${title}: predicted (true)`
    const top = lineHeight + 8
    const on = canvas(
      Math.max(columns * across + 8, titleWidth(caption) + 12),
      top + Math.ceil(truth.length / columns) * down + 4,
    )
    text(on, caption, 6, 5, ink)
    const full = brightest(images)
    truth.forEach((is, i) => {
      const [x, y] = [8 + (i % columns) * across, top + Math.floor(i / columns) * down]
      image(on, images.rows[i] as ArrayLike<number>, layout, x, y, scale, full)
      text(on, fitted(captions[i] as string, across - 2), x, y + high + 3, said[i] === is ? ink : red)
    })
    return on
  },
})
