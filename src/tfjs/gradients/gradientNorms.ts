import type * as tf from '@tensorflow/tfjs'
import { gradientNormsSchema } from '../../builtins/gradientNorms.js'
import { parse } from '../../dsl/Options.js'
import { partsOfKind, union, type Spec } from '../../dsl/Spec.js'
import type { Logs } from '../../dsl/TrainingEvent.js'
import type { TrackedNorms } from '../../runtime/interpret.js'
import { keep } from '../engine.js'
import type { Gradient, Gradients } from './gradients.js'
import type { Stored } from '../weights.js'

/** Norms of gradients, collected while training goes on, and told when they are asked for. */
export interface GradientNorms {
  readonly track: (norms: TrackedNorms) => void
  /** means since the last time, by the names that their logs have; of what there was nothing of, none */
  readonly report: (name: string) => Promise<Logs>
  /** what is collected, and has been since the last report; `names` of the variables that learn, in their order */
  readonly state: (names: ReadonlyArray<string>) => Stored<NormsState>
  readonly putState: (stored: Stored<NormsState>, names: ReadonlyArray<string>) => void
  readonly dispose: () => void
}

/** Each with its blocks: the weights' positions, and how many pieces there are. */
export type NormsState = ReadonlyArray<{
  readonly norms: TrackedNorms
  readonly steps: number
  readonly blocks: ReadonlyArray<{ readonly weights: ReadonlyArray<number>; readonly pieces: number }>
}>

/** Sums of squares at some steps, a row a step, on the device until they are read: weights by name, and the rows in pieces. */
interface Rows {
  readonly weights: ReadonlyArray<string>
  pieces: Array<tf.Tensor>
}

/** So many rows are joined, so that a long epoch leaves few tensors waiting. */
const joined = 256

interface Probe {
  readonly norms: TrackedNorms
  /** steps since the last report */
  steps: number
  /** the last is added to; another begins when a layer is frozen, or learns again */
  blocks: Array<Rows>
}

/** The pieces as one tensor, in their place. */
const join = (pieces: ReadonlyArray<tf.Tensor>): tf.Tensor => {
  const [first, ...rest] = pieces as readonly [tf.Tensor, ...ReadonlyArray<tf.Tensor>]
  if (rest.length === 0) return first
  const whole = keep(first.concat([...rest]))
  for (const piece of pieces) piece.dispose()
  return whole
}

const sameNames = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): boolean =>
  a.length === b.length && a.every((name, i) => name === b[i])

/** Names under which a norm is told. */
const nameOf = (name: string, part: string): string => `${name}/${part}`

/** What is added to by each weight's sum of squares: the whole, and its layer or itself. */
const partsOf = (
  { name, per }: Pick<TrackedNorms, 'name' | 'per'>,
  weight: string,
  layerOf: (weight: string) => string,
): ReadonlyArray<string> =>
  per === 'global' ? [name] : [name, nameOf(name, per === 'layer' ? layerOf(weight) : weight.replaceAll(':', '_'))]

/** The names of the norms that a pipeline will tell of these weights. */
export const normsProvidedBy = (
  spec: Spec,
  weights: ReadonlyArray<string>,
  layerOf: (weight: string) => string,
): ReadonlyArray<string> =>
  partsOfKind(spec, 'gradientNorms').flatMap(({ options }) => {
    const norms = parse('gradientNorms', gradientNormsSchema, options)
    return union(...weights.map((weight) => partsOf(norms, weight, layerOf)))
  })

export const gradientNorms = (gradients: Gradients, layerOf: () => (weight: string) => string): GradientNorms => {
  const probes = new Map<string, Probe>()
  const used = { raw: false, look: false }

  const release = ({ blocks }: Probe): void => {
    for (const { pieces } of blocks) for (const piece of pieces) piece.dispose()
  }
  /** One row of the sums of squares. Only its few numbers are ever read. */
  const add = (probe: Probe, given: ReadonlyArray<Gradient>): void => {
    const there = given.filter(({ tensor }) => tensor)
    const weights = there.map(({ name }) => name)
    const [first, ...rest] = there.map(({ tensor }) => (tensor as tf.Tensor).square().sum().reshape([1]))
    if (!first) return
    const row = keep(rest.length === 0 ? first : first.concat(rest))
    const last = probe.blocks.at(-1)
    if (!last || !sameNames(last.weights, weights)) {
      probe.blocks.push({ weights, pieces: [row] })
      return
    }
    last.pieces.push(row)
    if (last.pieces.length % joined === 0)
      last.pieces = [...last.pieces.slice(0, -joined), join(last.pieces.slice(-joined))]
  }
  const watch = (clipped: boolean) => (given: ReadonlyArray<Gradient>) => {
    for (const probe of probes.values()) {
      if (probe.norms.clipped !== clipped) continue
      if (probe.steps % probe.norms.every === 0) add(probe, given)
      probe.steps += 1
    }
    return given
  }
  const track = (norms: TrackedNorms): void => {
    const before = probes.get(norms.name)
    if (before) release(before)
    // who asks for layers where there are none hears of it now
    if (norms.per === 'layer') layerOf()
    probes.set(norms.name, { norms, steps: 0, blocks: [] })
    const stage = norms.clipped ? 'look' : 'raw'
    if (used[stage]) return
    used[stage] = true
    gradients.use(stage, watch(norms.clipped))
  }
  return {
    track,
    state: (names) => ({
      info: [...probes.values()].map(({ norms: { name, per, every, clipped }, steps, blocks }) => ({
        norms: { name, per, every, clipped },
        steps,
        blocks: blocks.map(({ weights, pieces }) => ({
          weights: weights.map((weight) => names.indexOf(weight)),
          pieces: pieces.length,
        })),
      })),
      tensors: [...probes.values()].flatMap(({ blocks }) => blocks.flatMap(({ pieces }) => pieces)),
    }),
    putState: ({ info, tensors }, names) => {
      let at = 0
      for (const { norms, steps, blocks } of info) {
        track(norms)
        const rows = blocks.map(({ weights, pieces }) => {
          const own = tensors.slice(at, at + pieces).map((piece) => keep(piece.clone()))
          at += pieces
          return { weights: weights.map((position) => names[position] ?? ''), pieces: own }
        })
        probes.set(norms.name, { norms, steps, blocks: rows })
      }
    },
    report: async (name) => {
      const probe = probes.get(name)
      if (!probe)
        throw new Error(`no norms of gradients are collected under '${name}'; a TrackGradientNorms begins that`)
      const { blocks, norms } = probe
      probe.blocks = []
      probe.steps = 0
      const layers = norms.per === 'layer' ? layerOf() : (weight: string) => weight
      const totals = new Map<string, { sum: number; rows: number }>()
      for (const { weights, pieces } of blocks) {
        const whole = join(pieces)
        const squares = await whole.data()
        whole.dispose()
        const parts = weights.map((weight) => partsOf(norms, weight, layers))
        for (let at = 0; at < squares.length; at += weights.length) {
          const row = new Map<string, number>()
          parts.forEach((names, i) => {
            for (const part of names) row.set(part, (row.get(part) ?? 0) + (squares[at + i] as number))
          })
          for (const [part, square] of row) {
            const { sum, rows } = totals.get(part) ?? { sum: 0, rows: 0 }
            totals.set(part, { sum: sum + Math.sqrt(square), rows: rows + 1 })
          }
        }
      }
      return Object.fromEntries([...totals].map(([part, { sum, rows }]) => [part, sum / rows]))
    },
    dispose: () => {
      probes.forEach(release)
      probes.clear()
    },
  }
}
