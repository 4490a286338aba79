// Hostile input: files that somebody damaged, or wrote to do harm. Every reader must give the right numbers or refuse in words
// of its own; an error of the engine (TypeError, RangeError), a hang, a prototype that was changed or a number that the file
// doesn't hold is a fault.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as fc from 'fast-check'

export const name = 'inputs'

const built = async () => {
  const dist = (path) => import(new URL(`../../dist/${path}.js`, import.meta.url).href)
  return {
    root: await dist('index'),
    logs: await dist('logs/index'),
    replay: await dist('replay/index'),
    node: await dist('sinks/node'),
    cli: await dist('cli/run'),
  }
}

// ------------------------------------------------------------------------------------------------------ what is mutated

const events = (rows) =>
  rows.flatMap((logs, epoch) => [
    { event: { _tag: 'EpochBegin', epoch, batch: null, step: epoch, at: epoch * 1000, lr: 0.1, logs: {} } },
    { event: { _tag: 'EpochEnd', epoch, batch: null, step: epoch + 1, at: epoch * 1000 + 500, lr: 0.1, logs } },
  ])
const jsonl = (...rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
const curve = [0.9, 0.5, 0.45, 0.46, 0.44]
const rows = curve.map((loss) => ({ loss, val_loss: loss + 0.1 }))

/** One small log of each kind that rxfit reads. */
const samples = {
  'keras.csv': `epoch,loss,val_loss\n${rows.map(({ loss, val_loss }, i) => `${i},${loss},${val_loss}`).join('\n')}\n`,
  'semicolons.csv': 'epoch;loss;lr\n0;1,5;0,1\n1;0,5;0,01\n',
  'lightning.csv': 'epoch,step,train_loss,val_loss,lr-Adam\n0,9,4,,0.1\n0,19,,2.5,\n1,29,2,,0.05\n1,39,,1.5,\n',
  'quoted.csv': 'epoch,"a ""b""","c,d"\n0,"1","2"\n1,"3","4"\n',
  'tensorboard.csv': 'Wall time,Step,Value\n1700000000.5,0,0.5\n1700000001.5,1,0.25\n',
  'monitor.csv': '#{"t_start": 1.0, "env_id": "x"}\nr,l,t\n1.5,10,0.1\n2.5,20,0.2\n',
  'table.txt': '| epoch | loss |\n|---|---|\n| 1 | 0.5 |\n| 2 | 0.25 |\n',
  'plain.tsv': 'epoch\tloss\n1\t0.5\n2\t0.25\n',
  'log.jsonl': jsonl(...rows.map((row, epoch) => ({ epoch, ...row }))),
  'history.json': JSON.stringify({ loss: curve, val_loss: curve }),
  'state.json': JSON.stringify({
    log_history: rows.map(({ loss, val_loss }, i) => ({ epoch: i + 1, step: 10 * (i + 1), loss, eval_loss: val_loss })),
    max_steps: 50,
  }),
  'record.jsonl': jsonl(
    {
      rxfit: 'record',
      version: 1,
      spec: { kind: 'idle', events: [] },
      params: { epochs: 5, initialEpoch: 0, metrics: [] },
    },
    ...events(rows),
    { command: { _tag: 'StopTraining', reason: 'enough', by: 'x' }, epoch: 4, batch: null, step: 5 },
  ),
  'metric.mlflow': '1700000000000 0.5 0\n1700000001000 0.25 1\n',
  'result.json': jsonl(
    { training_iteration: 1, episode_reward_mean: 1.5 },
    { training_iteration: 2, episode_reward_mean: 2 },
  ),
  'text.log': 'Epoch 1/2 loss: 0.5\nstep 3 loss 0.25\n',
  'sb3.txt': '------------\n| time/ |     |\n|  fps  | 10  |\n| loss  | 0.5 |\n------------\n',
}

/** Of files larger than that only the beginning is taken: a fault shows there as well, and sooner. */
const sampleBytes = 6000

const filesBelow = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesBelow(path) : [path]
  })

