import type { Json, JsonObject } from './Json.js'
import type { Tag } from './TrainingEvent.js'

/**
 * What a machine is, as JSON: printed by `explain`, written into records, read back by `fromSpec`. Two machines with equal
 * specs behave alike, unless a function is inside (`{ $function: name }`), which JSON can only name.
 */
export interface Spec {
  /** the operator's or the builtin's name */
  readonly kind: string
  readonly options?: JsonObject
  readonly children?: ReadonlyArray<Spec>
  /** metrics it reads; checked against what the model reports before training starts */
  readonly metrics?: ReadonlyArray<string>
  /** metrics it adds for whatever stands behind it */
  readonly provides?: ReadonlyArray<string>
  /** events it acts at; the others need not reach it */
  readonly events: ReadonlyArray<Tag>
  /** events that it acts at only where somebody else brings them about */
  readonly follows?: ReadonlyArray<Tag>
  /** true for a condition that holds over a stretch of time, at any event (`after`, `during`): beside another it takes that one's events */
  readonly ambient?: true
  /** true where nothing it does depends on the rate in force: a replay under other rates needn't tell it */
  readonly ignoresRate?: true
  /** true where it goes by the events' clock: in a log without times it does nothing */
  readonly timed?: true
  /** layers that it may freeze, and those that it may let learn again; looked for in the model before training starts */
  readonly freezes?: ReadonlyArray<string>
  readonly unfreezes?: ReadonlyArray<string>
  /** whether it sets the learning rate to a value (two such writers would fight) or only scales it */
  readonly learningRate?: LearningRateUse
}

/** What a policy may do to the learning rate. */
export type LearningRateUse = 'sets' | 'scales'

/** A function inside a spec: JSON can hold only its name. */
export const functionRef = (f: (...args: never) => unknown): JsonObject => ({ $function: f.name || 'anonymous' })

/** Whether some part of a pipeline has that event brought about, and doesn't only follow it. */
export const wants = (spec: Spec, tag: Tag): boolean =>
  spec.events.includes(tag) &&
  (spec.kind === 'all' || spec.kind === 'named' || spec.kind === 'enrich'
    ? (spec.children ?? []).some((child) => wants(child, tag))
    : spec.follows?.includes(tag) !== true)

/** Whether a part of that kind is somewhere in a pipeline. */
export const hasKind = (spec: Spec, kind: string): boolean => partsOfKind(spec, kind).length > 0

/** Every part of that kind in a pipeline. */
export const partsOfKind = (spec: Spec, kind: string): ReadonlyArray<Spec> => [
  ...(spec.kind === kind ? [spec] : []),
  ...(spec.children ?? []).flatMap((child) => partsOfKind(child, kind)),
]

/** Those metrics, each once. */
export const union = <A>(...lists: ReadonlyArray<ReadonlyArray<A> | undefined>): ReadonlyArray<A> => [
  ...new Set(lists.flatMap((list) => list ?? [])),
]

/** Makes a spec around others: metrics and events are theirs unless said otherwise. */
export const around = (
  kind: string,
  options: JsonObject,
  children: ReadonlyArray<Spec>,
  more: Partial<Spec> = {},
): Spec => {
  const metrics = union(...children.map((child) => child.metrics))
  const freezes = union(...children.map((child) => child.freezes))
  const unfreezes = union(...children.map((child) => child.unfreezes))
  const uses = children.map((child) => child.learningRate)
  const learningRate = uses.find((use) => use === 'sets') ?? uses.find((use) => use === 'scales')
  return {
    kind,
    ...(Object.keys(options).length > 0 && { options }),
    children,
    ...(metrics.length > 0 && { metrics }),
    events: union(...children.map((child) => child.events)),
    ...(freezes.length > 0 && { freezes }),
    ...(unfreezes.length > 0 && { unfreezes }),
    ...(learningRate && { learningRate }),
    ...(children.some((child) => child.timed) && { timed: true as const }),
    ...more,
  }
}

const showValue = (value: Json): string => {
  if (typeof value === 'string') return value
  const name = typeof value === 'object' && value !== null && '$function' in value ? value.$function : undefined
  return typeof name === 'string' ? `<${name}>` : JSON.stringify(value)
}

const showOptions = (options: JsonObject = {}): string =>
  Object.entries(options)
    .map(([name, value]) => (value === undefined ? '' : ` ${name}=${showValue(value)}`))
    .join('')

/** The name that a user gave it. */
export const givenName = ({ kind, options }: Spec): string | undefined => {
  const name = kind === 'named' || kind === 'fromOperator' ? options?.['name'] : undefined
  return typeof name === 'string' ? name : undefined
}

/** One line for a spec: the name it was given, or its kind and the metrics it reads, as in `whenPlateau(val_loss)`. */
export const label = (spec: Spec): string =>
  givenName(spec) ?? (spec.metrics && spec.metrics.length > 0 ? `${spec.kind}(${spec.metrics.join(', ')})` : spec.kind)

/** The spec as a tree, one line a part. */
export const draw = (spec: Spec): string => {
  const lines = (node: Spec, lead: string, hang: string): ReadonlyArray<string> => {
    const children = node.children ?? []
    return [
      `${lead}${node.kind}${showOptions(node.options)}`,
      ...children.flatMap((child, i) =>
        i === children.length - 1 ? lines(child, `${hang}└─ `, `${hang}   `) : lines(child, `${hang}├─ `, `${hang}│  `),
      ),
    ]
  }
  return lines(spec, '', '').join('\n')
}
