import type * as tf from '@tensorflow/tfjs'
import type { Draw } from '../../dsl/Command.js'
import type { Picture, Predictions, Samples } from '../../dsl/Picture.js'
import { drawingName, drawingOf, mustBePicture } from '../../pictures/drawings.js'
import { tensorOf } from '../engine.js'
import { batchesOf } from './evaluateOn.js'

type Column = Samples & { readonly rows: Array<ArrayLike<number>> }

const columns = (names: ReadonlyArray<string>): ReadonlyArray<Column> =>
  names.map((name) => ({ name, shape: [], rows: [] }))

/** Takes a batch's numbers, a list a sample. */
const take = async (into: Array<Column>, i: number, tensor: tf.Tensor): Promise<void> => {
  const { name, rows } = into[i] as Column
  const values = await tensor.data()
  const [samples = 0, ...shape] = tensor.shape
  const size = samples === 0 ? 0 : values.length / samples
  into[i] = { name, shape, rows }
  for (let at = 0; at < samples; at += 1) rows.push(values.subarray(at * size, (at + 1) * size))
}

const predicted = async <A>(
  model: tf.LayersModel,
  inputs: Array<tf.Tensor>,
  size: number,
  look: (outputs: ReadonlyArray<tf.Tensor>) => Promise<A>,
): Promise<A> => {
  const said = model.predict(inputs, { batchSize: size })
  const outputs = Array.isArray(said) ? said : [said]
  try {
    return await look(outputs)
  } finally {
    for (const tensor of outputs) tensor.dispose()
  }
}

/** What a model says of data, as numbers; of `most` samples at most. */
const predictionsOn = async (
  model: tf.LayersModel,
  what: string,
  data: unknown,
  batchSize: number,
  epoch: number,
  most: number,
): Promise<Predictions> => {
  const inputs = [...columns(model.inputNames)]
  const [truth, said] = [[...columns(model.outputNames)], [...columns(model.outputNames)]]
  for await (const batch of batchesOf(what, model, data, Math.min(batchSize, most)).walk()) {
    for (const [i, tensor] of batch.inputs.entries()) await take(inputs, i, tensor)
    for (const [i, tensor] of batch.targets.entries()) await take(truth, i, tensor)
    await predicted(model, batch.inputs, batch.size, async (outputs) => {
      for (const [i, tensor] of outputs.entries()) await take(said, i, tensor)
    })
    if ((inputs[0]?.rows.length ?? 0) >= most) break
  }
  if ((inputs[0]?.rows.length ?? 0) === 0) throw new Error(`${what}: there are no samples to draw`)
  const cut = (list: ReadonlyArray<Column>): ReadonlyArray<Samples> =>
    list.map((column) => ({ ...column, rows: column.rows.slice(0, most) }))
  return { epoch, inputs: cut(inputs), truth: cut(truth), predicted: cut(said) }
}

/** What a model of one input says of samples of the drawing's own. */
const probe = async (
  model: tf.LayersModel,
  rows: ReadonlyArray<ReadonlyArray<number>>,
  { shape = [] }: Partial<Samples>,
): Promise<ReadonlyArray<Samples>> => {
  const said = [...columns(model.outputNames)]
  const input = tensorOf(Float32Array.from(rows.flat()), { dtype: 'float32', shape: [rows.length, ...shape] })
  try {
    await predicted(model, [input], rows.length, async (outputs) => {
      for (const [i, tensor] of outputs.entries()) await take(said, i, tensor)
    })
  } finally {
    input.dispose()
  }
  return said
}

/** Draws what was asked for: what needs no predictions needs no model. */
export const drawOn = async (
  model: tf.LayersModel | undefined,
  { drawing, draw, title, name, batchSize, curves }: Omit<Draw, 'source'>,
  data: () => unknown,
  epoch: number,
): Promise<Picture> => {
  const known = draw ? undefined : drawingOf('draw', drawing)
  if (known?.of === 'curves') return known.draw({ title, ...(curves && { curves }) })
  if (!model) throw new Error(`there is no model of layers here, whose predictions could be drawn`)
  const given = data()
  const predictions = await predictionsOn(
    model,
    `data '${name ?? ''}'`,
    given,
    batchSize,
    epoch,
    known?.most ?? Infinity,
  )
  if (!known) return mustBePicture(`what '${drawingName(drawing)}' gives`, await draw?.(predictions, given))
  const rows = known.probe?.(predictions)
  const probed = rows && (await probe(model, rows, predictions.inputs[0] ?? {}))
  return known.draw({ title, predictions, ...(probed && { probed }) })
}