/** Recorded runs that lie beside the repository, where they do. */
const realLogs = () => {
  const folder = fileURLToPath(new URL('../../../shared/logs', import.meta.url))
  try {
    return Object.fromEntries(
      filesBelow(folder)
        .filter((path) => !path.endsWith('.md') && statSync(path).size > 0)
        .map((path) => [relative(folder, path), readFileSync(path).subarray(0, sampleBytes)]),
    )
  } catch {
    return {}
  }
}

// ------------------------------------------------------------------------------------------------------------ mutations

const poison = [
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '"__proto__":{"polluted":1},'],
  ...[
    'NaN',
    'nan',
    'inf',
    '-Infinity',
    '1e999',
    '-0',
    '0x10',
    '1_000',
    '９',
    '1'.repeat(400),
    '9007199254740993',
    '-1',
  ],
  ...['null', 'true', '{}', '[]', '{', '}', '[', ']', '"', "'", ',', ';', '\t', '|', ':', '\\', '\\u0000', '\\ud800'],
  ...[
    '\n',
    '\r\n',
    '\r',
    '\0',
    '\ufeff',
    '\u2028',
    '\x1b[2J',
    '\u202e',
    '<script>alert(1)</script>',
    '</style>',
    '=1+1',
  ],
  `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
  `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
  ...['[['.repeat(3000), '{"a":'.repeat(3000), ','.repeat(3000), '"'.repeat(999), ' '.repeat(9999), '\n'.repeat(3000)],
  ...[
    '{loss}',
    '{*}',
    '%s',
    '../../../etc/passwd',
    '(a+)+$',
    'epoch',
    'step',
    'loss',
    '<<<<<<< HEAD',
    '{"rxfit":"record"',
  ],
]

/** Anywhere in a file, and everywhere alike. */
const place = fc.integer({ min: 0, max: 999_999 }).map((n) => n / 1e6)
const anywhere = fc.noBias(place)
/** What is done to a file, as data: shrinks to the few changes that matter. */
const mutation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('insert'), at: anywhere, text: fc.constantFrom(...poison) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('replace'), at: anywhere, text: fc.constantFrom(...poison) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut'), at: anywhere, to: anywhere }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('repeat'),
      at: anywhere,
      to: anywhere,
      times: fc.integer({ min: 1, max: 20 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('truncate'), at: anywhere }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('byte'), at: anywhere, value: fc.integer({ min: 0, max: 255 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('swapLines'), at: anywhere, to: anywhere }) },
)

const tokenAt = (bytes, at) => {
  const isWord = (byte) => byte !== undefined && byte > 32 && !',:;"{}[]|'.includes(String.fromCharCode(byte))
  let [from, to] = [at, at]
  while (from > 0 && isWord(bytes[from - 1])) from -= 1
  while (to < bytes.length && isWord(bytes[to])) to += 1
  return [from, to]
}

const change = (bytes, mutated) => {
  const at = Math.floor(mutated.at * (bytes.length + 1))
  const to = Math.floor((mutated.to ?? 0) * (bytes.length + 1))
  const [low, high] = [Math.min(at, to), Math.min(Math.max(at, to), Math.min(at, to) + Math.max(20, bytes.length / 20))]
  const join = (...parts) => Buffer.concat(parts)
  switch (mutated.do) {
    case 'insert':
      return join(bytes.subarray(0, at), Buffer.from(mutated.text), bytes.subarray(at))
    case 'replace': {
      const [from, end] = tokenAt(bytes, at)
      return join(bytes.subarray(0, from), Buffer.from(mutated.text), bytes.subarray(end))
    }
    case 'cut':
      return join(bytes.subarray(0, low), bytes.subarray(high))
    case 'repeat':
      return join(bytes.subarray(0, low), ...Array(mutated.times).fill(bytes.subarray(low, high)), bytes.subarray(high))
    case 'truncate':
      return bytes.subarray(0, at)
    case 'byte': {
      const copy = Buffer.from(bytes)
      if (at < copy.length) copy[at] = mutated.value
      return copy
    }
    case 'swapLines': {
      const lines = bytes.toString('latin1').split('\n')
      const [a, b] = [mutated.at, mutated.to].map((where) => Math.floor(where * lines.length))
      ;[lines[a], lines[b]] = [lines[b], lines[a]]
      return Buffer.from(lines.join('\n'), 'latin1')
    }
  }
}

