import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Policy,
  all,
  earlyStopping,
  modelCheckpoint,
  reduceLROnPlateau,
  scheduleLR,
  cosine,
  setLR,
  emit,
  everyN,
} from 'rxfit'
import { fromEpochs, type TrainingLog } from 'rxfit/logs'
import { cellOf, grid, NothingToJudge, replay, sweep, sweepToJson } from 'rxfit/replay'

const log = (values: ReadonlyArray<number | null>, path: string | null = null): TrainingLog => ({
  ...fromEpochs(values.map((val_loss) => ({ loss: 1, val_loss }))),
  path,
})
const patient = (patience: number, more: object = {}) => earlyStopping({ patience, ...more })
const judge = { judge: 'val_loss' } as const

describe('a sweep, by hand', () => {
  //                 0  1  2    3    4  5    6    7
  const long = log([9, 5, 6, 5.5, 3, 4, 4.5, 4.25])
  const result = sweep([patient(1), patient(2), patient(3), patient(3, { restoreBestWeights: true })], [long], judge)

  it('knows where each stops, what it keeps and what that costs', () => {
    expect([0, 1, 2, 3].map((p) => cellOf(result, p, 0))).toEqual([
      {
        epochsRun: 3,
        stoppedEpoch: 2,
        keptEpoch: 2,
        divergedAt: null,
        verdict: 'exact',
        regret: 3,
        premature: true,
        wasted: 1,
        secondsSaved: null,
      },
      {
        epochsRun: 4,
        stoppedEpoch: 3,
        keptEpoch: 3,
        divergedAt: null,
        verdict: 'exact',
        regret: 2.5,
        premature: true,
        wasted: 2,
        secondsSaved: null,
      },
      {
        epochsRun: 8,
        stoppedEpoch: 7,
        keptEpoch: 7,
        divergedAt: null,
        verdict: 'exact',
        regret: 1.25,
        premature: false,
        wasted: 3,
        secondsSaved: null,
      },
      {
        epochsRun: 8,
        stoppedEpoch: 7,
        keptEpoch: 4,
        divergedAt: null,
        verdict: 'exact',
        regret: 0,
        premature: false,
        wasted: 3,
        secondsSaved: null,
      },
    ])
  })
  it('compares them', () => {
    expect(result.policies.map(({ dominatedBy, onFront, sameAs }) => [dominatedBy, onFront, sameAs])).toEqual([
      [null, true, 0],
      [null, true, 1],
      [3, false, 2],
      [null, true, 3],
    ])
    expect(result.front).toEqual([0, 1, 3])
    expect(result.choice).toMatchObject({ policy: 3, regret: 0, epochs: 8 })
    expect(result.policies[0]).toMatchObject({
      ...{ name: '#1', stops: 1, stopEpoch: 2, epochs: 3, epochsSaved: 5, shareSaved: 5 / 8, secondsSaved: null },
      ...{ regret: 3, medianRegret: 3, worstRegret: 3, premature: 1, wasted: 1 },
      verdicts: { exact: 1, diverged: 0, censored: 0, unjudged: 0 },
    })
  })
  it('says that one run gives no intervals and nothing to hold out', () => {
    expect(result.policies[0]).toMatchObject({ regretInterval: null, epochsInterval: null })
    expect(result.heldOut).toBeNull()
    expect(result.notes.join()).toContain('one run only')
  })
  it('has a tolerance for what is premature', () => {
    const of = (tolerance: number) =>
      sweep([patient(1), patient(2)], [long], { ...judge, tolerance }).policies.map(({ premature }) => premature)
    expect([of(1.9), of(2)]).toEqual([
      [1, 1],
      [0, 0],
    ])
  })
  it('names no winner among those that come to the same', () => {
    const { policies, front } = sweep([patient(0), patient(1), patient(2)], [long], judge)
    expect(policies.map(({ sameAs }) => sameAs)).toEqual([0, 0, 2])
    expect(front).toEqual([0, 2])
    expect(policies[1]).toMatchObject({ onFront: true, regret: 3 })
  })
})

