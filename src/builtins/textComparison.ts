import * as v from 'valibot'
import { appendRow, none, writeText, type Command, type CompareTexts } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { func, mustBeOptions, OptionError, parse, positive, text } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import { functionRef } from '../dsl/Spec.js'
import type { Decode, TextPair } from '../dsl/Text.js'
import type { Evaluated, TrainingEvent } from '../dsl/TrainingEvent.js'
import { editDistance } from '../metrics/editDistance.js'
import { bringing } from './internal/broughtData.js'
import { dataNames, prefixed, refuseUnnamed, sourcesOf, type NamedData } from './internal/namedData.js'

export interface TextComparisonOptions<Model = unknown, X = unknown> {
  /**
   * the name of data that `fit` is given, several, or the data by name, each `{ x, texts }`: inputs (tensors with a row a text, or a
   * list of anything) and the true texts
   */
  readonly data: NamedData
  /** from the model, some of the inputs and, for teacher forcing, their true texts to a text each; may be async */
  readonly decode: Decode<Model, X>
  /** epochs from one comparison to the next, from 1. Default 1 */
  readonly every?: number
  /** what the numbers' names begin with; `{name}`, which several data need, is that of the data. Default '{name}_' */
  readonly prefix?: string
  /** texts in the table, from 1: the first. All are measured. Default 10 */
  readonly show?: number
  /** texts that the decoder gets at a time, from 1. Default 32 */
  readonly batchSize?: number
  /** a folder of event files: the table goes to TensorBoard's text tab */
  readonly logDir?: string
  /** its tag there; `{name}` is that of the data. Default '{name}/' and the decoder's name */
  readonly tag?: string
  /** a markdown file that gets the table of each time */
  readonly path?: string
}

const schema = v.strictObject({
  data: dataNames,
  decode: func,
  every: v.optional(positive, 1),
  prefix: v.optional(v.string(), '{name}_'),
  show: v.optional(positive, 10),
  batchSize: v.optional(positive, 32),
  logDir: v.optional(text),
  tag: v.optional(text),
  path: v.optional(text),
})

const by = 'textComparison'

/** Text in a cell of a table: nothing in it is markdown, and it is one line. */
const cell = (content: string): string =>
  content
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/[\\`*_[\]|~]/g, (character) => `\\${character}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')

const table = (title: string, texts: ReadonlyArray<TextPair>): string =>
  [
    title,
    '',
    '| truth | said | edits |',
    '|---|---|---|',
    ...texts.map(({ truth, said }) => `| ${cell(truth)} | ${cell(said)} | ${editDistance(truth, said)} |`),
    '',
  ].join('\n')

const rate = (x: number | undefined): string => (x === undefined || Number.isNaN(x) ? 'undefined' : x.toFixed(4))

/**
 * Lets the model write texts while it trains, and compares them with the true ones: character and word error rates over all (edits as a
 * share of the true length, `holdout_cer` and `holdout_wer` in the logs of the epoch's end, so that every other policy may monitor
 * them), and the first texts side by side as a table in markdown, for TensorBoard's text tab (`logDir`), a file (`path`), or both.
 *
 * How a text is made is the decoder's business: greedily, by a beam, or forced by the teacher, which is the same with the true texts.
 * Two decoders are two policies, each with a `prefix` of its own. The record keeps the texts that are shown. Sonosco's text
 * comparison callbacks.
 * @category builtins
 * @throws OptionError for unknown options and values that don't hold
 * @example
 * import * as tf from '@tensorflow/tfjs'
 * import { textComparison } from 'rxfit'
 * import { fit } from 'rxfit/tfjs'
 * const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] })
 * model.compile({ loss: 'meanSquaredError', optimizer: 'sgd' })
 * const shout = ({ x }: { x: ReadonlyArray<string> }) => x.map((word) => word.toUpperCase())
 * const { history } = await fit(model, tf.ones([2, 1]), tf.ones([2, 1]), {
 *   epochs: 1,
 *   callbacks: textComparison({ data: 'words', decode: shout }),
 *   data: { words: { x: ['ab', 'cd'], texts: ['AB', 'CE'] } },
 * })
 * history.words_cer // => [0.25]
 */
export const textComparison = <Model = unknown, X = unknown>(
  options: TextComparisonOptions<Model, X>,
): Policy<never> => {
  mustBeOptions(by, options)
  refuseUnnamed(by, options)
  const { data, every, prefix, show, batchSize, logDir, tag, path } = parse(by, schema, options)
  const sources = sourcesOf(by, data)
  const own = sources.map(({ name }) => prefixed(prefix, name))
  if (new Set(own).size < own.length)
    throw new OptionError([
      { path: `${by}.prefix`, message: "several data need names of their own; put {name} into it, as in '{name}_'" },
    ])
  const { data: _, ...written } = options
  const decode = options.decode as Decode
  const decoder = decode.name || 'decode'
  const commands = sources.map(({ name, source }, i): CompareTexts => ({
    by,
    _tag: 'CompareTexts',
    name,
    prefix: own[i] as string,
    decoder,
    show,
    batchSize,
    ...(source && { source }),
    decode,
  }))

  const told = ({ name, epoch, logs, texts = [] }: Evaluated, begun: boolean): ReadonlyArray<Command> => {
    const of = prefixed(prefix, name)
    const [cer, wer] = [logs[`${of}cer`], logs[`${of}wer`]]
    const content = table(`**epoch ${epoch + 1}**, ${cell(name)}: CER ${rate(cer)}, WER ${rate(wer)}`, texts)
    const label = tag?.replaceAll('{name}', name) ?? `${name}/${decoder}`
    return [
      ...(logDir === undefined ? [] : [{ by, ...writeText(logDir, label, content, epoch) }]),
      ...(path === undefined ? [] : [{ by, ...appendRow(path, `${content}\n`, begun ? {} : { truncate: true }) }]),
    ]
  }
  /** News of our own measuring: others may have measured the same data. */
  const isOurs = ({ name, logs }: Evaluated): boolean =>
    sources.some((source) => source.name === name) && Object.hasOwn(logs, `${prefixed(prefix, name)}cer`)

  const shows = logDir !== undefined || path !== undefined
  return make<never>(
    Machine.make(
      bringing(
        {
          kind: by,
          options: {
            ...written,
            // data can't be written down: whoever reads this gives them to fit by name
            data: sources.map(({ name }) => name),
            decode: functionRef(decode),
          },
          provides: own.flatMap((each) => [`${each}cer`, `${each}wer`]),
          events: ['Evaluating', ...(shows ? (['Evaluated'] as const) : [])],
          ignoresRate: true,
        },
        sources,
      ),
      // whether the file has been begun
      false,
      (begun, event: TrainingEvent<never>): readonly [ReadonlyArray<Command>, boolean] => {
        if (event._tag === 'Evaluating') return [(event.epoch + 1) % every === 0 ? commands : none, begun]
        if (event._tag === 'Evaluated' && isOurs(event)) return [told(event, begun), true]
        return [none, begun]
      },
    ),
  )
}
