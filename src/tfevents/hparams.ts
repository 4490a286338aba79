import type { HParam } from '../dsl/Command.js'
import { double, int, message, text } from './protobuf.js'

/** Hyperparameters of a run, and the metrics that it is to be compared by. Messages of TensorBoard's hparams plugin. */

export type { HParam }

/** A scalar by its tag; `group` is the folder, below the one of the hyperparameters, that it is in. */
export interface HMetric {
  readonly tag: string
  readonly group?: string
}

export interface HParams {
  /** the run's hyperparameters by name */
  readonly hparams: Readonly<Record<string, HParam>>
  /** tags of scalars that runs are compared by */
  readonly metrics?: ReadonlyArray<string | HMetric>
  /** runs of one group are shown as one, with the mean of their metrics. Default: the run's own */
  readonly group?: string
}

const dataTypes = { string: 1, boolean: 2, number: 3 } as const

/** google.protobuf.Value */
const value = (field: number, given: HParam): Uint8Array => {
  if (typeof given === 'number') return message(field, double(2, given))
  return message(field, typeof given === 'string' ? text(3, given) : int(4, given ? 1 : 0))
}

/** What there is to compare, and by what. */
export const experiment = ({ hparams, metrics = [] }: HParams, seconds: number): Uint8Array =>
  message(
    2,
    double(3, seconds),
    ...Object.entries(hparams).map(([name, given]) =>
      message(4, text(1, name), int(4, dataTypes[typeof given as keyof typeof dataTypes])),
    ),
    ...metrics.map((metric) => {
      const { tag, group = '' } = typeof metric === 'string' ? { tag: metric } : metric
      return message(5, message(1, text(1, group), text(2, tag)))
    }),
  )

/** What this run was begun with. */
export const sessionStart = ({ hparams, group = '' }: HParams, seconds: number): Uint8Array =>
  message(
    3,
    ...Object.entries(hparams).map(([name, given]) => message(1, text(1, name), value(2, given))),
    text(4, group),
    double(5, seconds),
  )

const statuses = { success: 1, failure: 2, running: 3 } as const

/** How a run ended. */
export type SessionStatus = keyof typeof statuses

export const sessionEnd = (status: SessionStatus, seconds: number): Uint8Array =>
  message(4, int(1, statuses[status]), double(2, seconds))