describe('what a policy keeps', () => {
  const run = log([3, 1, 2, 2])
  const kept = (...parts: ReadonlyArray<Policy<'val_loss'>>) =>
    cellOf(sweep([all(...parts)], [run], { ...judge, completed: true }), 0, 0).keptEpoch
  it('is the last epoch', () => expect(kept(patient(9))).toBe(3))
  it('is what it puts back', () => expect(kept(patient(9, { restoreBestWeights: true }))).toBe(1))
  it('is what a best-only checkpoint saved', () =>
    expect(kept(modelCheckpoint({ filepath: 'm', saveBestOnly: true }))).toBe(1))
  it('is the last epoch where every epoch is saved', () =>
    expect(kept(modelCheckpoint({ filepath: 'm-{epoch}' }))).toBe(3))
  it('is judged by the judge, not by what the policy watches', () => {
    const rows = [
      { loss: 1, val_accuracy: 0.5 },
      { loss: 3, val_accuracy: 0.75 },
      { loss: 2, val_accuracy: 0.625 },
    ]
    const policy = earlyStopping({ monitor: 'loss', patience: 2, restoreBestWeights: true })
    const { policies, judge: by } = sweep([policy], [fromEpochs(rows)], { judge: 'val_accuracy' })
    expect(by).toEqual({ metric: 'val_accuracy', mode: 'max', tolerance: 0 })
    expect(policies[0]?.regret).toBe(0.25)
  })
  it('is judged by the last measurement before it, where it was not measured then', () => {
    const sparse = fromEpochs([5, null, 3, null].map((val_loss, i) => ({ loss: [4, 3, 3, 3][i] as number, val_loss })))
    const policy = earlyStopping({ monitor: 'loss', patience: 2 })
    expect(sweep([policy], [sparse], judge).policies[0]).toMatchObject({ epochs: 4, regret: 0 })
    const early = earlyStopping({ monitor: 'loss', patience: 1 })
    expect(sweep([early], [sparse], judge).policies[0]).toMatchObject({ epochs: 3, regret: 0 })
  })
  it('is worse than anything where the judge gives NaN', () => {
    const { policies } = sweep([patient(2)], [log([2, 1, NaN, NaN])], judge)
    expect(policies[0]).toMatchObject({ epochs: 4, regret: Infinity, worstRegret: Infinity })
    expect(JSON.stringify(sweepToJson(sweep([patient(2)], [log([2, 1, NaN, NaN])], judge)))).toContain('"Infinity"')
  })
})

describe('verdicts', () => {
  const rising = log([3, 2, 1])
  it('a censored run is no zero regret', () => {
    const { policies, notes, choice, front } = sweep([patient(1)], [rising], judge)
    expect(policies[0]).toMatchObject({
      ...{ epochs: null, regret: null, epochsSaved: null, stopEpoch: null, onFront: false, dominatedBy: null },
      verdicts: { exact: 0, diverged: 0, censored: 1, unjudged: 0 },
    })
    expect({ choice, front }).toEqual({ choice: null, front: [] })
    expect(notes.join()).toContain('1 of 1 outcomes are censored: the log ends before the policy stops')
  })
  it('unless it is known that the run ended as planned', () => {
    const { policies } = sweep([patient(1)], [rising], { ...judge, completed: true })
    expect(policies[0]).toMatchObject({ epochs: 3, regret: 0, verdicts: { exact: 1, censored: 0 } })
    const stopped = { ...rising, end: 'stopped' as const }
    expect(sweep([patient(1)], [stopped], { ...judge, completed: true }).policies[0]?.verdicts.censored).toBe(1)
  })
  it('counts what diverged, and what was never judged', () => {
    const policy = all(patient(3), reduceLROnPlateau({ patience: 1 }))
    expect(sweep([policy], [log([1, 2, 2, 2, 2, 2])], judge).policies[0]?.verdicts).toEqual({
      ...{ exact: 0, diverged: 1, censored: 0, unjudged: 0 },
    })
    const late = fromEpochs([1, 1, 1].map((loss, i) => ({ loss, val_loss: i === 2 ? 1 : null })))
    expect(sweep([earlyStopping({ monitor: 'loss', patience: 1 })], [late], judge).policies[0]?.verdicts.unjudged).toBe(
      1,
    )
  })
  it('compares policies on the runs that both end in', () => {
    // the second ends in the easy run only; there the first is as good, and earlier
    const easy = log([1, 2, 2, 2])
    const hard = log([3, 4, 2, 1])
    const { policies } = sweep([patient(1), patient(3)], [easy, hard], judge)
    expect(policies.map(({ epochs, regret }) => [epochs, regret])).toEqual([
      [2, 2],
      [4, 1],
    ])
    expect(policies[1]?.dominatedBy).toBe(0)
  })
  it('tells seconds saved, where the logs have times', () => {
    const events = log([1, 2, 2, 2]).events.map((event, i) => ({ ...event, at: 1000 * i }))
    const last = events.at(-1) as { at: number }
    const end = events.filter(({ _tag }) => _tag === 'EpochEnd')[1] as { at: number }
    const { policies } = sweep([patient(1)], [{ ...log([1, 2, 2, 2]), events }], judge)
    expect(policies[0]?.secondsSaved).toBe((last.at - end.at) / 1000)
  })
})

