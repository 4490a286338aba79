import { directionOf } from '../dsl/Metrics.js'
import type { Params, TrainingEvent } from '../dsl/TrainingEvent.js'
import { eventsOf } from '../logs/lazy.js'
import { readLog } from '../logs/readLog.js'
import { entriesOf, isHeader } from '../logs/formats/record.js'
import { Tail } from '../logs/Tail.js'
import { messageOf, oneLine, printable } from '../logs/text.js'
import { LogError } from '../logs/TrainingLog.js'
import { recordedDecision } from '../replay/recorded.js'
import { describe, reasons, show } from '../replay/words.js'
import type { Decision } from '../runtime/Decision.js'
import { readOptions, type LogOptions } from './logs.js'
import { Trend } from './sparkline.js'
import { table } from './table.js'
import { fail } from './UsageError.js'

export interface WatchOptions extends LogOptions {
  readonly once?: boolean
  /** seconds from one look to the next */
  readonly interval?: number
}

/** Where the view is shown, and how time passes until the next look. */
export interface Screen {
  readonly write: (text: string) => void
  /** of a terminal; undefined where there is none: lines are printed then, one after another */
  readonly size: () => { readonly columns: number; readonly rows: number } | undefined
  readonly wait: (ms: number) => Promise<void>
}

/** Copies of weights come with every improvement: nothing that anyone watches for. */
const quiet: ReadonlySet<string> = new Set([
  'SnapshotWeights',
  'AverageWeights',
  'SwapWeights',
  'TrackAverage',
  'DeleteModel',
])

interface Row {
  readonly epoch: number
  readonly lr: number
  readonly logs: Readonly<Record<string, number>>
}

/** What is known of a run so far. */
class Run {
  readonly rows: Array<Row> = []
  readonly decisions: Array<Decision> = []
  params: Params | undefined
  lr: number | undefined
  /** false: the log doesn't say */
  hasLearningRate = true
  ended: string | undefined

  hear(event: TrainingEvent): void {
    this.lr = event.lr
    if (event._tag === 'TrainBegin') this.params = event.params
    if (event._tag === 'EpochEnd') this.rows.push({ epoch: event.epoch, lr: event.lr, logs: event.logs })
    if (event._tag === 'TrainEnd') this.ended = event.reason ?? 'completed'
  }

  get metrics(): ReadonlyArray<string> {
    return [...new Set(this.rows.flatMap(({ logs }) => Object.keys(logs)))]
  }
}

const epochOf = ({ params }: Run, epoch: number): string => `epoch ${epoch}${params ? ` of ${params.epochs}` : ''}`

const rowLine = (run: Run, { epoch, lr, logs }: Row): string => {
  const rate = run.hasLearningRate ? [['lr', lr] as const] : []
  return `${epochOf(run, epoch)}: ${[...Object.entries(logs), ...rate].map(([name, x]) => `${name} ${show(x)}`).join(', ')}`
}

const decisionLine = ({ epoch, batch, by, command, why }: Decision): string => {
  const because = reasons(why)
  const at = batch === null ? '' : `, batch ${batch}`
  return `epoch ${epoch}${at}: ${by}: ${describe(command)}${because && ` (${because})`}`
}

const endLine = (ended: string): string => `training ended: ${ended}`

/** A metric's line: its last value, its best, and how it went. */
const trendRow = (
  name: string,
  rows: ReadonlyArray<Row>,
  of: (row: Row) => number | undefined,
  width: number,
): ReadonlyArray<string> => {
  const trend = new Trend(rows.length, width)
  const direction = directionOf(name)
  let best: { readonly epoch: number; readonly value: number } | undefined
  let last: number | undefined
  rows.forEach((row, i) => {
    const value = of(row)
    if (value === undefined) return
    trend.add(i, value)
    last = value
    if (direction === undefined || Number.isNaN(value)) return
    if (!best || (direction === 'min' ? value < best.value : value > best.value)) best = { epoch: row.epoch, value }
  })
  return [
    name,
    last === undefined ? '' : show(last),
    best ? `${show(best.value)} at ${best.epoch}` : '',
    trend.toString(),
  ]
}

const shownDecisions = 8

/** The whole view, as lines. */
const view = (
  path: string,
  run: Run,
  notes: ReadonlyArray<string>,
  columns = 80,
  height = Infinity,
): ReadonlyArray<string> => {
  const { rows, decisions, lr, ended } = run
  const now = rows.at(-1)
  const state = ended === undefined ? (now ? 'running' : 'no epoch has ended yet') : endLine(ended)
  const width = Math.max(10, Math.min(60, columns - 40))
  const trends = [
    ...run.metrics.map((name) =>
      trendRow(name, rows, ({ logs }) => (Object.hasOwn(logs, name) ? logs[name] : undefined), width),
    ),
    ...(rows.length > 0 && run.hasLearningRate ? [trendRow('lr', rows, (row) => row.lr, width)] : []),
  ]
  const head = [
    path,
    [
      ...(now ? [epochOf(run, now.epoch)] : []),
      ...(lr === undefined || !run.hasLearningRate ? [] : [`learning rate ${show(lr)}`]),
      state,
    ].join(', '),
  ]
  const curves =
    trends.length === 0
      ? []
      : [
          '',
          ...table([{ title: 'metric' }, { title: 'last', align: 'right' }, { title: 'best' }, { title: '' }], trends),
        ]
  const recent = decisions.slice(-shownDecisions)
  const said = recent.length === 0 ? [] : ['', ...recent.map(decisionLine)]
  const noted = notes.length === 0 ? [] : ['', ...notes.slice(-3).map((note) => `note: ${note}`)]
  const room = Math.max(2, height - 1 - head.length - said.length - noted.length)
  return [...head, ...curves.slice(0, room), ...said, ...noted].map(oneLine)
}

