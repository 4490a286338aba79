import { Collector } from './Collector.js'
import type { Layout } from './Layout.js'
import { Numbers } from './Numbers.js'
import type { ReaderOptions } from './Reader.js'
import { shape } from './shape.js'
import { LogError, type TrainingLog } from './TrainingLog.js'

/** One metric's points, in the order in which they were written. */
export class Series {
  readonly values = new Numbers()
  readonly steps = new Numbers()
  /** milliseconds; empty where the log has no times */
  readonly times = new Numbers()
  constructor(readonly name: string) {}
}

const stepsRise = ({ steps }: Series): boolean => {
  for (let i = 1; i < steps.length; i += 1) if (steps.at(i) <= steps.at(i - 1)) return false
  return true
}

interface Point {
  readonly series: Series
  readonly i: number
}

/** All points of all series, in the order of what `of` says of them. */
const sorted = (all: ReadonlyArray<Series>, of: (series: Series) => Numbers): ReadonlyArray<Point> =>
  all
    .flatMap((series) => Array.from({ length: series.values.length }, (_, i): Point => ({ series, i })))
    .sort((a, b) => of(a.series).at(a.i) - of(b.series).at(b.i))

/**
 * The log of metrics that were written each to a file of its own. Rows are the steps. Where steps don't rise (many a script
 * logs all at step 0), times say the order, and a row ends where a metric comes again.
 */
export const join = (
  all: ReadonlyArray<Series>,
  path: string,
  layout: Layout,
  options: ReaderOptions,
  notes: ReadonlyArray<string> = [],
): TrainingLog => {
  const measured = all.filter(({ values }) => values.length > 0)
  if (measured.length === 0) throw new LogError(path, null, 'no metric has a value: expected at least one')
  const byStep = measured.every(stepsRise)
  if (!byStep && !measured.every(({ times, values }) => times.length === values.length))
    throw new LogError(
      path,
      null,
      `the steps of '${measured.find((one) => !stepsRise(one))?.name}' don't rise, and there are no times: expected either`,
    )
  const points = sorted(measured, (series) => (byStep ? series.steps : series.times))
  const rows = new Collector(path, layout, options.segment)
  const fields = new Map(measured.map((series) => [series, rows.field(series.name)]))
  const epochs = measured.find(({ name }) => layout.epoch.includes(name.toLowerCase()))
  for (let from = 0; from < points.length;) {
    const { series, i } = points[from] as Point
    const row = new Map<Series, number>()
    let at = from
    for (; at < points.length; at += 1) {
      const next = points[at] as Point
      if (byStep ? next.series.steps.at(next.i) !== series.steps.at(i) : row.has(next.series)) break
      row.set(next.series, next.series.values.at(next.i))
    }
    from = at
    const place = {
      epoch: epochs && row.get(epochs),
      step: byStep ? series.steps.at(i) : undefined,
      time: series.times.length > 0 ? series.times.at(i) : undefined,
    }
    if (!rows.row(place, NaN)) continue
    for (const [one, value] of row) if (one !== epochs) rows.number(fields.get(one) ?? rows.field(one.name), value)
  }
  if (epochs) rows.forget(epochs.name)
  return shape(rows, options, {
    epoch: epochs?.name,
    step: 'step',
    time: 'timestamp',
    notes: [
      ...(byStep
        ? []
        : [
            "step: doesn't rise, and is not used: rows are made in the order of time, one ends where a metric comes again",
          ]),
      ...notes,
    ],
  })
}
