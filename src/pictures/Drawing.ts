import type { Curves, Picture, Predictions, Samples } from '../dsl/Picture.js'

/** What there is to draw from. */
export interface Scene {
  readonly title: string
  readonly predictions?: Predictions
  /** what the model says of the drawing's own samples, each output */
  readonly probed?: ReadonlyArray<Samples>
  readonly curves?: Curves
}

/** A drawing with its options: pure, from numbers to pixels. */
export interface Drawing {
  readonly of: 'predictions' | 'curves'
  /** samples that it needs at most */
  readonly most: number
  /** samples of its own to be predicted, in place of the model's one input */
  readonly probe?: (predictions: Predictions) => ReadonlyArray<ReadonlyArray<number>> | undefined
  readonly draw: (scene: Scene) => Picture
}

/** The one input, or output, that a drawing is about. */
export const only = (what: string, list: ReadonlyArray<Samples>, name: string | undefined): Samples => {
  const found = name === undefined ? (list.length === 1 ? list[0] : undefined) : list.find((one) => one.name === name)
  if (found) return found
  const there = list.map((one) => one.name).join(', ')
  throw new Error(
    name === undefined
      ? `the model has ${list.length} ${what}s: say which is drawn as the option "${what}": ${there}`
      : `the model has no ${what} '${name}'; there is ${there}`,
  )
}

/** Throws where a scene lacks what a drawing was promised. */
export const present = <A>(x: A | undefined, what: string): A => {
  if (x === undefined) throw new Error(`there is nothing to draw: no ${what}`)
  return x
}