const mutations = fc.array(mutation, { minLength: 1, maxLength: 5 })

// ------------------------------------------------------------------------------------------------------------- verdicts

/** What the engine says when a program goes wrong, however it was wrapped. */
const engine =
  /Cannot (read|set|convert|destructure|access|mix)|is not (a function|iterable|defined|a constructor)|Maximum call stack|Invalid (array|string|typed array|count|time) |Array buffer allocation|out of memory|object is not extensible|BigInt|Reduce of empty|unexpected: /

const names = [
  'LogError',
  'OptionError',
  'SpecError',
  'FormatError',
  'JsonError',
  'PolicyError',
  'LearningRateConflict',
  'LintError',
]

/** Throws where an error is none of rxfit's own. */
const mustBeOurs = (error) => {
  const known = error instanceof Error && names.includes(error.name)
  if (!known || error.message === '' || engine.test(error.message))
    throw new Error(`not an error of rxfit's own: ${error?.stack ?? String(error)}`)
}

const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Number.prototype]
const inherited = () => prototypes.map((prototype) => Reflect.ownKeys(prototype).length)
const before = inherited()
const mustBeClean = () => {
  const now = inherited()
  if (now.some((count, i) => count !== before[i])) throw new Error('a prototype was changed')
}

/** Markup that a page must not hold, whatever is in a log. */
const mustBeSafe = (html) => {
  const markup = html.replace(/<style>[\s\S]*?<\/style>/, '')
  const strange = /<(script|iframe|img|object|embed|link|base|form)\b|\son\w+\s*=|javascript:/i.exec(
    markup.replaceAll(/>[^<]*</g, '><'),
  )
  if (strange) throw new Error(`the page holds ${strange[0]}`)
}

/** The most events that are looked at of one log. */
const mostEvents = 20_000

const numbersOf = (log) => {
  const found = []
  let count = 0
  for (const event of log.stream ? log.stream() : log.events) {
    if ((count += 1) > mostEvents) break
    if (!Number.isSafeInteger(event.epoch) || event.epoch < 0) throw new Error(`epoch ${event.epoch} of ${event._tag}`)
    for (const [metric, value] of Object.entries(event.logs)) {
      if (typeof value !== 'number') throw new Error(`'${metric}' is ${typeof value}: ${String(value)}`)
      if (event._tag === 'EpochEnd') found.push([event.epoch, metric, value])
    }
  }
  return found
}

// --------------------------------------------------------------------------------------------------------------- targets

const options = fc.record(
  {
    segment: fc.constantFrom('last', 'joined', 1, 2),
    unit: fc.constantFrom('epoch', 'evaluation', 'row'),
    format: fc.constantFrom(
      'keras-csv',
      'jsonl',
      'rxfit',
      'lightning',
      'tfevents',
      'table',
      'text',
      'mlflow',
      'keras-history',
    ),
    learningRate: fc.constant(0.1),
    batchesPerEpoch: fc.constantFrom(1, 3),
  },
  { requiredKeys: [] },
)

const hostileName = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'length', 'then'),
  fc.constantFrom(
    'a,b',
    'a"b',
    'a;b',
    'a b',
    '</script>',
    '\u2028',
    'é',
    '{x}',
    'a\tb',
    '😀',
    'val_x',
    'x/y',
    '0',
    '-1',
  ),
  fc.string({ minLength: 1, maxLength: 8 }),
)
const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, 1e-300, 1e300, 0.1, -1))

