import type { TextPair } from './Text.js'

/**
 * What happened. Events are the only input of policies: all that a policy may know is in here, time and learning rate
 * included, so that a recorded event says as much as a live one.
 */

/** Metric names and their values at one moment; numbers only. */
export type Logs<M extends string = string> = Readonly<Record<M, number>>

/** What is known of a run when it begins; `null` where the framework doesn't say. */
export interface Params {
  /** planned number of epochs: the index that the last epoch + 1 would have */
  readonly epochs: number
  readonly initialEpoch: number
  /** batches an epoch */
  readonly steps: number | null
  readonly samples: number | null
  readonly batchSize: number | null
  /** every metric name that the run reports, `val_*` included */
  readonly metrics: ReadonlyArray<string>
}

/** When it happened. */
export interface Moment {
  /** 0-based */
  readonly epoch: number
  /** 0-based within its epoch; null where the event isn't about a batch */
  readonly batch: number | null
  /** batches completed so far, over all epochs */
  readonly step: number
  /** milliseconds, from the clock of whoever drives the run */
  readonly at: number
  /** learning rate in force */
  readonly lr: number
}

interface Happened<T extends string, L> extends Moment {
  readonly _tag: T
  readonly logs: L
}

export interface TrainBegin extends Happened<'TrainBegin', Logs> {
  readonly params: Params
}
/** `logs` are those of the last epoch, as in Keras. */
export interface TrainEnd extends Happened<'TrainEnd', Logs> {
  /** why training ended before its last epoch, if it did */
  readonly reason?: string
}
export type EpochBegin = Happened<'EpochBegin', Logs>
export interface EpochEnd<M extends string = string> extends Happened<'EpochEnd', Logs<M>> {
  /** metrics of this run that were not measured in this epoch: no validation was due, or the epoch was cut short */
  readonly missing?: ReadonlyArray<string>
}
export type BatchBegin = Happened<'BatchBegin', Logs>
/** `logs` hold this batch's values. */
export interface BatchEnd extends Happened<'BatchEnd', Logs> {
  /** samples in it, where the framework says so: the last batch of an epoch may be smaller */
  readonly size?: number
}
export interface TestBegin extends Happened<'TestBegin', Logs> {
  /** of an evaluation on its own; absent where a fit validates */
  readonly params?: Params
}
/** `logs` hold the means over the data; no `val_` before their names, also where a fit validates. */
export interface TestEnd extends Happened<'TestEnd', Logs> {
  /** why it ended before its last batch, if it did */
  readonly reason?: string
}
export type TestBatchBegin = Happened<'TestBatchBegin', Logs>
/** `logs` hold this batch's values. */
export type TestBatchEnd = Happened<'TestBatchEnd', Logs>
export interface PredictBegin extends Happened<'PredictBegin', Logs> {
  readonly params: Params
}
export interface PredictEnd extends Happened<'PredictEnd', Logs> {
  /** why it ended before its last batch, if it did */
  readonly reason?: string
}
export type PredictBatchBegin = Happened<'PredictBatchBegin', Logs>
export type PredictBatchEnd = Happened<'PredictBatchEnd', Logs>

/**
 * The epoch's batches are over, and its validation: the moment to measure what its end shall tell besides. Told only where a
 * policy listens.
 */
export type Evaluating = Happened<'Evaluating', Logs>
/** Feedback: what an `Evaluate` measured. The next epoch's end has it in its logs too. */
export interface Evaluated extends Happened<'Evaluated', Logs> {
  /** of the data */
  readonly name: string
  /** what was written and what should have been, where texts were compared: the first of them */
  readonly texts?: ReadonlyArray<TextPair>
}
/** Feedback: a model, or its weights, were written. */
export interface Saved extends Happened<'Saved', Logs> {
  readonly path: string
}
/** Feedback: a command could not be carried out and the run goes on without it. */
export interface CommandFailed extends Happened<'CommandFailed', Logs> {
  readonly command: string
  readonly by: string
  readonly message: string
}

/**
 * Everything that can happen, tagged by `_tag`. `M` names the metrics that an epoch's end is known to carry; a policy that
 * needs more than that doesn't type-check.
 */
export type TrainingEvent<M extends string = string> =
  | TrainBegin
  | TrainEnd
  | EpochBegin
  | EpochEnd<M>
  | BatchBegin
  | BatchEnd
  | TestBegin
  | TestEnd
  | TestBatchBegin
  | TestBatchEnd
  | PredictBegin
  | PredictEnd
  | PredictBatchBegin
  | PredictBatchEnd
  | Evaluating
  | Evaluated
  | Saved
  | CommandFailed

export type Tag = TrainingEvent['_tag']

/** Events whose logs hold the loss and the metrics. */
export const measuring = ['EpochEnd', 'BatchEnd', 'TestEnd', 'TestBatchEnd'] as const satisfies ReadonlyArray<Tag>
export type Measuring = (typeof measuring)[number]

/** The event with that tag. */
export type EventOf<T extends Tag> = Extract<TrainingEvent, { readonly _tag: T }>

/** Every tag, in the order in which they can first occur. */
export const tags: ReadonlyArray<Tag> = [
  'TrainBegin',
  'EpochBegin',
  'BatchBegin',
  'BatchEnd',
  'TestBegin',
  'TestBatchBegin',
  'TestBatchEnd',
  'TestEnd',
  'Evaluating',
  'Evaluated',
  'EpochEnd',
  'TrainEnd',
  'PredictBegin',
  'PredictBatchBegin',
  'PredictBatchEnd',
  'PredictEnd',
  'Saved',
  'CommandFailed',
]

/**
 * The same event under another learning rate, or with other logs. The ends of epochs and batches come by the million: spelled
 * out, copying them takes a third of the time.
 */
export const amend = (event: TrainingEvent, lr: number, logs: Logs): TrainingEvent => {
  if (event._tag === 'BatchEnd' && event.size !== undefined) {
    const { _tag, epoch, batch, step, at, size } = event
    return { _tag, epoch, batch, step, at, size, lr, logs }
  }
  if (event._tag === 'BatchEnd' || (event._tag === 'EpochEnd' && event.missing === undefined)) {
    const { _tag, epoch, batch, step, at } = event
    return { _tag, epoch, batch, step, at, lr, logs }
  }
  return { ...event, lr, logs }
}

/** What can be counted of a run. */
export type Unit = 'epochs' | 'batches' | 'seconds'

/** Units that are counted, not measured. */
export type Count = Exclude<Unit, 'seconds'>

/**
 * How many epochs or batches are completed at this event: 1 at the end of epoch 0.
 * @example
 * import { completed } from 'rxfit'
 * import { events } from 'rxfit/testing'
 * events([{ loss: 1 }]).map((event) => completed(event, 'epochs')) // => [0, 0, 1, 0]
 */
export const completed = (event: TrainingEvent, unit: Count): number =>
  unit === 'batches' ? event.step : event._tag === 'EpochEnd' ? event.epoch + 1 : event.epoch

/**
 * The event at which a unit is completed.
 * @example
 * import { endOf } from 'rxfit'
 * endOf('epochs') // => 'EpochEnd'
 */
export const endOf = (unit: Count): 'EpochEnd' | 'BatchEnd' => (unit === 'epochs' ? 'EpochEnd' : 'BatchEnd')
