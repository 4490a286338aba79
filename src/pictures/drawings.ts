import type * as v from 'valibot'
import type { DrawingRequest, Picture } from '../dsl/Picture.js'
import { nearest } from '../dsl/nearest.js'
import { OptionError, parse, type OptionsSchema } from '../dsl/Options.js'
import { confusionMatrix, confusionMatrixSchema } from './confusionMatrix.js'
import { decisionBoundary, decisionBoundarySchema } from './decisionBoundary.js'
import type { Drawing } from './Drawing.js'
import { imageGrid, imageGridSchema } from './imageGrid.js'
import { learningCurves, learningCurvesSchema } from './learningCurves.js'
import { regressionFit, regressionFitSchema } from './regressionFit.js'

type Make = (at: string, options: unknown) => Drawing

const row =
  <S extends OptionsSchema>(schema: S, make: (options: v.InferOutput<S>) => Drawing): Make =>
  (at, options) =>
    make(parse(at, schema, options))

/** Every drawing there is; a new one adds a file and a line here. */
const table: Readonly<Record<string, Make>> = {
  imageGrid: row(imageGridSchema, imageGrid),
  decisionBoundary: row(decisionBoundarySchema, decisionBoundary),
  regressionFit: row(regressionFitSchema, regressionFit),
  learningCurves: row(learningCurvesSchema, learningCurves),
  confusionMatrix: row(confusionMatrixSchema, confusionMatrix),
}

/** The name of a drawing that is asked for. */
export const drawingName = (request: DrawingRequest): string =>
  typeof request === 'string' ? request : (Object.keys(request)[0] ?? '')

/** The drawing that is asked for, with its options; throws an `OptionError` where there is none such. */
export const drawingOf = (at: string, request: DrawingRequest): Drawing => {
  const entries: ReadonlyArray<readonly [string, unknown]> =
    typeof request === 'string' ? [[request, {}]] : Object.entries(request)
  const [first] = entries
  const wrong = (message: string): never => {
    throw new OptionError([{ path: at, message }])
  }
  if (!first || entries.length > 1) return wrong(`must have one key, the drawing's name, got ${entries.length}`)
  const [name, options] = first
  const make = Object.hasOwn(table, name) ? table[name] : undefined
  if (make) return make(`${at}.${name}`, options)
  const guess = nearest(name, Object.keys(table))
  return wrong(
    `unknown drawing '${name}'${guess ? ` (did you mean '${guess}'?)` : ''}; there is ${Object.keys(table).join(', ')}, or a function of your own`,
  )
}

/** Throws where something is no picture: a function of the user's has made it. */
export const mustBePicture = (what: string, made: unknown): Picture => {
  const { width, height, rgba } = (made ?? {}) as Partial<Picture>
  const whole = (x: unknown): x is number => Number.isSafeInteger(x) && (x as number) >= 1
  const bytes = rgba instanceof Uint8Array || rgba instanceof Uint8ClampedArray
  if (whole(width) && whole(height) && bytes && rgba.length === 4 * width * height) return { width, height, rgba }
  const got = bytes ? `${String(width)} x ${String(height)} with ${rgba.length} numbers` : typeof made
  throw new TypeError(
    `${what} must be a picture, { width, height, rgba: Uint8Array of 4 * width * height }, got ${got}`,
  )
}