const quoted = (text) => (/[",;\n\r\t]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** Pieces of callbacks files: names, options, values and structures of every kind, right and wrong. */
const specs = ({ root }) => {
  const kinds = [
    ...[
      'earlyStopping',
      'modelCheckpoint',
      'reduceLROnPlateau',
      'csvLogger',
      'remoteMonitor',
      'tensorBoard',
      'emit',
      'all',
    ],
    ...[
      'on',
      'stopIf',
      'whenPlateau',
      'everyN',
      'monitor',
      'named',
      'enrich',
      'derive',
      'and',
      'window',
      'scheduleLR',
      'join',
    ],
    ...[
      'learningRateScheduler',
      'layerFreezing',
      'timeStopping',
      'evaluateEvery',
      'lambda',
      'cosine',
      'warmup',
      'piecewise',
    ],
  ]
  const keys = fc.oneof(
    fc.constantFrom(...kinds, 'kind', 'options', 'children', 'events', 'metrics', '_tag', '$function', 'commands', 'f'),
    fc.constantFrom(
      'monitor',
      'patience',
      'filepath',
      'filename',
      'mode',
      'path',
      'n',
      'unit',
      'schedule',
      'name',
      'logDir',
    ),
    fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'then', 'length', ''),
  )
  const leaf = fc.oneof(
    fc.constantFrom(
      'val_loss',
      'min',
      'epochs',
      'SaveModel',
      'Run',
      '../x',
      '/etc/passwd',
      '{epoch',
      '{a.b}',
      '\0',
      '',
    ),
    fc.constantFrom(0, -1, 1, 2.5, 1e308, 2 ** 53, NaN, Infinity, null, true, false, undefined),
    fc.string({ maxLength: 5 }),
  )
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('json'), { maxLength: 4 }), tie('object')),
    object: fc
      .array(fc.tuple(keys, tie('json')), { maxLength: 4 })
      .map((entries) =>
        JSON.parse(`{${entries.map(([key, v]) => `${JSON.stringify(key)}:${JSON.stringify(v) ?? 'null'}`).join(',')}}`),
      ),
  }))
  const file = fc.array(
    fc.tuple(fc.constantFrom(...kinds), json).map(([kind, given]) => ({ [kind]: given })),
    { maxLength: 3 },
  )
  return fc.oneof(
    file,
    json,
    fc.constantFrom(...[null, 1, 'x', [], {}, [[]], [{}], root.toSpec(root.earlyStopping({}))]),
  )
}

/** Templates of paths and of messages. */
const template = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '{epoch',
        '{epoch:02d}',
        '{val_loss:.2f}',
        '}',
        '{',
        '{{',
        '}}',
        ':',
        '!r',
        '{epoch:{epoch}}',
        '{__proto__}',
      ),
      fc.constantFrom(
        '{toString}',
        '{constructor}',
        '{epoch:999999}',
        '{epoch:.99999f}',
        '{loss:,}',
        '{loss:_%}',
        '{epoch:c}',
      ),
      fc.string({ maxLength: 6 }),
      fc.string({ unit: 'binary', maxLength: 6 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''))

const deep = (open, close, depth) => open.repeat(depth) + close.repeat(depth)

// ------------------------------------------------------------------------------------------------------------------ run

/**
 * Tries `count` inputs. `modules` are rxfit's, built unless given; `watch` is told of each input before it is tried.
 */
