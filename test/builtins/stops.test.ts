import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  controlledStoppingCheckpoint,
  detectOverfitting,
  divergence,
  earlyStopping,
  machine,
  stopAfterSteps,
  stopAtThreshold,
  timeStopping,
  whenElapsed,
  type Policy,
  type State,
  type TimeStoppingOptions,
  type TrainingEvent,
} from 'rxfit'
import { fromEpochs, type EpochRow } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { commands, events } from 'rxfit/testing'

type Events = ReadonlyArray<TrainingEvent<never>>
const outcome = (policy: unknown, rows: ReadonlyArray<EpochRow>, options = {}) =>
  replay(policy as Policy<never>, fromEpochs(rows, options)).outcome
const stopped = (policy: unknown, rows: ReadonlyArray<EpochRow>, options = {}) =>
  outcome(policy, rows, options).stoppedEpoch
const of = (metric: string, values: ReadonlyArray<number | null>): ReadonlyArray<EpochRow> =>
  values.map((value) => ({ loss: 1, [metric]: value }))

describe('detectOverfitting', () => {
  it('stops strictly above the threshold', () => {
    expect(stopped(detectOverfitting(), of('val_loss', [1, 1.3, 1.31, 2]))).toBe(2)
    expect(stopped(detectOverfitting({ threshold: 0.7 }), of('val_loss', [0.7, 0.71]))).toBe(1)
  })
  it('counts epochs in a row; those without validation are passed over', () => {
    expect(stopped(detectOverfitting({ patience: 2 }), of('val_loss', [2, 1, 2, null, 2, 2]))).toBe(4)
  })
  it('passes over epochs whose training value is 0 or less', () => {
    const rows = [-1, 0, 1, -1, 1].map((loss) => ({ loss, val_loss: loss === -1 ? -5 : 2 }))
    expect(stopped(detectOverfitting(), rows)).toBe(2)
    expect(stopped(detectOverfitting({ patience: 2 }), rows)).toBe(4)
    expect(stopped(detectOverfitting(), rows.slice(0, 2))).toBeNull()
  })
  it('refuses metrics that rise', () => {
    expect(() => detectOverfitting({ monitor: 'val_acc', training: 'acc' })).toThrow(
      /detectOverfitting\.monitor: 'val_acc' rises[^]*detectOverfitting\.training: 'acc' rises/,
    )
    expect(() => detectOverfitting({ monitor: 'val_reward', training: 'reward' })).not.toThrow()
  })
  it('never stops for NaN, takes other metrics, and says the ratio if asked to', () => {
    expect(stopped(detectOverfitting(), of('val_loss', [NaN, 1]))).toBeNull()
    const rows = [{ mae: 1, val_mae: 2 }]
    expect(stopped(detectOverfitting({ monitor: 'val_mae', training: 'mae' }), rows)).toBe(0)
    const said = commands(detectOverfitting({ verbose: 1 }), of('val_loss', [1.25]))
    expect(said).toMatchObject([{ message: 'Epoch 1: val_loss / loss is 1.25', by: 'detectOverfitting' }])
    expect(() => stopped(detectOverfitting(), [{ loss: 1 }])).toThrow(/'val_loss' is not reported/)
  })
})

