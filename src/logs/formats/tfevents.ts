import { basename, join as within } from 'node:path'
import { rateNames } from '../names.js'
import { layout } from '../Layout.js'
import { readEvents, type EventLog, type EventSeries } from '../readEvents.js'
import type { ReaderOptions } from '../Reader.js'
import { join, Series } from '../series.js'
import { LogError, type TrainingLog } from '../TrainingLog.js'

const tfeventsLayout = layout({ format: 'tfevents', word: 'field', step: ['step'], time: [['timestamp', 'ms']] })
const kerasLayout = layout({ ...tfeventsLayout, epoch: ['epoch'], epochsFrom: 0, rowAnEpoch: true, unit: 'epoch' })

/** Keras names its scalars for what they are counted by, and has a run each for training and validation. */
const kerasMetric = ({ run, tag }: EventSeries, folder: string): string | undefined => {
  if (!tag.startsWith('epoch_')) return undefined
  const name = tag.slice('epoch_'.length)
  const kind = basename(within(folder, run))
  return kind === 'validation' ? `val_${name}` : kind === 'train' ? name : undefined
}

interface Named {
  readonly name: string
  readonly series: EventSeries
}

const twice = (all: ReadonlyArray<Named>): string | undefined =>
  all.find(({ name }, i) => all.findIndex((other) => other.name === name) < i)?.name

const place = ({ run, tag }: EventSeries): string => within(run, tag).replaceAll('\\', '/')

/** What is taken, and under which names: what Keras counts by epochs, or everything. */
const takenOf = ({ folder, series }: EventLog): { readonly keras: boolean; readonly taken: ReadonlyArray<Named> } => {
  const keras = series.flatMap((one) => {
    const name = kerasMetric(one, folder)
    return name === undefined ? [] : [{ name, series: one }]
  })
  if (keras.length > 0) return { keras: true, taken: keras }
  const runs = new Set(series.map(({ run }) => run)).size
  return { keras: false, taken: series.map((one) => ({ name: runs > 1 ? place(one) : one.tag, series: one })) }
}

const pointsOf = ({ name, series }: Named): Series => {
  const points = new Series(name)
  series.steps.forEach((step, i) => {
    points.steps.push(step)
    points.times.push(series.times[i] as number)
    points.values.push(series.values[i] as number)
  })
  return points
}

/** Keras' epochs are its steps. */
const epochsOf = (taken: ReadonlyArray<Named>): EventSeries => {
  const times = new Map(taken.flatMap(({ series }) => series.steps.map((step, i) => [step, series.times[i] as number])))
  const steps = [...times.keys()].sort((a, b) => a - b)
  return { run: '', tag: 'epoch', steps, times: steps.map((step) => times.get(step) as number), values: steps }
}

/** A run that was logged for TensorBoard, from its event files. */
export const tfeventsLog = (path: string, options: ReaderOptions): TrainingLog => {
  const events = readEvents(path)
  if (events.series.length === 0)
    throw new LogError(path, null, `there is no scalar in its event files (${events.files.length})`)
  const { keras, taken } = takenOf(events)
  const name = twice(taken)
  if (name !== undefined)
    throw new LogError(
      path,
      null,
      `'${name}' is there more than once: it holds several runs, expected one (name its folder)`,
    )
  const left = events.series.filter((one) => !taken.some((other) => other.series === one))
  const all = keras ? [...taken, { name: 'epoch', series: epochsOf(taken) }] : taken
  return join(all.map(pointsOf), path, keras ? kerasLayout : tfeventsLayout, options, [
    ...(keras
      ? ["epoch: the step of tags 'epoch_…', as Keras writes them; metrics of 'validation' begin with val_"]
      : []),
    ...(keras && taken.some((one) => rateNames.includes(one.name))
      ? ["learning rate: that of each epoch's end, which callbacks may just have changed"]
      : []),
    ...(left.length > 0 ? [`left out, being counted by batches: ${left.map(place).join(', ')}`] : []),
    ...events.notes,
  ])
}
