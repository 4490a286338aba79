import type * as tf from '@tensorflow/tfjs'
import { broughtBy } from '../../builtins/internal/broughtData.js'
import type { CompareTexts } from '../../dsl/Command.js'
import { partsOfKind, type Spec } from '../../dsl/Spec.js'
import type { TextPair } from '../../dsl/Text.js'
import type { Logs } from '../../dsl/TrainingEvent.js'
import { characterErrorRate } from '../../metrics/characterErrorRate.js'
import { wordErrorRate } from '../../metrics/wordErrorRate.js'
import { isTensor, type Tensors } from '../batches.js'

/** Inputs and the texts that belong to them: tensors with a row a text, or a list of anything. */
export interface TextData {
  readonly x: Tensors | ReadonlyArray<unknown>
  readonly texts: ReadonlyArray<string>
}

/** What was measured of texts, and the first of them. */
export interface ComparedTexts {
  readonly logs: Logs
  readonly texts: ReadonlyArray<TextPair>
}

const isRecord = (x: unknown): x is Readonly<Record<string, unknown>> => typeof x === 'object' && x !== null

/** Some rows of inputs, of the same kind; whoever gets tensors disposes of them. */
const rowsOf = (
  what: string,
  x: unknown,
  start: number,
  size: number,
): { readonly part: unknown; readonly made: ReadonlyArray<tf.Tensor> } => {
  if (isTensor(x)) {
    const part = x.slice(start, size)
    return { part, made: [part] }
  }
  if (Array.isArray(x) && !(x.length > 0 && x.every(isTensor))) return { part: x.slice(start, start + size), made: [] }
  if (isRecord(x)) {
    const parts = Object.entries(x).map(([name, inner]) => [name, rowsOf(what, inner, start, size)] as const)
    const part = Object.fromEntries(parts.map(([name, rows]) => [name, rows.part]))
    return { part: Array.isArray(x) ? Object.values(part) : part, made: parts.flatMap(([, rows]) => rows.made) }
  }
  throw new TypeError(`${what}.x must be tensors, with a row a text, or a list`)
}

/** How many rows inputs have. */
const countOf = (x: unknown): number => {
  if (isTensor(x)) return x.shape[0]
  if (Array.isArray(x) && !(x.length > 0 && x.every(isTensor))) return x.length
  return isRecord(x) ? Math.min(...Object.values(x).map(countOf)) : 0
}

const textData = (what: string, data: unknown): TextData => {
  const { x, texts } = (data ?? {}) as Partial<TextData>
  if (x === undefined || !Array.isArray(texts) || !texts.every((text) => typeof text === 'string'))
    throw new TypeError(`${what} must be { x, texts }: inputs, and the true texts as a list of strings`)
  if (texts.length === 0) throw new TypeError(`${what}: there are no texts`)
  if (countOf(x) !== texts.length)
    throw new TypeError(`${what}: there are ${texts.length} texts, and inputs of ${countOf(x)}`)
  return { x, texts }
}

/** Refuses data that texts can't be compared on, before anything trains. */
export const checkTexts = (spec: Spec, data: (name: string) => unknown): void => {
  for (const part of partsOfKind(spec, 'textComparison')) {
    for (const name of [part.options?.['data']].flat())
      if (typeof name === 'string') textData(`data '${name}'`, broughtBy(part, name, data))
  }
}

/** Lets a decoder write, some rows at a time, and measures how far that is from what is true. */
export const compareTexts = async (
  model: tf.LayersModel | undefined,
  { name, prefix, decoder, decode, batchSize, show }: Omit<CompareTexts, 'source'>,
  given: unknown,
  epoch: number,
): Promise<ComparedTexts> => {
  if (!decode) throw new Error(`there is no decoder '${decoder}': it is a function, which a file can't hold`)
  const what = `data '${name}'`
  const { x, texts } = textData(what, given)
  const said: Array<string> = []
  for (let start = 0; start < texts.length; start += batchSize) {
    const truth = texts.slice(start, start + batchSize)
    const { part, made } = rowsOf(what, x, start, truth.length)
    try {
      const written: unknown = await decode({ model, x: part, texts: truth, epoch })
      if (
        !Array.isArray(written) ||
        written.length !== truth.length ||
        !written.every((text) => typeof text === 'string')
      )
        throw new TypeError(
          `what the decoder '${decoder}' gives must be ${truth.length} texts, got ${Array.isArray(written) ? written.length : typeof written}`,
        )
      said.push(...(written as ReadonlyArray<string>))
    } finally {
      for (const tensor of made) tensor.dispose()
    }
  }
  return {
    logs: { [`${prefix}cer`]: characterErrorRate(texts, said), [`${prefix}wer`]: wordErrorRate(texts, said) },
    texts: texts.slice(0, show).map((truth, i) => ({ truth, said: said[i] as string })),
  }
}
