import { experiment, sessionEnd, sessionStart, type HParams, type SessionStatus } from './hparams.js'
import { bucketsOf } from './histogram.js'
import { prRows } from './prCurve.js'
import { bytes, int, message, text } from './protobuf.js'
import { doubleTensor, floatTensor, stringTensor } from './tensor.js'

/**
 * Values of a Summary message, each with its tag, as TensorFlow 2 and TensorBoard's own writers make them: a tensor, and metadata
 * that names the plugin which shows it.
 */
export interface Summary {
  readonly tag: string
  /** a Summary.Value, without its tag */
  readonly fields: ReadonlyArray<Uint8Array>
}

/** What kind of data a tensor is, by which TensorBoard thins it out. */
const classes = { unknown: 0, scalar: 1, tensor: 2, blobs: 3 } as const

const utf8 = new TextEncoder()
const nothing = new Uint8Array(0)

const metadata = (plugin: string, kind: keyof typeof classes, content: Uint8Array = nothing): Uint8Array =>
  message(9, message(1, text(1, plugin), ...(content.length > 0 ? [bytes(2, content)] : [])), int(4, classes[kind]))

/** A field of Summary.Value. */
const tensorField = 8

export const scalar = (tag: string, value: number): Summary => ({
  tag,
  fields: [floatTensor(tensorField, [], [value]), metadata('scalars', 'scalar')],
})

export const histogram = (tag: string, values: ArrayLike<number>, buckets = 30): Summary => {
  const rows = bucketsOf(values, buckets)
  return { tag, fields: [doubleTensor(tensorField, [rows.length, 3], rows.flat()), metadata('histograms', 'tensor')] }
}

/** Encoded images of one size (PNG, or whatever a browser shows). */
export const image = (tag: string, images: ReadonlyArray<Uint8Array>, width: number, height: number): Summary => ({
  tag,
  fields: [
    stringTensor(
      tensorField,
      [2 + images.length],
      [utf8.encode(String(width)), utf8.encode(String(height)), ...images],
    ),
    metadata('images', 'blobs'),
  ],
})

/** Markdown. */
export const markdown = (tag: string, content: string): Summary => ({
  tag,
  fields: [stringTensor(tensorField, [], [utf8.encode(content)]), metadata('text', 'tensor')],
})

export const prCurve = (tag: string, yTrue: ArrayLike<number>, yProb: ArrayLike<number>, thresholds = 201): Summary => {
  const rows = prRows(yTrue, yProb, thresholds)
  const values = Float64Array.from(rows.flatMap((row) => [...row]))
  return {
    tag,
    fields: [
      floatTensor(tensorField, [rows.length, thresholds], values),
      metadata('pr_curves', 'tensor', int(2, thresholds)),
    ],
  }
}

/** A Keras model's JSON, which TensorBoard draws as a graph of layers. */
export const kerasModel = (tag: string, json: string): Summary => ({
  tag,
  fields: [
    stringTensor(tensorField, [], [utf8.encode(json)]),
    metadata('graph_keras_model', 'blobs', utf8.encode('1')),
  ],
})

const hparamsSummary = (tag: string, data: Uint8Array): Summary => ({
  tag: `_hparams_/${tag}`,
  fields: [floatTensor(tensorField, [0], []), metadata('hparams', 'tensor', data)],
})

/** A run's hyperparameters: what there is, and what this run has. */
export const hparamsSummaries = (hparams: HParams, seconds: number): ReadonlyArray<Summary> => [
  hparamsSummary('experiment', experiment(hparams, seconds)),
  hparamsSummary('session_start_info', sessionStart(hparams, seconds)),
]

/** A run's end, for the table of hyperparameters. */
export const hparamsEnd = (status: SessionStatus, seconds: number): Summary =>
  hparamsSummary('session_end_info', sessionEnd(status, seconds))
