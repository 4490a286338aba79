import type { Logs, TrainingEvent } from '../dsl/TrainingEvent.js'
import type { Collector } from './Collector.js'
import { lazy } from './lazy.js'
import type { Unit } from './Layout.js'
import { aliasesOf, isTest, rateName, ratesAmong } from './names.js'
import { Cursor, Numbers, type Column } from './Numbers.js'
import { checkKnown, checkSize } from './options.js'
import { isRate, oddRates } from './rates.js'
import type { ReaderOptions } from './Reader.js'
import { LogError, type TrainingLog } from './TrainingLog.js'

interface Metric {
  readonly name: string
  readonly column: Column
  /** it belongs to an epoch, not to a batch */
  readonly ofEpoch: boolean
  /** every name under which policies find it */
  readonly names: ReadonlyArray<string>
}

/** Rows that share a place are one record: a trainer writes what it trained and what it evaluated one after the other. */
const groupsOf = ({ rows, step, epoch }: Collector): Uint32Array => {
  const groups = new Uint32Array(rows)
  if (step.length === 0) {
    for (let row = 0; row < rows; row += 1) groups[row] = row
    return groups
  }
  const [steps, epochs] = [new Cursor(step), new Cursor(epoch)]
  let [group, at, inEpoch]: [number, number | undefined, number | undefined] = [-1, undefined, undefined]
  for (let row = 0; row < rows; row += 1) {
    const [s, e] = [steps.at(row), epochs.at(row)]
    // a row without a place belongs to the row before it
    const same =
      row > 0 &&
      (s === undefined ? e === undefined || e === inEpoch : s === at) &&
      (e === undefined || inEpoch === undefined || e === inEpoch)
    if (!same) group += 1
    if (s !== undefined) at = s
    if (e !== undefined) inEpoch = e
    groups[row] = group
  }
  return groups
}

/** Rows that hold one of these metrics. */
const rowsWith = (rows: number, columns: ReadonlyArray<Column>): Uint8Array => {
  const marks = new Uint8Array(rows)
  for (const column of columns) for (let i = 0; i < column.length; i += 1) marks[column.rowOf(i)] = 1
  return marks
}

/** Values beyond the first that one record has of a metric. */
const repeatsOf = (columns: ReadonlyArray<Column>, groups: Uint32Array): number => {
  let count = 0
  for (const column of columns)
    for (let i = 1; i < column.length; i += 1) if (groups[column.rowOf(i)] === groups[column.rowOf(i - 1)]) count += 1
  return count
}

interface Numbering {
  /** last row + 1 of each epoch */
  readonly ends: Numbers
  /** 0-based number of each */
  readonly numbers: Numbers
}

const isWhole = (x: number): boolean => Number.isSafeInteger(x) && x >= 0

const every = (column: Column, holds: (x: number) => boolean): boolean => {
  for (let i = 0; i < column.length; i += 1) if (!holds(column.values.at(i))) return false
  return true
}

const rises = ({ values, length }: Column): boolean => {
  for (let i = 1; i < length; i += 1) if (values.at(i) < values.at(i - 1)) return false
  return true
}

const evaluated = (marks: Uint8Array, groups: Uint32Array, row: number): boolean => {
  for (let r = row; r >= 0 && groups[r] === groups[row]; r -= 1) if (marks[r] === 1) return true
  return false
}

const endsGroup = (groups: Uint32Array, row: number): boolean =>
  row + 1 === groups.length || groups[row + 1] !== groups[row]

/**
 * By the epoch that the rows name. A row that names none belongs to the epoch before it, unless its step is beyond that one's:
 * Lightning writes so which learning rate the next epoch begins with.
 */
const byEpoch = ({ epoch, step, rows }: Collector, first: number): Numbering => {
  const [ends, numbers] = [new Numbers(), new Numbers()]
  const [cursor, steps] = [new Cursor(epoch), new Cursor(step)]
  let [at, lastStep, ahead]: [number | undefined, number, number] = [undefined, -Infinity, -1]
  for (let row = 0; row < rows; row += 1) {
    const e = cursor.at(row)
    const s = steps.at(row) ?? lastStep
    if (e === undefined) {
      if (ahead < 0 && s > lastStep) ahead = row
      continue
    }
    if (e !== at && at !== undefined) {
      ends.push(ahead < 0 ? row : ahead)
      numbers.push(at - first)
    }
    at = e
    lastStep = s
    ahead = -1
  }
  ends.push(rows)
  numbers.push((at ?? first) - first)
  return { ends, numbers }
}