export const run = async ({ count = 1000, seed = 7, modules, watch = () => undefined } = {}) => {
  const rxfit = modules ?? (await built())
  const { root, logs, replay, node, cli } = rxfit
  const folder = mkdtempSync(join(tmpdir(), 'rxfit-inputs-'))
  const failures = []
  let tried = 0

  const originals = Object.entries({ ...samples, ...realLogs() }).map(([file, text]) => [file, Buffer.from(text)])
  const eventsDir = join(folder, 'events')
  mkdirSync(eventsDir)
  const writer = node.summaryWriter(eventsDir, { now: () => 1_700_000_000_000 })
  for (const [step, { loss }] of rows.entries()) writer.scalar('epoch_loss', loss, step)
  writer.histogram('weights', [1, 2, 3], 0)
  writer.text('notes', 'x', 0)
  writer.close()
  const eventFile = readFileSync(writer.path)
  originals.push(['events.out.tfevents.1', eventFile])

  let files = 0
  const write = (content, name = 'log') => {
    const path = join(folder, `${(files += 1)}-${name.replaceAll('/', '-')}`)
    writeFileSync(path, content)
    return path
  }

  /** A policy that reads what there is. */
  const policyFor = ([first = 'loss', second = first]) =>
    root.all(
      root.earlyStopping({ monitor: first, mode: 'min', patience: 1 }),
      root.reduceLROnPlateau({ monitor: second, mode: 'min', patience: 1 }),
      root.csvLogger({ filename: 'log.csv' }),
      root.modelCheckpoint({ filepath: 'at-{epoch}', monitor: first, mode: 'max', saveBestOnly: true }),
    )

  /** Reads a file in every way there is; an error must be ours. */
  const readAndReplay = async (path, given) => {
    let log
    try {
      log = await logs.readLog(path, given)
      numbersOf(log)
    } catch (error) {
      mustBeOurs(error)
      return undefined
    }
    if ((log.size ?? log.events.length) > mostEvents) return log
    const policy = policyFor(log.metrics)
    try {
      const result = replay.replay(policy, log)
      mustBeSafe(replay.replayReport(policy, [{ log, replay: result }]))
    } catch (error) {
      mustBeOurs(error)
    }
    return log
  }

  const oneOfOurs = fc.constantFrom(...originals.map(([file]) => file))
  const bytesOf = Object.fromEntries(originals)

  const targets = [
    {
      what: 'a damaged log',
      weight: 5,
      input: fc.record({ original: oneOfOurs, mutations, options: fc.option(options, { nil: {} }) }),
      attempt: async ({ original: file, mutations, options }) => {
        const path = write(mutations.reduce(change, bytesOf[file]), file)
        await readAndReplay(path, options)
        rmSync(path)
      },
    },
    {
      what: 'two logs in one',
      weight: 1,
      input: fc.record({ a: oneOfOurs, b: oneOfOurs, at: anywhere, to: anywhere }),
      attempt: async ({ a, b, at, to }) => {
        const [first, second] = [bytesOf[a], bytesOf[b]]
        const path = write(
          Buffer.concat([first.subarray(0, at * first.length), second.subarray(to * second.length)]),
          a,
        )
        await readAndReplay(path, {})
        rmSync(path)
      },
    },
    {
      what: 'a log that ends early',
      weight: 1,
      // of a log that is torn anywhere, what is read must be what the whole log says
      input: fc.record({ file: fc.constantFrom('keras.csv', 'log.jsonl', 'record.jsonl', 'plain.tsv'), at: anywhere }),
      attempt: async ({ file, at }) => {
        const bytes = Buffer.from(samples[file])
        const whole = write(bytes, file)
        const torn = write(bytes.subarray(0, Math.floor(at * bytes.length)), file)
        const expected = new Set(numbersOf(await logs.readLog(whole)).map(String))
        const log = await readAndReplay(torn, {})
        // a table whose last line has no end may be somebody's own, so that row counts, and a note says what it may be
        const doubts = log?.notes.some((note) => note.includes('if it was cut off'))
        const read = log ? numbersOf(log) : []
        const last = read.at(-1)?.[0]
        for (const one of read)
          if (!(doubts && one[0] === last) && !expected.has(String(one)))
            throw new Error(`${file}: read ${String(one)}, which the whole log doesn't have`)
        rmSync(whole)
        rmSync(torn)
      },
    },
    {
      what: 'metrics of any name',
      weight: 2,
      input: fc.record({
        names: fc.uniqueArray(hostileName, { minLength: 1, maxLength: 4 }),
        table: fc.array(fc.array(value, { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        // some are measured in every other epoch only
        sparse: fc.boolean(),
        as: fc.constantFrom('csv', 'jsonl', 'history', 'record', 'rows', 'tfevents'),
      }),
      attempt: async ({ names: metrics, table, sparse, as }) => {
        const object = (values, row) =>
          Object.fromEntries(
            metrics.flatMap((metric, i) => (sparse && (i + row) % 2 === 1 ? [] : [[metric, values[i]]])),
          )
        let log
        let path
        try {
          if (as === 'rows') log = logs.fromEpochs(table.map(object))
          else if (as === 'tfevents') {
            const dir = join(folder, `events${(files += 1)}`)
            const out = node.summaryWriter(dir, { now: () => 1e12 })
            table.forEach((values, step) =>
              metrics.forEach((metric, i) => out.scalar(metric, Math.fround(values[i]), step)),
            )
            out.close()
            const { series } = logs.readEvents(dir)
            for (const [i, metric] of metrics.entries()) {
              const found = series.find(({ tag }) => tag === metric)
              const expected = table.map((values) => Math.fround(values[i]))
              if (!found || found.values.some((x, n) => !Object.is(x, expected[n])))
                throw new Error(`tag '${metric}' came back as ${JSON.stringify(found)}`)
            }
            rmSync(dir, { recursive: true })
            return
          } else {
            const text = {
              csv: () =>
                `epoch,${metrics.map(quoted).join(',')}\n${table.map((values, i) => `${[i, ...values.slice(0, metrics.length)].join(',')}\n`).join('')}`,
              jsonl: () => jsonl(...table.map((values, epoch) => ({ epoch, ...object(values, epoch) }))),
              history: () =>
                JSON.stringify(Object.fromEntries(metrics.map((metric, i) => [metric, table.map((v) => v[i])]))),
              record: () => samples['record.jsonl'].split('\n')[0] + '\n' + jsonl(...events(table.map(object))),
            }[as]()
            path = write(text, as)
            log = await logs.readLog(
              path,
              as === 'record' ? { format: 'rxfit' } : as === 'csv' ? { format: 'keras-csv' } : {},
            )
          }
        } catch (error) {
          mustBeOurs(error)
          return
        } finally {
          if (path) rmSync(path)
        }
        // a reader may give a metric further names, and take one for the epoch, the step, the time or the rate; the others hold
        for (const [epoch, metric, x] of numbersOf(log)) {
          const i = metrics.indexOf(metric)
          const known = i >= 0 ? table.map((values) => values[i]) : table.flat()
          if (!known.some((y) => y === x))
            throw new Error(`${as}: '${metric}' of epoch ${epoch} is ${x}, not of ${known}`)
        }
        const policy = policyFor(log.metrics)
        try {
          mustBeSafe(replay.replayReport(policy, [{ log, replay: replay.replay(policy, log) }]))
        } catch (error) {
          mustBeOurs(error)
        }
      },
    },
    {
      what: 'a callbacks spec',
      weight: 4,
      input: specs(rxfit),
      attempt: (json) => {
        const made = root.fromSpec(json)
        if (made._tag === 'Left') {
          mustBeOurs(made.left)
          return
        }
        JSON.stringify(root.toSpec(made.right))
        root.explain(made.right)
        root.lint(made.right, { epochs: 5 })
        try {
          replay.replay(made.right, logs.fromEpochs(rows, { learningRate: 0.1, batchesPerEpoch: 2 }))
        } catch (error) {
          mustBeOurs(error)
        }
      },
    },
    {
      what: 'a callbacks file',
      weight: 2,
      input: fc.oneof(
        specs(rxfit).map((json) => JSON.stringify(json) ?? 'undefined'),
        fc
          .record({ mutations })
          .map(({ mutations }) =>
            mutations.reduce(change, Buffer.from('[{"earlyStopping": {"patience": 3, "monitor": "loss"}}]')),
          ),
        fc.constantFrom(
          deep('[', ']', 50_000),
          deep('{"all":[', ']}', 20_000),
          '[{"__proto__": {"polluted": 1}}]',
          '"',
        ),
      ),
      attempt: async (text) => {
        const path = write(text, 'callbacks.json')
        const log = write(samples['log.jsonl'], 'log.jsonl')
        const { code, stdout, stderr } = await cli.run(['replay', log, '--callbacks', path, '--json'])
        rmSync(path)
        rmSync(log)
        if (code === 0 ? stderr !== '' : stdout !== '' || !/^rxfit: ./.test(stderr) || engine.test(stderr))
          throw new Error(`exit ${code}: ${stderr || stdout}`)
      },
    },
    {
      what: 'a suspended policy',
      weight: 1,
      input: fc.record({
        rxfit: fc.constantFrom('policy', 'record', null),
        version: fc.constantFrom(1, 2, 0, '1', null),
        spec: specs(rxfit),
        state: fc.jsonValue(),
      }),
      attempt: (json) => {
        const made = root.resume(json)
        if (made._tag === 'Left') mustBeOurs(made.left)
      },
    },
    {
      what: 'a template',
      weight: 3,
      input: fc.record({
        template,
        fields: fc.dictionary(hostileName, fc.oneof(value, fc.constantFrom(NaN, Infinity, 'x'))),
      }),
      attempt: ({ template, fields }) => {
        const text = root.formatPython(template, { epoch: 3, val_loss: 0.25, loss: NaN, ...fields })
        const found = root.fieldsOf(template)
        for (const { left } of [text, found])
          if (left && (left._tag !== 'FormatError' || left.message === '' || engine.test(left.message)))
            throw new Error(left.message)
        if (text._tag === 'Right' && text.right.length > 2 ** 28) throw new Error('longer than it may be')
      },
    },
    {
      what: 'a pattern of text',
      weight: 1,
      input: fc.record({ template, text: fc.constantFrom(...Object.values(samples), poison.join('\n')) }),
      attempt: async ({ template, text }) => {
        const path = write(text, 'text.log')
        await readAndReplay(path, { pattern: template })
        rmSync(path)
      },
    },
    {
      what: 'a folder of event files',
      weight: 1,
      input: fc.record({ mutations, second: mutations }),
      attempt: async ({ mutations, second }) => {
        const dir = join(folder, `run${(files += 1)}`)
        mkdirSync(dir)
        writeFileSync(join(dir, 'events.out.tfevents.1'), mutations.reduce(change, eventFile))
        writeFileSync(join(dir, 'events.out.tfevents.2'), second.reduce(change, eventFile))
        try {
          logs.readEvents(dir)
        } catch (error) {
          mustBeOurs(error)
        }
        await readAndReplay(dir, {})
        rmSync(dir, { recursive: true })
      },
    },
    {
      what: 'an expectation',
      weight: 1,
      input: fc.oneof(fc.jsonValue(), specs(rxfit)),
      attempt: (json) => {
        try {
          replay.parseExpectation(json)
        } catch (error) {
          mustBeOurs(error)
        }
      },
    },
    {
      what: 'rows',
      weight: 1,
      input: fc.array(fc.oneof(fc.dictionary(hostileName, fc.oneof(value, fc.jsonValue())), fc.jsonValue()), {
        maxLength: 5,
      }),
      attempt: (given) => {
        try {
          numbersOf(logs.fromEpochs(given))
        } catch (error) {
          mustBeOurs(error)
        }
      },
    },
  ]

  const weight = targets.reduce((sum, target) => sum + target.weight, 0)
  try {
    for (const target of targets) {
      const runs = Math.max(1, Math.round((count * target.weight) / weight))
      const property = fc.asyncProperty(target.input, async (input) => {
        tried += 1
        watch(target.what, input)
        await target.attempt(input)
        mustBeClean()
      })
      const result = await fc.check(property, { seed, numRuns: runs, maxSkipsPerRun: 0, endOnFailure: false })
      if (!result.failed) continue
      const error = result.errorInstance
      failures.push(
        `${target.what} (seed ${seed}): ${error?.message ?? String(error)}\n  input: ${fc.stringify(result.counterexample?.[0]).slice(0, 2000)}`,
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return { tried, lost: failures.length, failures }
}
