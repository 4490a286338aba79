import { decodeNumber, type JsonObject } from '../../dsl/Json.js'
import {
  tags,
  type Logs,
  type Params,
  type TrainBegin,
  type TrainEnd,
  type TrainingEvent,
} from '../../dsl/TrainingEvent.js'
import type { TextPair } from '../../dsl/Text.js'
import { recordVersion } from '../../runtime/record.js'
import { isObject, type Fields } from '../json.js'
import { lazy } from '../lazy.js'
import type { Consumer, Context, Line, Reader } from '../Reader.js'
import { shown } from '../text.js'
import { LogError, type RecordedCommand, type TrainingLog } from '../TrainingLog.js'

export const isHeader = (text: string): boolean => /^\s*\{\s*"rxfit"\s*:/.test(text)

const parse = (text: string): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

const expectedHeader = 'expected the header of an rxfit record: {"rxfit":"record","version":1, …}'

/** A run that broke off may have left half a line, to which the next run's header was then appended, on that line or the next. */
const untangle = (line: Line): ReadonlyArray<Line> => {
  const at = line.text.indexOf('{"rxfit":"record"', 1)
  if (at < 0 || parse(line.text)) return [line]
  return [
    { ...line, text: line.text.slice(0, at), torn: true },
    { ...line, text: line.text.slice(at), at: line.at + Buffer.byteLength(line.text.slice(0, at)) },
  ]
}

const checkVersion = ({ rxfit, version }: Fields, path: string, line: number): void => {
  if (rxfit !== 'record' || !Number.isSafeInteger(version) || (version as number) < 1)
    throw new LogError(path, line, expectedHeader)
  if ((version as number) > recordVersion)
    throw new LogError(
      path,
      line,
      `is a record of version ${String(version)}, and this rxfit reads up to version ${recordVersion}: a newer rxfit is needed`,
    )
}

/** Reads the fields of one event; the errors name the line. */
const reading = (path: string, line: number) => {
  const wrong = (what: string, expected: string, got: unknown): never => {
    throw new LogError(path, line, `${what} must be ${expected}, got ${shown(got)}`)
  }
  const number = (value: unknown, what: string): number =>
    (typeof value === 'number' && Number.isFinite(value)) ||
    value === 'NaN' ||
    value === 'Infinity' ||
    value === '-Infinity'
      ? decodeNumber(value)
      : wrong(what, 'a number, "NaN", "Infinity" or "-Infinity"', value)
  const index = (value: unknown, what: string): number =>
    Number.isSafeInteger(value) && (value as number) >= 0
      ? (value as number)
      : wrong(what, 'a whole number from 0', value)
  const batch = (value: unknown): number | null =>
    value === null || value === undefined ? null : index(value, 'batch')
  const logs = (value: unknown): Logs =>
    isObject(value)
      ? Object.fromEntries(Object.entries(value).map(([name, x]) => [name, number(x, `logs.${name}`)]))
      : wrong('logs', 'an object of numbers', value)
  const rate = (value: unknown): number => {
    const lr = number(value, 'event.lr')
    return Number.isFinite(lr) && lr >= 0 ? lr : wrong('event.lr', 'a rate, finite and 0 or more', value)
  }
  const text = (value: unknown, what: string): string =>
    typeof value === 'string' ? value : wrong(what, 'a text', value)
  const texts = (value: unknown, what: string): ReadonlyArray<string> =>
    Array.isArray(value) && value.every((item) => typeof item === 'string')
      ? value
      : wrong(what, 'a list of names', value)
  const pairs = (value: unknown): ReadonlyArray<TextPair> =>
    Array.isArray(value) ? value.map(pair) : wrong('event.texts', 'a list of texts', value)
  const pair = (value: unknown, i: number): TextPair =>
    isObject(value)
      ? {
          truth: text(value['truth'], `event.texts[${i}].truth`),
          said: text(value['said'], `event.texts[${i}].said`),
        }
      : wrong(`event.texts[${i}]`, 'an object', value)
  const count = (value: unknown, what: string): number | null =>
    value === null || value === undefined ? null : index(value, what)
  const params = (value: unknown, what: string): Params =>
    isObject(value)
      ? {
          ...value,
          epochs: index(value['epochs'], `${what}.epochs`),
          initialEpoch: index(value['initialEpoch'], `${what}.initialEpoch`),
          steps: count(value['steps'], `${what}.steps`),
          samples: count(value['samples'], `${what}.samples`),
          batchSize: count(value['batchSize'], `${what}.batchSize`),
          metrics: texts(value['metrics'], `${what}.metrics`),
        }
      : wrong(what, 'an object', value)
  /** What only some events have. */
  const more = (tag: TrainingEvent['_tag'], value: Fields): object => {
    switch (tag) {
      case 'TrainBegin':
      case 'PredictBegin':
        return { params: params(value['params'], 'event.params') }
      case 'TestBegin':
        return value['params'] === undefined ? {} : { params: params(value['params'], 'event.params') }
      case 'TrainEnd':
      case 'TestEnd':
      case 'PredictEnd':
        return value['reason'] === undefined ? {} : { reason: text(value['reason'], 'event.reason') }
      case 'BatchEnd':
        return value['size'] === undefined ? {} : { size: index(value['size'], 'event.size') }
      case 'EpochEnd':
        return value['missing'] === undefined ? {} : { missing: texts(value['missing'], 'event.missing') }
      case 'Evaluated':
        return {
          name: text(value['name'], 'event.name'),
          ...(value['texts'] !== undefined && { texts: pairs(value['texts']) }),
        }
      case 'Saved':
        return { path: text(value['path'], 'event.path') }
      case 'CommandFailed':
        return {
          command: text(value['command'], 'event.command'),
          by: text(value['by'], 'event.by'),
          message: text(value['message'], 'event.message'),
        }
      default:
        return {}
    }
  }
  const event = (value: unknown): TrainingEvent => {
    if (!isObject(value)) return wrong('event', 'an object', value)
    const tag = value['_tag']
    if (!tags.includes(tag as TrainingEvent['_tag'])) return wrong('event._tag', 'the name of an event', tag)
    return {
      ...value,
      ...more(tag as TrainingEvent['_tag'], value),
      epoch: index(value['epoch'], 'event.epoch'),
      batch: batch(value['batch']),
      step: index(value['step'], 'event.step'),
      at: number(value['at'], 'event.at'),
      lr: rate(value['lr']),
      logs: logs(value['logs']),
    } as unknown as TrainingEvent
  }
  const command = (fields: Fields): RecordedCommand => ({
    epoch: index(fields['epoch'], 'epoch'),
    batch: batch(fields['batch']),
    step: index(fields['step'], 'step'),
    command: isObject(fields['command'])
      ? (fields['command'] as JsonObject)
      : wrong('command', 'an object', fields['command']),
  })
  return { event, command, params }
}

/** Events that make up the epochs, which only rise. Saves and evaluations may be heard of later. */
const marks: ReadonlySet<TrainingEvent['_tag']> = new Set(['EpochBegin', 'BatchBegin', 'BatchEnd', 'EpochEnd'])

/** Refuses epochs that fall, and one that ends twice: they are not one run. */
const rising = (path: string): ((event: TrainingEvent, line: number) => void) => {
  let [at, ended] = [0, -1]
  return ({ _tag, epoch }, line) => {
    if (!marks.has(_tag)) return
    if (epoch < at || epoch <= ended)
      throw new LogError(
        path,
        line,
        `event.epoch must rise, got ${epoch} after ${epoch < at ? at : `the end of epoch ${ended}`}`,
      )
    at = epoch
    if (_tag === 'EpochEnd') ended = epoch
  }
}

/** As many events are held in memory; a longer record is read again whenever they are asked for. */
const mostHeld = 500_000

/** A run of the file, as far as it was read. */
class Run {
  /** events and commands, as long as they are few */
  events: Array<TrainingEvent> | undefined = []
  commands: Array<RecordedCommand> = []
  count = 0
  begin: TrainBegin | undefined
  trainEnd: TrainEnd | undefined
  firstEpoch = 0
  lastEnd = -1
  epochs = 0
  readonly metrics = new Set<string>()
  readonly notes: Array<string> = []
  /** why it can't be read; no matter, if another run follows */
  failure: Error | undefined
  /** a line that is no JSON, while nothing of this run has come behind it: it was broken off there */
  broken: number | undefined
  private readonly follow: ReturnType<typeof rising>

  constructor(
    readonly header: Fields,
    readonly line: number,
    readonly at: number,
    path: string,
    private readonly bounded: boolean,
  ) {
    this.follow = rising(path)
  }

  add(event: TrainingEvent, line: number): void {
    this.follow(event, line)
    if (this.count === 0) this.firstEpoch = event.epoch
    this.count += 1
    if (event._tag === 'TrainBegin') this.begin ??= event
    if (event._tag === 'TrainEnd') this.trainEnd ??= event
    if (event._tag === 'EpochEnd') {
      this.epochs += 1
      this.lastEnd = event.epoch
      for (const name in event.logs) this.metrics.add(name)
    }
    this.events?.push(event)
    this.shorten()
  }

  command(command: RecordedCommand): void {
    if (this.events) this.commands.push(command)
    this.shorten()
  }

  private shorten(): void {
    if (!this.bounded || !this.events || this.events.length + this.commands.length <= mostHeld) return
    this.events = undefined
    this.commands = []
  }

  end(planned: number | undefined): TrainingLog['end'] {
    if (!this.trainEnd) return 'unknown'
    const done = this.lastEnd < 0 ? this.firstEpoch : this.lastEnd + 1
    const reached = planned === undefined || done >= planned
    return this.trainEnd.reason === undefined && reached ? 'completed' : 'stopped'
  }
}

/** One line of a run, as what it is. */
const entryOf = (
  line: Line,
  path: string,
): { readonly event: TrainingEvent } | { readonly command: RecordedCommand } | undefined => {
  const fields = parse(line.text)
  if (!fields) return undefined
  const decode = reading(path, line.number)
  if ('event' in fields) return { event: decode.event(fields['event']) }
  if ('command' in fields) return { command: decode.command(fields) }
  throw new LogError(path, line.number, 'expected {"event": …} or {"command": …}')
}

const add = (run: Run, entry: NonNullable<ReturnType<typeof entryOf>>, line: number): void => {
  if ('event' in entry) run.add(entry.event, line)
  else run.command(entry.command)
}

const notJson = (path: string, line: number): LogError =>
  new LogError(path, line, 'not a JSON object: expected {"event": …} or {"command": …}')

/** The last line of a run that was broken off is no fault of the others. */
const cutOff = (run: Run): void => {
  if (run.broken === undefined) return
  run.notes.push(`line ${run.broken}: cut off in the middle, left out`)
  run.broken = undefined
}

/** A line of a record by itself: the header of a run, an event or a command. */
export type RecordEntry = { readonly header: Params | undefined } | NonNullable<ReturnType<typeof entryOf>>

/** What is in a line of a record; throws a LogError where that is nothing that belongs there. */
export const entriesOf = (whole: Line, path: string): ReadonlyArray<RecordEntry> =>
  untangle(whole).map((line) => {
    const header = isHeader(line.text) ? parse(line.text) : undefined
    if (header) {
      checkVersion(header, path, line.number)
      const planned = header['params']
      return { header: planned === undefined ? undefined : reading(path, line.number).params(planned, 'params') }
    }
    const entry = entryOf(line, path)
    if (entry) return entry
    throw notJson(path, line.number)
  })

class Recording implements Consumer {
  private runs = 0
  private current: Run | undefined
  private taken: Run | undefined
  private readonly path: string

  constructor(private readonly context: Context) {
    this.path = context.path
    if (context.options.segment === 'joined')
      throw new LogError(
        this.path,
        null,
        "segment 'joined' is for logs without an end; of rxfit records one is read: 'last' or a number",
      )
  }

  line(whole: Line): void {
    if (whole.text.trim() === '') return
    for (const line of untangle(whole)) {
      const header = isHeader(line.text) ? parse(line.text) : undefined
      if (header) this.begin(header, line)
      else if (!this.current) throw new LogError(this.path, line.number, expectedHeader)
      else if (this.current === this.taken && this.current.failure === undefined) this.entry(this.current, line)
    }
  }

  private begin(header: Fields, line: Line): void {
    this.runs += 1
    if (this.current) cutOff(this.current)
    const { segment = 'last' } = this.context.options
    this.current = new Run(header, line.number, line.at, this.path, this.context.again !== undefined)
    if (segment === 'last' || segment === this.runs) this.taken = this.current
  }

  private entry(run: Run, line: Line): void {
    try {
      if (run.broken !== undefined) throw notJson(this.path, run.broken)
      const entry = entryOf(line, this.path)
      if (!entry) run.broken = line.number
      if (!entry && line.torn) cutOff(run)
      if (entry) add(run, entry, line.number)
    } catch (error) {
      run.failure = error as Error
    }
  }

  end(): TrainingLog {
    const { path, runs, taken: run } = this
    const { options } = this.context
    if (runs === 0) throw new LogError(path, 1, expectedHeader)
    if (!run) throw new LogError(path, null, `segment ${options.segment}: expected 1 to ${runs}, the runs of this file`)
    checkVersion(run.header, path, run.line)
    if (run.broken !== undefined) throw notJson(path, run.broken)
    if (run.failure) throw run.failure
    if (run.count === 0) throw new LogError(path, run.line, 'no events: expected at least one below the header')
    const planned = run.header['params']
    const params =
      run.begin?.params ?? (planned === undefined ? undefined : reading(path, run.line).params(planned, 'params'))
    const metrics = [...new Set([...(params?.metrics ?? []), ...run.metrics])]
    const given = [options.learningRate, options.batchesPerEpoch].some((option) => option !== undefined)
    const which = options.segment === undefined || options.segment === 'last' ? 'the last' : `number ${options.segment}`
    const log = lazy(
      {
        format: record.name,
        path,
        metrics,
        epochs: run.epochs,
        hasLearningRate: true,
        end: run.end(params?.epochs),
        notes: [
          ...(runs > 1 ? [`${runs} runs in this file: ${which} is taken, from line ${run.line} on`] : []),
          'epoch, learning rate, batches and times: as recorded',
          `metrics: ${metrics.join(', ') || 'none'}`,
          ...(given
            ? ['learning rate and batches an epoch that were given are not needed: the record has its own']
            : []),
          ...run.notes,
        ],
      },
      () => run.events ?? this.events(run),
      run.count,
    )
    const commands = (): ReadonlyArray<RecordedCommand> => (run.events ? run.commands : this.commands(run))
    return Object.defineProperty(log, 'commands', { get: commands, enumerable: true })
  }

  /** What a run has that is too long to be held, read once more. */
  private *entries(run: Run): Generator<NonNullable<ReturnType<typeof entryOf>>, void, undefined> {
    let count = 0
    for (const whole of this.context.again?.(run.at) ?? [])
      for (const line of whole.text.trim() === '' ? [] : untangle(whole)) {
        if (isHeader(line.text)) {
          if (line.at !== run.at) return
          continue
        }
        const entry = entryOf(line, this.path)
        // the file may have grown since
        if (!entry || count === run.count) return
        if ('event' in entry) count += 1
        yield entry
      }
  }

  private *events(run: Run): Generator<TrainingEvent, void, undefined> {
    for (const entry of this.entries(run)) if ('event' in entry) yield entry.event
  }

  private commands(run: Run): ReadonlyArray<RecordedCommand> {
    return [...this.entries(run)].flatMap((entry) => ('command' in entry ? [entry.command] : []))
  }
}

/** rxfit's own record: JSON Lines, as `fit` writes it. */
export const record = {
  name: 'rxfit',
  looksLike: 'a record whose first line is {"rxfit":"record", …}',
  matches: ({ lines: [first = ''] }) => isHeader(first) || /^\s*\{\s*"(event|command)"\s*:/.test(first),
  open: (context): Consumer => new Recording(context),
} as const satisfies Reader