describe('stopAtThreshold', () => {
  it('goes by the direction of the metric', () => {
    expect(stopped(stopAtThreshold({ monitor: 'acc', threshold: 0.9 }), of('acc', [0.95, 1]))).toBe(0)
    expect(stopped(stopAtThreshold({ monitor: 'val_loss', threshold: 0.5 }), of('val_loss', [0.6, 0.5, 0.4]))).toBe(2)
    expect(stopped(stopAtThreshold({ monitor: 'x', threshold: 1, mode: 'max' }), of('x', [NaN, 0, 2]))).toBe(2)
    expect(() => stopAtThreshold({ monitor: 'x', threshold: 1 })).toThrow(/stopAtThreshold.mode: can't tell/)
  })
  it('may count the threshold itself', () => {
    const options = { monitor: 'val_loss', threshold: 0.5, inclusive: true }
    expect(stopped(stopAtThreshold(options), of('val_loss', [0.6, 0.5, 0.4]))).toBe(1)
    expect(outcome(stopAtThreshold(options), of('val_loss', [0.5])).reason).toBe('val_loss is 0.5 or below')
  })
  it('looks at batches if asked to', () => {
    const rows = [{ loss: 1, batches: [{ loss: 2 }, { loss: 0.1 }, { loss: 2 }] }]
    const asked = commands(stopAtThreshold({ monitor: 'loss', threshold: 0.5, at: 'BatchEnd' }), rows)
    expect(asked).toMatchObject([
      { _tag: 'StopTraining', by: 'stopAtThreshold', why: { observed: 0.1, threshold: 0.5 } },
    ])
  })
})

describe('divergence', () => {
  it('stops for what is not finite, unless told not to', () => {
    for (const value of [NaN, Infinity, -Infinity])
      expect(stopped(divergence({ monitor: 'val_loss' }), of('val_loss', [1, value]))).toBe(1)
    expect(stopped(divergence({ checkFinite: false }), of('val_loss', [1, NaN, Infinity]))).toBeNull()
  })
  it('stops strictly beyond its thresholds', () => {
    const limits = { stoppingThreshold: 0.5, divergenceThreshold: 3 }
    expect(stopped(divergence(limits), of('val_loss', [0.5, 3]))).toBeNull()
    expect(outcome(divergence(limits), of('val_loss', [1, 0.4])).reason).toBe('val_loss is better than 0.5')
    expect(
      outcome(
        divergence({ ...limits, monitor: 'acc', stoppingThreshold: 0.9, divergenceThreshold: 0.1 }),
        of('acc', [0.5, 0.05]),
      ).reason,
    ).toBe('acc is worse than 0.1')
    expect(commands(divergence(limits), of('val_loss', [4]))).toMatchObject([
      { by: 'divergence', why: { observed: 4, reason: 'DIVERGENCE_THRESHOLD' } },
    ])
  })
  it('is what Lightning asks before it counts', () => {
    const value = fc.constantFrom(NaN, Infinity, -Infinity, -1, 0, 0.5, 1, 2, 4)
    const limits = fc.record(
      {
        mode: fc.constantFrom('min' as const, 'max' as const),
        checkFinite: fc.boolean(),
        stoppingThreshold: fc.option(fc.constantFrom(0, 0.5, 1)),
        divergenceThreshold: fc.option(fc.constantFrom(0, 1, 2)),
      },
      { requiredKeys: ['mode'] },
    )
    fc.assert(
      fc.property(limits, fc.array(value, { minLength: 1 }), (options, values) => {
        const rows = of('val_loss', values)
        const lightning = earlyStopping({ ...options, dialect: 'lightning', patience: 1000 })
        const [ours, theirs] = [outcome(divergence(options), rows), outcome(lightning, rows)]
        expect([ours.stoppedEpoch, ours.reason]).toEqual([theirs.stoppedEpoch, theirs.reason])
      }),
    )
  })
})

describe('stopAfterSteps', () => {
  it('stops within an epoch, counting over all of them', () => {
    expect(outcome(stopAfterSteps({ maxSteps: 5 }), [{}, {}, {}], { batchesPerEpoch: 4 })).toMatchObject({
      stoppedEpoch: 1,
      reason: '5 steps are trained',
    })
  })
  it('goes on counting in a resumed run; -1 is no limit', () => {
    expect(stopped(stopAfterSteps({ maxSteps: 9 }), [{}, {}], { batchesPerEpoch: 4, initialEpoch: 2 })).toBe(2)
    expect(stopped(stopAfterSteps({ maxSteps: -1 }), [{}, {}], { batchesPerEpoch: 4 })).toBeNull()
    expect(() => stopAfterSteps({ maxSteps: 0 })).toThrow(/maxSteps/)
  })
})

/** A run in which an epoch takes 100 seconds, and a batch half of that. */
const timed = (epochs: number, first = 0, start = 0): Events =>
  events(
    Array.from({ length: epochs }, () => ({ loss: 1 })),
    { batchesPerEpoch: 2, initialEpoch: first },
  ).map((e) => {
    const done = e._tag === 'EpochEnd' ? 2 : e._tag === 'BatchEnd' ? (e.batch ?? 0) + 1 : (e.batch ?? 0)
    const ended = e._tag === 'TrainEnd' ? 2 : done
    return { ...e, at: start + ((e.epoch - first) * 100 + ended * 50) * 1000 }
  }) as Events
const stops = (policy: Policy<never>, run: Events, state: State = policy.init) => {
  const [asked, end] = machine.run(policy, state)(run)
  return [
    run.flatMap((e, i) => (asked[i]?.some((c) => c._tag === 'StopTraining') ? [[e._tag, e.epoch]] : []))[0],
    end,
  ] as const
}

describe('timeStopping', () => {
  it('stops at the end of the epoch in which the time is up, or of the batch', () => {
    expect(stops(timeStopping({ seconds: 200 }), timed(4))[0]).toEqual(['EpochEnd', 1])
    expect(stops(timeStopping({ seconds: 201 }), timed(4))[0]).toEqual(['EpochEnd', 2])
    expect(stops(timeStopping({ seconds: 240, interval: 'step' }), timed(4))[0]).toEqual(['BatchEnd', 2])
    expect(stops(timeStopping(), timed(863))[0]).toBeUndefined()
    expect(stops(timeStopping(), timed(864))[0]).toEqual(['EpochEnd', 863])
  })
  it.each([
    ['00:00:03:20', 200],
    ['01:02:03:04', 93784],
    ['10 minutes', 600],
    ['1.5h', 5400],
    ['90 s', 90],
    [{ minutes: 3, seconds: 20 }, 200],
    [{ weeks: 1, days: 1 }, 691200],
  ] as const)('takes %j', (duration, seconds) => {
    const run = timed(Math.ceil(seconds / 100) + 1)
    expect(stops(timeStopping({ duration }), run)[0]).toEqual(stops(timeStopping({ seconds }), run)[0])
  })
  it.each([
    0,
    -1,
    NaN,
    Infinity,
    '',
    'soon',
    '10 parsecs',
    '1:2:3',
    '00:00:00:00',
    {},
    { parsecs: 1 },
    { minutes: '1' },
    null,
    [],
  ])('refuses %j', (duration) => {
    expect(() => timeStopping({ duration } as unknown as TimeStoppingOptions)).toThrow(
      'timeStopping.duration: must be a duration above 0',
    )
  })
  it('refuses two durations', () => {
    expect(() => timeStopping({ seconds: 1, duration: '1 s' })).toThrow(
      'timeStopping.duration: is there beside seconds',
    )
  })
  it('counts what was spent before a resume, and not the pause', () => {
    const policy = timeStopping({ seconds: 300 })
    const [before, state] = stops(policy, timed(2))
    expect(before).toBeUndefined()
    const later = timed(3, 2, 1e9)
    expect(stops(policy, later, JSON.parse(JSON.stringify(state)) as State)[0]).toEqual(['EpochEnd', 2])
    // nothing is left: it stops as it begins
    const spent = stops(policy, timed(3))[1]
    expect(stops(policy, later, spent)[0]).toEqual(['TrainBegin', 2])
  })
  it('says so if asked to', () => {
    const [asked] = machine.run(timeStopping({ seconds: 90_061.5, verbose: 1 }))(timed(902))
    expect(asked.flat().flatMap((c) => (c._tag === 'Log' ? [c.message] : []))[0]).toBe(
      'Timed stopping at epoch 901 after training for 1 day, 1:01:01.500000',
    )
  })
  it('notes that a log without times says nothing', () => {
    const { notes } = replay(timeStopping({ seconds: 1 }), fromEpochs([{ loss: 1 }]))
    expect(notes.join()).toContain("'timeStopping' goes by time, which this log doesn't have")
  })
})

describe('whenElapsed', () => {
  it('fires from then on, and a clock that goes back adds nothing', () => {
    const [begin, end] = timed(1).filter((e) => e._tag === 'TrainBegin' || e._tag === 'EpochEnd')
    const at = [0, 1000, 500, 2000].map((at, i) => ({ ...((i === 0 ? begin : end) as TrainingEvent<never>), at }))
    const [firings] = machine.run(whenElapsed(2.5))(at)
    expect(firings).toEqual([undefined, undefined, undefined, { seconds: 2.5, limit: 2.5 }])
  })
})

describe('controlledStoppingCheckpoint', () => {
  const policy = controlledStoppingCheckpoint({
    filepath: 'm-{epoch}',
    epochs: 2,
    saveWeightsOnly: true,
  }) as Policy<never>
  it('saves each epoch, and stops after so many, the save first', () => {
    const asked = commands(policy, [{}, {}, {}])
    expect(asked.slice(0, 3)).toMatchObject([
      { _tag: 'SaveModel', path: 'm-1', what: 'weights', by: 'controlledStoppingCheckpoint' },
      { _tag: 'SaveModel', path: 'm-2' },
      { _tag: 'StopTraining', reason: '2 epochs of this process are done' },
    ])
  })
  it('gives a resumed process its full slice, whatever its state says', () => {
    const [, state] = machine.run(policy)(events([{}]) as Events)
    const second = events([{}, {}, {}], { initialEpoch: 1 }) as Events
    const [asked] = machine.run(policy, JSON.parse(JSON.stringify(state)) as State)(second)
    const stop = second.findIndex((_, i) => asked[i]?.some((c) => c._tag === 'StopTraining'))
    expect(second[stop]).toMatchObject({ _tag: 'EpochEnd', epoch: 2 })
  })
  it('may stop at a given epoch', () => {
    expect(stopped(controlledStoppingCheckpoint({ filepath: 'm', stoppingEpoch: 1 }), [{}, {}, {}])).toBe(1)
    expect(
      stopped(controlledStoppingCheckpoint({ filepath: 'm', stoppingEpoch: 0 }), [{}, {}], { initialEpoch: 3 }),
    ).toBeNull()
  })
  it('says all that is wrong at once, under its own name', () => {
    const wrong = { filepath: '', saveFrq: 2, epochs: 0, stoppingEpoch: 1 } as never
    expect(() => controlledStoppingCheckpoint(wrong)).toThrow(
      /controlledStoppingCheckpoint\.epochs: must be 1 or more[^]*give epochs or stoppingEpoch[^]*controlledStoppingCheckpoint\.saveFrq: unknown option \(did you mean 'saveFreq'\?\)[^]*controlledStoppingCheckpoint\.filepath/,
    )
  })
  it('takes every option of modelCheckpoint', () => {
    const best = controlledStoppingCheckpoint({ filepath: '{epoch}', epochs: 4, saveBestOnly: true })
    const { saves, stoppedEpoch } = outcome(best, of('val_loss', [2, 3, 1, 2, 0]))
    expect([saves.map((save) => save.path), stoppedEpoch]).toEqual([['1', '3'], 3])
  })
})
