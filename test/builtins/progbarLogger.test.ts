import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { machine, progbarLogger, type ProgbarLoggerOptions, type TrainingEvent } from 'rxfit'
import { decodeNumber, type JsonNumber } from '../../src/dsl/Json.js'
import { commands } from 'rxfit/testing'

type Row = Readonly<Record<string, JsonNumber>>
interface Case {
  readonly options: ProgbarLoggerOptions
  readonly params: {
    readonly epochs: number
    readonly steps: number | null
    readonly samples: number | null
    readonly batchSize: number | null
  }
  readonly epochs: ReadonlyArray<{
    readonly at: number
    readonly batches: ReadonlyArray<{ readonly at: number; readonly size: number; readonly logs: Row }>
    readonly end: { readonly at: number; readonly logs: Row }
  }>
  readonly printed: ReadonlyArray<string>
}

const { cases } = JSON.parse(readFileSync(new URL('../fixtures/progbar.json', import.meta.url), 'utf8')) as {
  readonly cases: ReadonlyArray<Case>
}

const noParams = { epochs: 1, initialEpoch: 0, steps: null, samples: null, batchSize: null, metrics: [] }

const logsOf = (row: Row) => Object.fromEntries(Object.entries(row).map(([name, x]) => [name, decodeNumber(x)]))

const eventsOf = ({ params, epochs }: Case): ReadonlyArray<TrainingEvent> => {
  const moment = { epoch: 0, batch: null, step: 0, at: epochs[0]?.at ?? 0, lr: 0.1, logs: {} }
  let step = 0
  return [
    { _tag: 'TrainBegin', ...moment, params: { ...params, initialEpoch: 0, metrics: [] } },
    ...epochs.flatMap(({ at, batches, end }, epoch): ReadonlyArray<TrainingEvent> => [
      { _tag: 'EpochBegin', ...moment, epoch, step, at },
      ...batches.map(({ logs, ...batch }, i): TrainingEvent => ({
        _tag: 'BatchEnd',
        ...moment,
        ...batch,
        epoch,
        batch: i,
        step: (step += 1),
        logs: logsOf(logs),
      })),
      { _tag: 'EpochEnd', ...moment, epoch, step, at: end.at, logs: logsOf(end.logs) },
    ]),
  ]
}

const lines = (options: ProgbarLoggerOptions, events: ReadonlyArray<TrainingEvent>): ReadonlyArray<string> =>
  machine
    .run(progbarLogger(options))(events as ReadonlyArray<TrainingEvent<never>>)[0]
    .flat()
    .flatMap((c) => (c._tag === 'Progress' ? [c.line] : []))