const cut = (text: string, columns: number): string => {
  const characters = Array.from(text)
  return characters.length < columns ? text : `${characters.slice(0, Math.max(0, columns - 2)).join('')}…`
}

/** Follows one file: takes in what is new of it, and tells of it. */
class Follower {
  run = new Run()
  readonly notes: Array<string> = []
  /** where there is no file: what is waited for */
  waiting: string | undefined
  private readonly tail: Tail
  /** whether it is a record of ours, once there is a line */
  private record: boolean | undefined
  private line = 0
  private dirty = false

  constructor(
    private readonly path: string,
    private readonly options: LogOptions,
    /** gets each thing that is new, as a line */
    private readonly tell: (line: string) => void,
  ) {
    this.tail = new Tail(path)
  }

  private note(text: string): void {
    if (this.notes.at(-1) === text) return
    this.notes.push(text)
    this.tell(`note: ${text}`)
  }

  /** Takes in what is new; whether there was anything. */
  async look(): Promise<boolean> {
    const [noted, waited] = [this.notes.length, this.waiting]
    const state = this.tail.look({
      anew: (why) => {
        this.note(`the file was ${why}: it begins anew`)
        this.begin()
        this.record = undefined
        this.line = 0
      },
      line: (text) => {
        this.hear(text)
      },
    })
    if (state !== 'absent') this.waiting = undefined
    else if (this.waiting === undefined) {
      this.waiting = `waiting for ${this.path}: it isn't there ${this.line > 0 ? 'any more' : 'yet'}`
      this.tell(`note: ${this.waiting}`)
    }
    if (this.dirty) await this.readAgain()
    return state === 'grown' || this.notes.length > noted || this.waiting !== waited
  }

  private begin(): void {
    this.run = new Run()
  }

  private hear(text: string): void {
    this.line += 1
    if (text.trim() === '') return
    this.record ??= isHeader(text)
    if (!this.record) {
      this.dirty = true
      return
    }
    try {
      for (const entry of entriesOf({ text, number: this.line, torn: false, at: 0 }, this.path)) {
        if ('event' in entry) this.event(entry.event)
        else if ('command' in entry) this.decide(recordedDecision(entry.command))
        else this.another(entry.header)
      }
    } catch (error) {
      if (!(error instanceof LogError)) throw error
      this.note(error.message)
    }
  }

  private another(params: Params | undefined): void {
    if (this.run.lr !== undefined) this.note('another run begins in this file')
    this.begin()
    this.run.params = params
  }

  private event(event: TrainingEvent): void {
    this.run.hear(event)
    if (event._tag === 'EpochEnd') this.tell(rowLine(this.run, this.run.rows.at(-1) as Row))
    if (event._tag === 'TrainEnd') this.tell(endLine(this.run.ended as string))
  }

  private decide(decision: Decision | undefined): void {
    if (!decision || quiet.has(decision.command._tag)) return
    this.run.decisions.push(decision)
    this.tell(decisionLine(decision))
  }

  /** A log of another format: read as a whole, and what is new of it told. */
  private async readAgain(): Promise<void> {
    this.dirty = false
    try {
      const log = await readLog(this.path, readOptions(this.options))
      const known = this.run.rows.length
      this.begin()
      this.run.hasLearningRate = log.hasLearningRate
      for (const event of eventsOf(log)) this.run.hear(event)
      // such a log doesn't say what was planned, nor that it has ended
      this.run.params = undefined
      this.run.ended = undefined
      for (const row of this.run.rows.slice(known)) this.tell(rowLine(this.run, row))
    } catch (error) {
      // so far it may be too short to be known
      this.note(messageOf(error))
    }
  }
}

const notesOf = ({ notes, waiting }: Follower): ReadonlyArray<string> =>
  waiting === undefined ? notes : [...notes, waiting]

/** Up over the last view, and clear from there on. */
const back = (lines: number): string => (lines === 0 ? '' : `\u001b[${lines}F\u001b[J`)

/**
 * `rxfit watch LOG`: curves, learning rate and decisions of a run while it goes on, until its record ends. On a terminal one view that
 * is drawn anew; elsewhere a line for each thing that happens. `--once`: the view as it is now.
 */
export const watch = async (path: string, options: WatchOptions, screen: Screen): Promise<string> => {
  const terminal = screen.size() !== undefined
  const live = !terminal && options.once !== true
  const follower = new Follower(path, options, (line) => {
    if (live) screen.write(`${oneLine(line)}\n`)
  })
  if (options.once === true) {
    await follower.look()
    if (follower.waiting !== undefined) fail(`${path}: no such file, expected a log`)
    return `${view(path, follower.run, notesOf(follower), screen.size()?.columns).join('\n')}\n`
  }
  let drawn = 0
  for (;;) {
    const { columns, rows } = screen.size() ?? { columns: 80, rows: 24 }
    if ((await follower.look()) && terminal) {
      const lines = view(path, follower.run, notesOf(follower), columns, rows).map((line) =>
        cut(printable(line), columns),
      )
      screen.write(`${back(drawn)}${lines.join('\n')}\n`)
      drawn = lines.length
    }
    if (follower.run.ended !== undefined) return ''
    await screen.wait((options.interval ?? 0.5) * 1000)
  }
}
