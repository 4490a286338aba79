import * as v from 'valibot'
import type { Command, CommandTag } from '../../dsl/Command.js'
import { decodeNumber, type JsonNumber } from '../../dsl/Json.js'
import { nearest } from '../../dsl/nearest.js'
import {
  above,
  atLeast,
  check,
  count,
  flag,
  oneOf,
  OptionError,
  positive,
  text,
  whole,
  within,
  type OptionsSchema,
  type Problem,
} from '../../dsl/Options.js'
import { shown } from '../../operators/internal/parts.js'

const provenance = {
  by: v.optional(v.string()),
  why: v.optional(v.record(v.string(), v.nullable(v.union([v.number(), v.string(), v.boolean()])))),
}
const fields = <E extends v.ObjectEntries>(entries: E) => v.strictObject({ ...entries, ...provenance })

/** A number that may be spelled out, as `encodeJson` does. */
const measured = v.pipe(
  v.union([v.number(), v.picklist(['NaN', 'Infinity', '-Infinity'])]),
  v.transform((x: JsonNumber) => decodeNumber(x)),
)

/** Where a summary goes. */
const summary = { path: text, tag: text, step: whole }

/** Commands that can't be asked for in JSON, and why. */
const code = {
  Run: "holds a function, which JSON can't hold",
  CompareTexts: "holds a decoder, a function, which JSON can't hold",
  SyncDirectory: 'runs a program, which JSON from elsewhere must not',
} as const

/** The fields of each command; those that its constructor fills in may be left out. */
const schemas: Readonly<Record<Exclude<CommandTag, keyof typeof code>, OptionsSchema>> = {
  StopTraining: fields({ reason: v.optional(v.string(), 'asked to stop'), pause: v.optional(v.literal(true)) }),
  SetLearningRate: fields({ value: atLeast(0) }),
  ScaleLearningRate: fields({
    factor: atLeast(0),
    min: v.optional(atLeast(0), 0),
    float32: v.optional(v.literal(true)),
  }),
  SaveModel: fields({
    path: text,
    what: v.optional(oneOf('model', 'weights', 'checkpoint'), 'model'),
    sameAs: v.optional(text),
  }),
  BackUp: fields({ dir: text }),
  DeleteModel: fields({ path: text }),
  SnapshotWeights: fields({ slot: v.optional(text, 'best') }),
  RestoreWeights: fields({ slot: v.optional(text, 'best'), epoch: v.optional(v.nullable(count), null) }),
  AverageWeights: fields({ slot: text, share: within(0, 1), buffers: v.optional(flag, false) }),
  TrackAverage: fields({
    slot: text,
    decay: within(0, 1),
    every: v.optional(positive, 1),
    buffers: v.optional(flag, false),
    overwriteEvery: v.optional(v.nullable(positive), null),
  }),
  SwapWeights: fields({ slot: text }),
  AccumulateGradients: fields({ batches: positive, remainder: v.optional(oneOf('mean', 'share'), 'mean') }),
  SetGradientClipping: fields({ mode: oneOf('norm', 'value', 'global'), limit: v.nullable(above(0)) }),
  TrackGradientNorms: fields({
    name: text,
    every: v.optional(positive, 1),
    per: v.optional(oneOf('global', 'layer', 'weight'), 'global'),
    clipped: v.optional(flag, false),
  }),
  ReportGradientNorms: fields({ name: text }),
  KeepGradients: fields({}),
  FreezeLayers: fields({ layers: v.array(text) }),
  UnfreezeLayers: fields({ layers: v.array(text) }),
  HttpPost: fields({ url: text, body: v.string(), headers: v.optional(v.record(v.string(), v.string()), {}) }),
  Evaluate: fields({
    name: text,
    prefix: v.string(),
    metrics: v.optional(v.array(v.union([text, v.record(v.string(), v.record(v.string(), v.any()))])), []),
    batchSize: v.optional(positive, 32),
    prCurves: v.optional(v.strictObject(summary)),
  }),
  Draw: fields({
    drawing: v.union([text, v.record(v.string(), v.record(v.string(), v.any()))]),
    title: v.optional(v.string(), ''),
    name: v.optional(v.nullable(text), null),
    batchSize: v.optional(positive, 32),
    path: v.optional(text),
    gif: v.optional(v.strictObject({ path: text, frame: count, seconds: above(0) })),
    board: v.optional(v.strictObject({ path: text, tag: text, step: whole })),
    curves: v.optional(
      v.strictObject({
        epochs: v.array(count),
        values: v.record(v.string(), v.array(v.nullable(v.number()))),
      }),
    ),
  }),
  AppendRow: fields({ path: text, row: v.string(), header: v.optional(v.string()), truncate: v.optional(flag) }),
  Remember: fields({
    name: text,
    epoch: count,
    batch: v.optional(count),
    logs: v.record(v.string(), measured),
    lr: measured,
  }),
  Log: fields({ level: v.optional(oneOf('info', 'warning'), 'info'), message: v.string() }),
  Progress: fields({ line: v.string(), done: flag }),
  WriteScalar: fields({ ...summary, value: measured }),
  WriteHistogram: fields({ ...summary, of: v.union([oneOf('weights', 'gradients'), v.array(measured)]) }),
  WriteImage: fields({ ...summary, of: v.union([v.literal('weights'), v.strictObject({ png: text })]) }),
  WriteText: fields({ ...summary, text: v.string() }),
  WriteGraph: fields({ path: text, tag: v.optional(text, 'keras') }),
  WriteHParams: fields({
    path: text,
    hparams: v.record(v.string(), v.union([v.number(), v.string(), v.boolean()])),
    metrics: v.optional(v.array(v.strictObject({ tag: text, group: v.optional(v.string(), '') })), []),
  }),
  WriteHParamsEnd: fields({ path: text, status: v.optional(oneOf('success', 'failure'), 'success') }),
  WriteEmbeddings: fields({ path: text, metadata: v.optional(v.union([text, v.record(v.string(), text)])) }),
  StartProfile: fields({}),
  WriteProfile: fields(summary),
}