// eslint-disable-next-line no-control-regex -- the codes are what is taken out
const plain = (line: string): string => line.replaceAll(/\x1b\[\d+m/g, '')

describe('progbarLogger', () => {
  it.each(cases.map((one, i) => [i, JSON.stringify(one.options), one] as const))(
    'prints what Keras prints: case %d, %s',
    (_, __, one) => {
      const events = eventsOf(one)
      expect(lines({ ...one.options, color: true }, events)).toEqual(one.printed)
      // without colours the cells ahead are thin, or the bar would always look full
      const bare = lines(one.options, events)
      expect(bare.map((line) => line.replaceAll('─', '━'))).toEqual(one.printed.map(plain))
    },
  )
  it('draws the cells ahead thin', () => {
    const one = cases.find((c) => c.options.verbose === 1 && c.params.steps === 12 && c.options.width === undefined)
    const moving = lines({ interval: 0 }, eventsOf(one as Case)).find((line) => line.startsWith(' 6/12'))
    expect(moving).toMatch(/^ 6\/12 ━{10}─{10} /)
  })
  it('counts samples of batches whose size follows from the run', () => {
    const [begin, ...rest] = eventsOf(cases.find((c) => c.options.countMode === 'samples' && c.params.samples) as Case)
    const sizeless = [begin, ...rest.map((e) => (e._tag === 'BatchEnd' ? { ...e, size: undefined } : e))]
    const options = { countMode: 'samples', interval: 0 } as const
    expect(lines(options, sizeless as ReadonlyArray<TrainingEvent>)).toEqual(
      lines(options, [begin as TrainingEvent, ...rest]),
    )
  })
  it('has a bar for an evaluation on its own, and none for validation', () => {
    const moment = { epoch: 0, batch: null, step: 0, at: 0, lr: 0.1, logs: {} }
    const test = [
      { _tag: 'TestBegin', ...moment },
      { _tag: 'TestBatchEnd', ...moment, batch: 0, at: 2000, logs: { loss: 4 } },
      { _tag: 'TestBatchEnd', ...moment, batch: 1, at: 5000, logs: { loss: 2 } },
      { _tag: 'TestEnd', ...moment, at: 5000, logs: { loss: 3 } },
    ] as const satisfies ReadonlyArray<TrainingEvent>
    expect(lines({ verbose: 1 }, test)).toEqual([
      '      1/Unknown 2s 2s/step - loss: 4.0000',
      '      2/Unknown 5s 3s/step - loss: 2.0000',
      '2/2 ━━━━━━━━━━━━━━━━━━━━ 5s 3s/step - loss: 3.0000',
    ])
    expect(lines({ verbose: 2 }, test)).toEqual(['2/2 - 5s - 2s/step - loss: 3.0000'])
    const params = { epochs: 1, initialEpoch: 0, steps: 2, samples: null, batchSize: null, metrics: [] }
    expect(lines({}, [{ _tag: 'TrainBegin', ...moment, params }, ...test])).toEqual([])
  })
  it('knows how many batches an evaluation has, where it is told', () => {
    const moment = { epoch: 0, batch: null, step: 0, at: 0, lr: 0.1, logs: {} }
    const test: ReadonlyArray<TrainingEvent> = [
      { _tag: 'TestBegin', ...moment, params: { ...noParams, steps: 2, samples: 6, batchSize: 4 } },
      { _tag: 'TestBatchEnd', ...moment, batch: 0, at: 2000 },
      { _tag: 'TestBatchEnd', ...moment, batch: 1, at: 3000 },
      { _tag: 'TestEnd', ...moment, at: 3000 },
    ]
    expect(lines({ interval: 0 }, test)[0]).toMatch(/^1\/2 .* 2s 2s\/step$/)
    expect(lines({ interval: 0, countMode: 'samples' }, test)[0]).toMatch(/^4\/6 /)
  })
  it('shows no numbers for predictions but their own logs at the end', () => {
    const moment = { epoch: 0, batch: null, step: 0, at: 0, lr: 0.1, logs: {} }
    expect(
      lines({}, [
        { _tag: 'PredictBegin', ...moment, params: { ...noParams, steps: 1 } },
        { _tag: 'PredictBatchEnd', ...moment, batch: 0, logs: { outputs: 7 } },
        { _tag: 'PredictEnd', ...moment },
      ]),
    ).toEqual(['1/1 ━━━━━━━━━━━━━━━━━━━━ 0s 0s/step', '1/1 ━━━━━━━━━━━━━━━━━━━━ 0s 0s/step'])
  })
  it('is silent when asked to be, and hears no batches where it needs none', () => {
    expect(commands(progbarLogger({ verbose: 0 }), [{ loss: 1, batches: [{ loss: 1 }] }])).toEqual([])
    expect(progbarLogger({ verbose: 0 }).spec.events).toEqual([])
    expect(progbarLogger({ verbose: 2 }).spec.events).not.toContain('BatchEnd')
  })
  it('survives an epoch that has more batches than the one before', () => {
    const batches = (n: number) => Array.from({ length: n }, () => ({ loss: 1 }))
    const drawn = commands(progbarLogger({ interval: 0 }), [
      { loss: 1, batches: batches(1) },
      { loss: 1, batches: batches(3) },
    ])
    expect(drawn.flatMap((c) => (c._tag === 'Progress' ? [c.line] : []))).toContain(
      '3/1 ━━━━━━━━━━━━━━━━━━━━ 0s 0s/step - loss: 1.0000',
    )
  })
})
