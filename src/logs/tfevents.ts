import { basename, join } from 'node:path'
import { rateNames, toLog } from './fromEpochs.js'
import { readEvents, type EventSeries } from './readEvents.js'
import type { ReaderOptions } from './Reader.js'
import { LogError, type TrainingLog } from './TrainingLog.js'

/** Keras names its scalars for what they are counted by, and has a run each for training and validation. */
const kerasMetric = ({ run, tag }: EventSeries, folder: string): string | undefined => {
  if (!tag.startsWith('epoch_')) return undefined
  const name = tag.slice('epoch_'.length)
  const kind = basename(join(folder, run))
  return kind === 'validation' ? `val_${name}` : kind === 'train' ? name : undefined
}

interface Named {
  readonly name: string
  readonly series: EventSeries
}

const twice = (all: ReadonlyArray<Named>): string | undefined =>
  all.find(({ name }, i) => all.findIndex((other) => other.name === name) < i)?.name

/** The last part of a tag is what names of metrics are elsewhere; the whole is kept. */
const plainName = ({ run, tag }: EventSeries, runs: number): string =>
  runs > 1 ? join(run, tag).replaceAll('\\', '/') : tag

/** Rows, one a step at which anything was measured. */
const rowsOf = (all: ReadonlyArray<Named>) => {
  const steps = [...new Set(all.flatMap(({ series }) => series.steps))].sort((a, b) => a - b)
  const rows = steps.map((): Record<string, number> => ({}))
  const indexOf = new Map(steps.map((step, i) => [step, i]))
  for (const { name, series } of all)
    series.steps.forEach((step, i) => {
      ;(rows[indexOf.get(step) as number] as Record<string, number>)[name] = series.values[i] as number
    })
  return { steps, rows }
}

/** A run that was logged for TensorBoard, from its event files. */
export const tfeventsLog = (path: string, options: ReaderOptions): TrainingLog => {
  const { folder, files, series, notes } = readEvents(path)
  if (series.length === 0) throw new LogError(path, null, `there is no scalar in its event files (${files.length})`)
  const keras = series.flatMap((one) => {
    const name = kerasMetric(one, folder)
    return name === undefined ? [] : [{ name, series: one }]
  })
  const runs = new Set(series.map(({ run }) => run)).size
  const taken = keras.length > 0 ? keras : series.map((one) => ({ name: plainName(one, runs), series: one }))
  const name = twice(taken)
  if (name !== undefined)
    throw new LogError(
      path,
      null,
      `'${name}' is there more than once: it holds several runs, expected one (name its folder)`,
    )
  const left = series.filter((one) => !taken.some((other) => other.series === one))
  const { steps, rows } = rowsOf(taken)
  const isKeras = keras.length > 0
  return toLog(rows, options, {
    format: 'tfevents',
    path,
    epochs: isKeras ? steps : steps.map((_, i) => i),
    notes: [
      isKeras
        ? "epoch: the step of tags 'epoch_…', as Keras writes them; metrics of 'validation' begin with val_"
        : `epoch: each of the ${steps.length} steps at which anything was measured counts as one`,
      taken.some((one) => rateNames.includes(one.name))
        ? "learning rate: that of each epoch's end, which callbacks may just have changed"
        : 'learning rate: no tag is known to be it',
      ...(left.length > 0
        ? [`left out, being counted by batches: ${left.map(({ run, tag }) => join(run, tag)).join(', ')}`]
        : []),
      ...notes,
    ],
  })
}
