import { decodeNumber, type JsonObject } from '../dsl/Json.js'
import { tags, type Logs, type Params, type TrainEnd, type TrainingEvent } from '../dsl/TrainingEvent.js'
import { recordVersion } from '../runtime/record.js'
import { endsMidLine, linesOf } from './file.js'
import type { Reader } from './Reader.js'
import { shown } from './text.js'
import { LogError, type RecordedCommand, type TrainingLog } from './TrainingLog.js'

type Fields = Readonly<Record<string, unknown>>

interface Line {
  readonly number: number
  readonly text: string
}

/** A run of the file: its header, and what follows up to the next one. */
interface Run {
  readonly header: Fields
  readonly at: number
  readonly lines: ReadonlyArray<Line>
}

const isObject = (x: unknown): x is Fields => typeof x === 'object' && x !== null && !Array.isArray(x)

const isHeader = (text: string): boolean => /^\s*\{\s*"rxfit"\s*:/.test(text)

const parse = (text: string): Fields | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A run that broke off may have left half a line, to which the next run's header was then appended. */
const untangle = (line: Line): ReadonlyArray<Line> => {
  const at = line.text.indexOf('{"rxfit":"record"', 1)
  if (at < 0 || parse(line.text)) return [line]
  return [
    { ...line, text: line.text.slice(0, at) },
    { ...line, text: line.text.slice(at) },
  ]
}

const split = (text: string, path: string): ReadonlyArray<Run> => {
  const lines = linesOf(text)
    .map((content, i): Line => ({ number: i + 1, text: content }))
    .filter((line) => line.text.trim() !== '')
    .flatMap(untangle)
  const runs: Array<Run & { readonly lines: Array<Line> }> = []
  for (const line of lines) {
    const fields = isHeader(line.text) ? parse(line.text) : undefined
    const current = runs.at(-1)
    if (fields) runs.push({ header: fields, at: line.number, lines: [] })
    else if (current) current.lines.push(line)
    else
      throw new LogError(path, line.number, 'expected the header of an rxfit record: {"rxfit":"record","version":1, …}')
  }
  return runs
}

const checkVersion = ({ header, at }: Run, path: string): void => {
  const { rxfit, version } = header
  if (rxfit !== 'record' || !Number.isSafeInteger(version) || (version as number) < 1)
    throw new LogError(path, at, 'expected the header of an rxfit record: {"rxfit":"record","version":1, …}')
  if ((version as number) > recordVersion)
    throw new LogError(
      path,
      at,
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

const endOf = (events: ReadonlyArray<TrainingEvent>, epochs: number | undefined): TrainingLog['end'] => {
  const end = events.find((event): event is TrainEnd => event._tag === 'TrainEnd')
  if (!end) return 'unknown'
  const last = events.findLast((event) => event._tag === 'EpochEnd')
  const done = last === undefined ? (events[0]?.epoch ?? 0) : last.epoch + 1
  const reached = epochs === undefined || done >= epochs
  return end.reason === undefined && reached ? 'completed' : 'stopped'
}

const read: Reader['read'] = (file, options) => {
  const { path } = file
  const text = file.text()
  const runs = split(text, path)
  const run = runs.at(-1)
  if (!run) throw new LogError(path, 1, 'expected the header of an rxfit record: {"rxfit":"record","version":1, …}')
  checkVersion(run, path)

  const notes: Array<string> = []
  const events: Array<TrainingEvent> = []
  const commands: Array<RecordedCommand> = []
  const follow = rising(path)
  run.lines.forEach((line, i) => {
    const fields = parse(line.text)
    const decode = reading(path, line.number)
    if (!fields) {
      if (i < run.lines.length - 1 || !endsMidLine(text))
        throw new LogError(path, line.number, 'not a JSON object: expected {"event": …} or {"command": …}')
      notes.push(`line ${line.number}: cut off in the middle, left out`)
    } else if ('event' in fields) {
      const event = decode.event(fields['event'])
      follow(event, line.number)
      events.push(event)
    } else if ('command' in fields) commands.push(decode.command(fields))
    else throw new LogError(path, line.number, 'expected {"event": …} or {"command": …}')
  })
  if (events.length === 0) throw new LogError(path, run.at, 'no events: expected at least one below the header')

  const begin = events.find((event) => event._tag === 'TrainBegin')
  const planned = run.header['params']
  const params = begin?.params ?? (planned === undefined ? undefined : reading(path, run.at).params(planned, 'params'))
  const ends = events.filter((event) => event._tag === 'EpochEnd')
  const metrics = [...new Set([...(params?.metrics ?? []), ...ends.flatMap((event) => Object.keys(event.logs))])]
  const given = [options.learningRate, options.batchesPerEpoch].some((option) => option !== undefined)
  return {
    format: record.name,
    path,
    events,
    metrics,
    epochs: ends.length,
    hasLearningRate: true,
    end: endOf(events, params?.epochs),
    commands,
    notes: [
      ...(runs.length > 1 ? [`${runs.length} runs in this file: the last is taken, from line ${run.at} on`] : []),
      'epoch, learning rate, batches and times: as recorded',
      `metrics: ${metrics.join(', ') || 'none'}`,
      ...(given ? ['learning rate and batches an epoch that were given are not needed: the record has its own'] : []),
      ...notes,
    ],
  }
}

/** rxfit's own record: JSON Lines, as `fit` writes it. */
export const record = {
  name: 'rxfit',
  looksLike: 'a record whose first line is {"rxfit":"record", …}',
  matches: (head: string) => isHeader(head) || /^\s*\{\s*"(event|command)"\s*:/.test(head),
  read,
} as const satisfies Reader