/** By records that end one: each of them, or each evaluation. */
const byRecord = (groups: Uint32Array, ends: (row: number) => boolean): Numbering => {
  const found: Numbering = { ends: new Numbers(), numbers: new Numbers() }
  for (let row = 0; row < groups.length; row += 1) {
    if (!endsGroup(groups, row) || !ends(row)) continue
    found.numbers.push(found.ends.length)
    found.ends.push(row + 1)
  }
  return found
}

/** Whether no epoch has two evaluations: then epochs are what is counted, and otherwise evaluations. */
const oneEach = ({ ends }: Numbering, marks: Uint8Array, groups: Uint32Array): boolean => {
  let row = 0
  for (let i = 0; i < ends.length; i += 1) {
    let count = 0
    let last = -1
    for (; row < ends.at(i); row += 1)
      if (marks[row] === 1 && groups[row] !== last) [count, last] = [count + 1, groups[row] as number]
    if (count > 1) return false
  }
  return true
}

const range = (column: Column): string => {
  const { values, length } = column
  let low = Infinity
  let high = -Infinity
  for (let i = 0; i < length; i += 1) {
    const value = values.at(i)
    if (value < low) low = value
    if (value > high) high = value
  }
  return low === high ? String(low) : `${low} to ${high}`
}

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`

/** What the rows are called that say what, for the notes. */
export interface Said {
  readonly epoch?: string | undefined
  readonly step?: string | undefined
  readonly time?: string | undefined
  /** how the run ended, where the log says so */
  readonly end?: TrainingLog['end'] | undefined
  /** what was left out unread, and why */
  readonly left?: ReadonlyArray<string>
  /** what else is to be said, behind the rest */
  readonly notes?: ReadonlyArray<string>
}

/** The log that these rows are: which of them end an epoch, which are batches, what is the learning rate. */
export const shape = (rows: Collector, options: ReaderOptions, said: Said = {}): TrainingLog => {
  const { path, layout, epoch, step, time } = rows
  const { learningRate, batchesPerEpoch } = options
  checkKnown(options, path)
  const { word, format } = layout
  const runs = rows.runNotes()
  const { kept, left } = rows.sorted()
  const out = [...left, ...(said.left ?? [])]
  const names = [...kept.keys()]
  if (names.length === 0)
    throw new LogError(
      path,
      rows.rows > 0 ? rows.lineOf(0) : null,
      `no ${word} of numbers${said.epoch === undefined ? '' : ` beside '${said.epoch}'`}${left.length > 0 ? `: ${left.join(', ')}` : ''}`,
    )

  const evaluations = names.some(layout.evaluates) || rows.evaluations.length > 0 ? layout.evaluates : isTest
  const rate = rateName(names)
  const rates = rate === undefined ? undefined : kept.get(rate)
  const aliases = aliasesOf(
    names.filter((name) => name !== rate),
    layout.others,
  )
  const metrics = names.map((name): Metric => ({
    name,
    column: kept.get(name) as Column,
    ofEpoch: evaluations(name) || layout.ofEpoch(name),
    names: [name, ...Object.keys(aliases).filter((alias) => aliases[alias] === name)],
  }))

  const groups = groupsOf(rows)
  const marks = rowsWith(rows.rows, [
    rows.evaluations,
    ...metrics.filter(({ name }) => evaluations(name)).map(({ column }) => column),
  ])
  const repeats = step.length === 0 ? 0 : repeatsOf([...kept.values()], groups)

  // ---------------------------------------------------------------------------------------------- what is an epoch
  const whole = epoch.length > 0 && every(epoch, isWhole) && rises(epoch)
  const base =
    layout.epochsFrom === 'begin' ? (epoch.length > 0 && epoch.values.at(0) === 1 ? 1 : 0) : layout.epochsFrom
  const evaluates = marks.includes(1)
  const epochwise = whole ? byEpoch(rows, base) : undefined
  // the plainest logs are the longest
  const rowEach = epochwise?.ends.length === rows.rows
  const unit = unitOf()
  const { ends, numbers } = unit === 'epoch' && epochwise ? epochwise : byRecord(groups, endsUnit())
  const epochs = ends.length
  const initialEpoch = epochs > 0 ? numbers.at(0) : 0

  function unitOf(): Unit {
    const asked = options.unit ?? layout.unit
    if (asked === 'epoch' && !whole)
      throw new LogError(
        path,
        null,
        `unit 'epoch': expected whole numbers from 0 that rise as '${said.epoch ?? 'epoch'}', one of 'evaluation' and 'row' may be counted instead`,
      )
    if (asked === 'evaluation' && !evaluates)
      throw new LogError(
        path,
        null,
        `unit 'evaluation': expected metrics such as val_loss or eval_loss, there is ${names.join(', ')}`,
      )
    if (asked !== undefined) return asked
    if (epochwise) {
      const single = epochwise.ends.length === 1 && (groups.at(-1) ?? 0) > 0
      if ((!single || layout.rowAnEpoch) && (rowEach || oneEach(epochwise, marks, groups))) return 'epoch'
    }
    return evaluates ? 'evaluation' : 'row'
  }

  function endsUnit(): (row: number) => boolean {
    const marked = unit === 'row' ? rowsWith(rows.rows, [...kept.values()]) : marks
    return (row) => evaluated(marked, groups, row)
  }

  // ---------------------------------------------------------------------------------------------- what is a batch
  const noBatches = unit === 'row' || (unit === 'epoch' && rowEach)
  const trained = rowsWith(
    rows.rows,
    noBatches ? [] : metrics.filter(({ ofEpoch, name }) => !ofEpoch && name !== rate).map(({ column }) => column),
  )
  // what says of itself that it is an evaluation trained nothing, whatever it has
  for (let i = 0; i < rows.evaluations.length; i += 1) trained[rows.evaluations.rowOf(i)] = 0
  const batches = countBatches()
  function countBatches(): number {
    if (noBatches) return 0
    let [count, within, next] = [0, false, 0]
    for (let row = 0; row < rows.rows; row += 1) {
      if (!endsGroup(groups, row) || !evaluated(trained, groups, row)) continue
      while (next < epochs && ends.at(next) <= row) next += 1
      count += 1
      if (next === epochs || ends.at(next) !== row + 1) within = true
    }
    // a row for what was trained and one for what was evaluated are an epoch, not a batch and an epoch
    return within && (step.length > 0 || count > epochs) ? count : 0
  }

  // ---------------------------------------------------------------------------------------------- what is the rate
  const odd: Array<string> = []
  let oddCount = 0
  let firstRate: number | undefined
  for (let i = 0; rates && i < rates.length; i += 1) {
    const value = rates.values.at(i)
    if (isRate(value)) firstRate ??= value
    else if ((oddCount += 1) <= 4) odd.push(`${value} in ${rows.where(rates.rowOf(i))}`)
  }
  const hasLearningRate = learningRate !== undefined || firstRate !== undefined
  if (batches === 0) checkSize(batchesPerEpoch, epochs, initialEpoch, path)

  const reported = metrics.flatMap((metric) => metric.names)
  const made = batches > 0 ? undefined : batchesPerEpoch

  /** Goes through the rows once, and makes the events of each epoch. */
  function* events(): Generator<TrainingEvent, void, undefined> {
    const cursors = metrics.map(({ column }) => new Cursor(column))
    const ofRate = rate === undefined ? -1 : names.indexOf(rate)
    const [steps, times] = [new Cursor(step), new Cursor(time)]
    const rateCursor = rates && new Cursor(rates)
    const completed = (s: number): number => s + 1 - layout.stepsFrom
    let lr = learningRate ?? firstRate ?? 1
    let at = time.length > 0 ? time.values.at(0) : 0
    const firstStep = step.length > 0 ? completed(step.values.at(0)) : 0
    // a run that goes on, or as a live run that is resumed counts them
    let count =
      step.length > 0
        ? initialEpoch > 0 && unit === 'epoch'
          ? Math.max(0, firstStep - 1)
          : 0
        : initialEpoch * (made ?? 0)
    yield {
      _tag: 'TrainBegin',
      epoch: initialEpoch,
      batch: null,
      step: count,
      at,
      lr,
      logs: {},
      params: {
        epochs: (epochs > 0 ? numbers.at(epochs - 1) : -1) + 1,
        initialEpoch,
        steps: made ?? null,
        samples: null,
        batchSize: null,
        metrics: reported,
      },
    }
    let row = 0
    for (let i = 0; row < rows.rows; i += 1) {
      // behind the last evaluation there may be more batches, of an epoch that didn't end
      const unfinished = i === epochs
      if (unfinished && batches === 0) return
      const end = unfinished ? rows.rows : ends.at(i)
      const number = unfinished ? (epochs > 0 ? numbers.at(epochs - 1) + 1 : 0) : numbers.at(i)
      const begun = count
      const latest = metrics.map((): number | undefined => undefined)
      let [first, batch] = [true, -1]
      while (row < end) {
        const beganAt = at
        const group = groups[row]
        const values = metrics.map((): number | undefined => undefined)
        let [rateHere, stepHere]: [number | undefined, number | undefined] = [undefined, undefined]
        let [isTrained, isMeasured] = [false, false]
        for (; row < end && groups[row] === group; row += 1) {
          for (let m = 0; m < cursors.length; m += 1) {
            // what comes again at one place was measured after training had gone by it
            if (values[m] !== undefined) continue
            const value = (cursors[m] as Cursor).at(row)
            if (value === undefined) continue
            values[m] = latest[m] = value
            if (m !== ofRate) isMeasured = true
          }
          const value = rateCursor?.at(row)
          if (value !== undefined && isRate(value)) rateHere = value
          stepHere = steps.at(row) ?? stepHere
          at = times.at(row) ?? at
          if (trained[row] === 1) isTrained = true
        }
        lr = rateHere ?? lr
        if (first) yield { _tag: 'EpochBegin', epoch: number, batch: null, step: begun, at: beganAt, lr, logs: {} }
        first = false
        const before = count
        // which rate comes next is written before its batch is through
        if (stepHere !== undefined && isMeasured) count = Math.max(count, completed(stepHere))
        if (batches === 0 || !isTrained) continue
        if (step.length === 0) count += 1
        batch = step.length === 0 ? batch + 1 : Math.max(batch + 1, count - begun - 1)
        yield { _tag: 'BatchBegin', epoch: number, batch, step: Math.max(before, count - 1), at, lr, logs: nothing }
        yield { _tag: 'BatchEnd', epoch: number, batch, step: count, at, lr, logs: logsOf(metrics, values, true) }
      }
      if (unfinished) return
      for (batch = 0; made !== undefined && batch < made; batch += 1) {
        yield { _tag: 'BatchBegin', epoch: number, batch, step: count, at, lr, logs: nothing }
        if (step.length === 0) count += 1
        yield { _tag: 'BatchEnd', epoch: number, batch, step: count, at, lr, logs: nothing }
      }
      const logs = logsOf(metrics, latest, false)
      const missing = latest.includes(undefined)
        ? metrics.flatMap((metric, m) => (latest[m] === undefined ? metric.names : []))
        : []
      yield {
        _tag: 'EpochEnd',
        epoch: number,
        batch: null,
        step: count,
        at,
        lr,
        logs,
        ...(missing.length > 0 && { missing }),
      }
    }
  }

  const others = ratesAmong(names).filter((name) => name !== rate)
  const shownMetrics = names.filter((name) => name !== rate)
  const tail = epochs === 0 ? rows.rows : rows.rows - ends.at(epochs - 1)
  return lazy(
    {
      format,
      path,
      metrics: names,
      aliases,
      rows: rows.rows,
      unit,
      epochs,
      hasLearningRate,
      end: said.end ?? 'unknown',
      notes: [
        ...runs,
        ...epochNotes(),
        ...(said.step === undefined || step.length === 0
          ? []
          : [`step: ${word} '${said.step}', ${range(step)}${layout.stepsFrom === 0 ? ', numbered from 0' : ''}`]),
        ...(said.time === undefined || time.length === 0 ? [] : [`time: ${word} '${said.time}'`]),
        rate === undefined
          ? `learning rate: ${learningRate === undefined ? 'not in the log' : `${learningRate}, as given`}`
          : `learning rate: ${word} '${rate}', as in force during the ${batches > 0 ? 'batch' : unit === 'row' ? 'record' : unit}${others.length > 0 ? `; ${others.join(', ')} ${others.length === 1 ? 'is a metric' : 'are metrics'} here` : ''}`,
        `metrics: ${shownMetrics.join(', ') || 'none'}`,
        ...aliasNote(),
        ...(batches > 0
          ? [
              `batches: ${plural(batches, 'record')} of training; at the end of an epoch each metric's last value counts`,
            ]
          : []),
        ...(batches > 0 && batchesPerEpoch !== undefined
          ? ['batches an epoch that were given are not needed: the log has its own']
          : []),
        ...(repeats > 0
          ? [`${plural(repeats, 'value')} of a metric that its step had already: the first is taken`]
          : []),
        ...(tail > 0
          ? [
              `${plural(tail, 'row')} behind the last epoch's end${batches > 0 ? ": batches of an epoch that didn't end" : ''}`,
            ]
          : []),
        ...(out.length > 0 ? [`left out: ${out.join(', ')}`] : []),
        ...(said.notes ?? []),
        ...rows.passedOver,
        ...layout.notes,
        ...(rate === undefined ? [] : oddRates(rate, odd, oddCount)),
      ],
    },
    events,
    1 + 2 * epochs + 2 * (batches > 0 ? batches : (made ?? 0) * epochs),
  )

  function epochNotes(): ReadonlyArray<string> {
    if (unit === 'epoch') {
      const gap = gapIn(ends, numbers)
      return [
        `epoch: ${said.epoch === undefined ? 'by position' : `${word} '${said.epoch}'`}, ${range(epoch)}${base === 1 ? ', counted from 1 there and from 0 here' : ''}`,
        ...(gap === undefined
          ? []
          : [
              `${rows.where(gap.row)}: epoch ${gap.to + base} follows on epoch ${gap.from + base}; those between are not in the log`,
            ]),
      ]
    }
    const why =
      options.unit !== undefined
        ? 'as asked'
        : epoch.length === 0
          ? 'the log names no epoch'
          : whole
            ? unit === 'evaluation'
              ? 'an epoch has several'
              : 'the log has one epoch'
            : `'${said.epoch ?? 'epoch'}' is no whole number that rises`
    return [`epoch: each of the ${epochs} ${unit === 'row' ? 'records' : 'evaluations'} counts as one, from 0 (${why})`]
  }

  function aliasNote(): ReadonlyArray<string> {
    const pairs = Object.entries(aliases)
    if (pairs.length === 0) return []
    const shown = pairs.slice(0, 6).map(([alias, name]) => `${alias} for ${name}`)
    return [`names: ${shown.join(', ')}${pairs.length > 6 ? ` and ${pairs.length - 6} more` : ''} may be asked for too`]
  }
}

const nothing: Logs = Object.freeze({})

/** The logs of an event; those of a batch without what belongs to an epoch. */
const logsOf = (metrics: ReadonlyArray<Metric>, values: ReadonlyArray<number | undefined>, ofBatch: boolean): Logs => {
  const logs: Record<string, number> = {}
  for (let m = 0; m < metrics.length; m += 1) {
    const { names, ofEpoch } = metrics[m] as Metric
    const value = values[m]
    if (value === undefined || (ofBatch && ofEpoch)) continue
    for (const as of names) {
      // set as a property like any other, which is not what assigning it would do
      if (as === '__proto__')
        Object.defineProperty(logs, as, { value, enumerable: true, configurable: true, writable: true })
      else logs[as] = value
    }
  }
  return logs
}

/** The first stretch of epochs that the log doesn't have. */
const gapIn = (
  ends: Numbers,
  numbers: Numbers,
): { readonly row: number; readonly from: number; readonly to: number } | undefined => {
  for (let i = 1; i < numbers.length; i += 1)
    if (numbers.at(i) !== numbers.at(i - 1) + 1)
      return { row: ends.at(i - 1), from: numbers.at(i - 1), to: numbers.at(i) }
  return undefined
}