describe('logs and judges that do not fit', () => {
  const good = log([1, 2, 2], 'good.csv')
  const other = { ...fromEpochs([{ loss: 1 }, { loss: 2 }]), path: 'other.csv' }
  it('a mistyped judge is an error for each log, with the nearest name', () => {
    const caught = (() => {
      try {
        return sweep([patient(1)], [good, other], { judge: 'val_los' })
      } catch (error) {
        return error
      }
    })()
    expect(caught).toBeInstanceOf(NothingToJudge)
    expect((caught as Error).message).toMatch(
      /^good.csv: .*did you mean 'val_loss'.*\nother.csv: .*there is loss; there is no validation data/,
    )
  })
  it('a log without the judge, or without what a policy watches, is left out and named', () => {
    const { runs, leftOut, notes } = sweep([patient(1)], [good, other, log([], 'empty.csv')], judge)
    expect(runs.map(({ path }) => path)).toEqual(['good.csv'])
    expect(leftOut.map(({ path }) => path)).toEqual(['other.csv', 'empty.csv'])
    expect(notes.join('\n')).toContain("other.csv is left out: the judge asks for what isn't there")
    const [only] = sweep([patient(1)], [good, other], { judge: 'loss' }).leftOut
    expect(only).toMatchObject({
      path: 'other.csv',
      why: expect.stringContaining("a policy asks for what isn't there") as unknown,
    })
  })
  it('refuses a policy with the words of a replay', () => {
    const wrong = modelCheckpoint({ filepath: 'm-{val_f1}' })
    const said = (f: () => unknown): string => {
      try {
        return String(f())
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(said(() => sweep([patient(1), wrong], [good], judge))).toContain(said(() => replay(wrong, good)))
  })
  it('knows a metric by its other names', () => {
    const { events, ...rest } = log([3, 1, 2])
    const other: TrainingLog = {
      ...rest,
      events: events.map((event) => ({ ...event, logs: { ...event.logs, eval_loss: event.logs['val_loss'] ?? NaN } })),
      metrics: ['eval_loss'],
      aliases: { val_loss: 'eval_loss' },
    }
    expect(sweep([patient(1)], [other], judge).policies[0]?.regret).toBe(1)
  })
  it('does not guess a direction', () => {
    const reward = fromEpochs([1, 2].map((x) => ({ reward: x, val_loss: x })))
    expect(() => sweep([patient(1)], [reward], { judge: 'reward' })).toThrow(
      /can't tell whether 'reward' should fall or rise/,
    )
    expect(
      sweep([patient(1)], [reward], { judge: 'reward', judgeMode: 'max', completed: true }).policies[0]?.regret,
    ).toBe(0)
  })
  it.each([
    [() => sweep([], [good], judge), /list of policies/],
    [() => sweep([patient(1)], [], judge), /list of logs/],
    [() => sweep([patient(1)], [Promise.resolve(good) as never], judge), /await it/],
    [() => sweep([{} as never], [good], judge), /candidate 0 must be a policy/],
    [() => sweep([patient(1)], [good], { ...judge, bootstrp: 3 } as never), /did you mean 'bootstrap'/],
    [() => sweep([patient(1)], [good], { ...judge, tolerance: -1 }), /tolerance: must be 0 or more/],
    [
      () =>
        sweep(
          [all(scheduleLR(cosine({ initial: 1, steps: 3 })), scheduleLR(cosine({ initial: 2, steps: 3 })))],
          [good],
          judge,
        ),
      /set by more than one/,
    ],
    [() => sweep([patient(1), modelCheckpoint({ filepath: 'm-{val_f1}' })], [good], judge), /good.csv: .*val_f1/],
    [() => sweep([patient(1), emit(setLR(NaN))(everyN(1))], [good], judge), /good.csv: .*finite and 0 or more/],
  ])('refuses what it cannot use: %#', (f, message) => expect(f).toThrow(message))
})

describe('many runs', () => {
  const curves = fc.sample(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 12, maxLength: 30 }), {
    seed: 5,
    numRuns: 16,
  })
  const logs = curves.map((noise) => log(noise.map((x, i) => 10 * Math.exp(-i / 6) + x / 20)))
  const policies = grid(earlyStopping({ restoreBestWeights: true }), { 'earlyStopping.patience': '1..12' })
  const options = { ...judge, completed: true, seed: 4 } as const
  const result = sweep(policies, logs, options)

  it('the same seed gives the same, another another', () => {
    expect(sweep(policies, logs, options)).toEqual(result)
    const other = sweep(policies, logs, { ...options, seed: 5 })
    expect(other.policies[0]?.regretInterval).not.toEqual(result.policies[0]?.regretInterval)
    expect(other.policies[0]?.regret).toBe(result.policies[0]?.regret)
  })
  it('intervals hold the mean', () => {
    for (const { regret, regretInterval, epochs, epochsInterval } of result.policies) {
      expect(regretInterval?.[0]).toBeLessThanOrEqual(regret as number)
      expect(regretInterval?.[1]).toBeGreaterThanOrEqual(regret as number)
      expect(epochsInterval?.[0]).toBeLessThanOrEqual(epochs as number)
      expect(epochsInterval?.[1]).toBeGreaterThanOrEqual(epochs as number)
    }
    expect(sweep(policies, logs, { ...options, bootstrap: 0 }).policies[0]?.regretInterval).toBeNull()
  })
  it('the front is what no other policy beats', () => {
    const beats = (a: number, b: number): boolean => {
      const [x, y] = [result.policies[a]!, result.policies[b]!]
      return x.epochs! <= y.epochs! && x.regret! <= y.regret! && (x.epochs! < y.epochs! || x.regret! < y.regret!)
    }
    result.policies.forEach(({ onFront, dominatedBy }, p) => {
      expect(onFront).toBe(!result.policies.some((_, other) => beats(other, p)))
      if (dominatedBy !== null) expect(beats(dominatedBy, p)).toBe(true)
    })
  })
  it('the choice is the shortest within a standard error of the least regret', () => {
    const regrets = (p: number) => logs.map((_, run) => cellOf(result, p, run).regret as number)
    const mean = (xs: ReadonlyArray<number>) => xs.reduce((a, b) => a + b, 0) / xs.length
    const least = policies.map((_, p) => p).reduce((a, b) => (mean(regrets(b)) < mean(regrets(a)) ? b : a))
    const own = regrets(least)
    const error = Math.sqrt(own.reduce((sum, x) => sum + (x - mean(own)) ** 2, 0) / (own.length - 1) / own.length)
    const near = result.policies.filter(({ regret }) => regret! <= mean(own) + error)
    expect(result.choice?.epochs).toBe(Math.min(...near.map(({ epochs }) => epochs!)))
  })
  it('what is held out flatters less than what was chosen on', () => {
    // the best of many useless policies looks good where it was chosen, and nowhere else
    const [noise] = fc.sample(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 900, maxLength: 900 }),
      { seed: 8, numRuns: 1 },
    ) as unknown as [ReadonlyArray<number>]
    const random = Array.from({ length: 30 }, (_, run) => log([2, ...noise.slice(30 * run, 30 * run + 29)]))
    const some = grid(earlyStopping(), { 'earlyStopping.startFromEpoch': '0..25' })
    const { heldOut } = sweep(some, random, { ...options, splits: 300 })
    expect(heldOut?.splits).toBe(300)
    expect(heldOut?.chosenOn).toBeLessThan(heldOut?.heldOut as number)
    expect(heldOut?.choices.reduce((sum, { times }) => sum + times, 0)).toBe(300)
  })
  it('goes to JSON whole', () => {
    const json = JSON.parse(JSON.stringify(sweepToJson(result))) as {
      policies: ReadonlyArray<{ runs: ReadonlyArray<object> }>
    }
    expect(json.policies).toHaveLength(12)
    expect(json.policies[3]?.runs[2]).toEqual(cellOf(result, 3, 2))
  })
  it('asks for a cell that is there', () => {
    expect(() => cellOf(result, 12, 0)).toThrow(RangeError)
    expect(() => cellOf(result, 0, 16)).toThrow(/12 policies and 16 runs, got 0 and 16/)
  })
})