/** Every command that can stand in JSON. */
export const commandTags: ReadonlyArray<string> = Object.keys(schemas)

const isObject = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && !Array.isArray(x)

/** Why that is no command; or the command, with what its constructor fills in. */
const read = (given: unknown, path: string, own: ReadonlyArray<string>): Command | ReadonlyArray<Problem> => {
  if (!isObject(given) || typeof given['_tag'] !== 'string')
    return [{ path, message: `must be a command with a "_tag", got ${shown(given)}` }]
  const { _tag: tag, ...rest } = given
  if (Object.hasOwn(code, tag))
    return [
      {
        path,
        message: `a ${tag} ${code[tag as keyof typeof code]}; build this part in code`,
      },
    ]
  if (Object.hasOwn(schemas, tag)) {
    const checked = check(path, schemas[tag as keyof typeof schemas], rest)
    return checked.ok ? ({ ...given, ...checked.options } as unknown as Command) : checked.problems
  }
  if (own.includes(tag)) return given as unknown as Command
  const guess = nearest(tag, [...commandTags, ...own])
  const hint = guess
    ? `did you mean '${guess}'?`
    : `a command of your own has to be named: fromSpec(json, functions, { commands: [${shown(tag)}] })`
  return [{ path: `${path}._tag`, message: `unknown command ${shown(tag)} (${hint})` }]
}

/** The commands in JSON, one or a list; `own` are tags of the user's own. Throws what is wrong with any of them. */
export const readCommands = (given: unknown, path: string, own: ReadonlyArray<string>): ReadonlyArray<Command> => {
  const results = Array.isArray(given)
    ? given.map((command: unknown, i) => read(command, `${path}[${i}]`, own))
    : [read(given, path, own)]
  const problems = results.flatMap((result) => ('_tag' in result ? [] : result))
  if (problems.length > 0) throw new OptionError(problems)
  return results as ReadonlyArray<Command>
}
