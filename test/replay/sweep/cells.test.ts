import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { all, type Policy, type TrainingEvent } from 'rxfit'
import type { TrainingLog } from 'rxfit/logs'
import { cellOf, NothingToJudge, sweep } from 'rxfit/replay'
import { assemblyOf } from '../../../src/replay/sweep/Candidate.js'
import { endingOf, makeReady } from '../../../src/replay/sweep/ending.js'
import { tabulate } from '../../../src/replay/judge/EpochTable.js'
import { partRegistry, tracer } from '../../../src/replay/sweep/fast.js'
import { training } from '../../laws/runs.js'
import { policies, policy } from '../../laws/specimens.js'
import { slowCell } from './reference.js'

const ends = ['completed', 'stopped', 'unknown'] as const

/** Logs with rates that change on the way, times, batches, missing and awkward values. */
const log: fc.Arbitrary<TrainingLog> = fc
  .record({
    events: training.filter((events) => events.every(({ lr }) => Number.isFinite(lr))),
    end: fc.constantFrom(...ends),
    rates: fc.array(fc.constantFrom(1, 1, 1, 0.5, 0.25), { minLength: 20, maxLength: 20 }),
  })
  .map(({ events, end, rates }): TrainingLog => {
    const changed = events.map((event): TrainingEvent => ({ ...event, lr: rates[event.epoch] ?? 1 }))
    return {
      format: 'epochs',
      path: null,
      events: changed,
      metrics: ['loss', 'val_loss', 'acc', 'val_acc'],
      epochs: changed.filter((event) => event._tag === 'EpochEnd').length,
      hasLearningRate: true,
      end,
      notes: [],
    }
  })

/** What a function gives, or what it throws. */
const attempt = <A>(f: () => A): A | { readonly threw: string } => {
  try {
    return f()
  } catch (error) {
    return { threw: (error as Error).message }
  }
}

const fastOnes = {
  earlyStopping: policies['earlyStopping'],
  reduceLROnPlateau: policies['reduceLROnPlateau'],
  modelCheckpoint: policies['modelCheckpoint'],
} as Readonly<Record<string, fc.Arbitrary<Policy>>>

const pair = fc.array(
  fc
    .oneof(...Object.values(fastOnes), policies['history'] as fc.Arbitrary<Policy>)
    .filter(({ spec }) => spec.kind !== 'modelCheckpoint' || spec.options?.['dialect'] !== 'lightning'),
  { maxLength: 4 },
)

describe('a cell', () => {
  it.each(Object.entries({ ...policies, several: pair.map((parts) => all(...parts)) }))(
    'is what a replay comes to: %s',
    (_, arbitrary) =>
      fc.assert(
        fc.property(arbitrary as fc.Arbitrary<Policy>, log, fc.boolean(), (one, run, completed) => {
          const options = { judge: 'val_loss', bootstrap: 0, splits: 0, completed, tolerance: 0.25 }
          const slow = attempt(() => slowCell(one, run, options))
          const swept = attempt(() => cellOf(sweep([one], [run], options), 0, 0))
          if ('threw' in swept) {
            // a run without a number has nothing to judge by, whatever the policy does
            if (swept.threw.includes('never measured') || swept.threw.includes('no epoch')) return
            expect('threw' in slow && swept.threw).toContain('threw' in slow && slow.threw)
          } else expect(swept).toEqual(slow)
        }),
        { numRuns: 60 },
      ),
  )

  it('takes the fast way where there is one', () => {
    const register = partRegistry()
    const ways = (arbitrary: fc.Arbitrary<Policy>) =>
      fc
        .sample(arbitrary, 200)
        .map(
          (one) =>
            makeReady(register)(assemblyOf({ name: '', settings: {}, policy: one as Policy<never> })).fast !==
            undefined,
        )
    for (const arbitrary of Object.values(fastOnes)) expect(ways(arbitrary)).toContain(true)
  })

  it('comes out the same fast and slowly', () => {
    fc.assert(
      fc.property(pair, log, fc.constantFrom(undefined, 1, 0.5), (parts, run, learningRate) => {
        const ready = makeReady(partRegistry())(
          assemblyOf({ name: '', settings: {}, policy: all(...parts) as Policy<never> }),
        )
        const traces = tracer(tabulate(run), learningRate)
        const slow = attempt(() => endingOf({ ...ready, fast: undefined }, run, traces, learningRate))
        expect(attempt(() => endingOf(ready, run, traces, learningRate))).toEqual(slow)
      }),
      { numRuns: 2000 },
    )
  })

  it('does not depend on which policies stand beside it', () => {
    fc.assert(
      fc.property(fc.array(policy, { minLength: 2, maxLength: 4 }), log, (some, run) => {
        const options = { judge: 'loss', bootstrap: 0, splits: 0 }
        const together = attempt(() => sweep(some as ReadonlyArray<Policy>, [run], options))
        if ('threw' in together) return
        some.forEach((one, i) => {
          expect(cellOf(sweep([one as Policy], [run], options), 0, 0)).toEqual(cellOf(together, i, 0))
        })
      }),
      { numRuns: 100 },
    )
  })

  it('needs a judge that was measured', () => {
    const empty = {
      format: 'epochs',
      path: 'a',
      events: [],
      metrics: [],
      epochs: 0,
      hasLearningRate: false,
      end: 'unknown',
      notes: [],
    } as const
    expect(() => sweep([all()], [empty], { judge: 'loss' })).toThrow(NothingToJudge)
  })
})
