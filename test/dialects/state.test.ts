import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import {
  all,
  dialectNames,
  earlyStopping,
  fromSpec,
  hf,
  modelCheckpoint,
  optax,
  reduceLROnPlateau,
  scheduleLR,
  toSpec,
  torch,
} from 'rxfit'
import { events } from 'rxfit/testing'
import { run } from '../../src/dsl/Machine.js'
import type { Policy } from '../../src/dsl/Policy.js'

const values = [NaN, Infinity, 1, 0.5, null, 0.75, -Infinity, NaN, 0.25, 0.5, 0.5, 0.5]
const happened = events(
  values.map((val_loss) => ({ val_loss })),
  { learningRate: 0.1, batchesPerEpoch: 2 },
)

/** Every builtin in every dialect that has it. */
const builtins: ReadonlyArray<readonly [string, Policy<never>]> = dialectNames.flatMap((dialect) => {
  const mode = dialect === 'optax' ? {} : { mode: 'min' as const }
  const watch = { dialect, monitor: 'val_loss' as const, ...mode }
  const makers: ReadonlyArray<readonly [string, () => Policy<never>]> = [
    ['earlyStopping', () => earlyStopping<never>({ ...watch, patience: 3 } as never)],
    ['reduceLROnPlateau', () => reduceLROnPlateau<never>({ ...watch, patience: 1, cooldown: 2 } as never)],
    ['modelCheckpoint', () => modelCheckpoint<never>({ ...watch, filepath: '{epoch}.keras' } as never)],
  ]
  return makers.flatMap(([name, make]) => {
    try {
      return [[`${name} in ${dialect}`, make()] as const]
    } catch {
      return []
    }
  })
})

describe('builtins in every dialect', () => {
  it('are as many as the frameworks have', () => expect(builtins).toHaveLength(18))

  it.each(builtins)('%s goes on from a state that went through JSON', (_, policy) => {
    const [whole] = run(policy)(happened as never)
    const [first, state] = run(policy)(happened.slice(0, 17) as never)
    const [rest] = run(policy, JSON.parse(JSON.stringify(state)) as never)(happened.slice(17) as never)
    expect([...first, ...rest]).toEqual(whole)
  })

  it.each(builtins)('%s is made again of its spec', (_, policy) => {
    const again = fromSpec(JSON.parse(JSON.stringify(toSpec(policy))))
    expect(E.isRight(again) && toSpec(again.right)).toEqual(toSpec(policy))
  })
})

describe("other frameworks' schedules", () => {
  const warm = torch.linearLR({ initial: 1, totalIters: 2 })
  it.each([
    torch.stepLR({ initial: 1, stepSize: 3 }),
    torch.sequentialLR([warm, torch.exponentialLR({ initial: 1, gamma: 0.5 })], [2]),
    torch.cosineAnnealingWarmRestarts({ initial: 1, t0: 2 }),
    hf.linear({ initial: 1, warmupSteps: 2, trainingSteps: 8 }),
    optax.piecewiseConstantSchedule({ initValue: 1, boundariesAndScales: { 3: 0.5 } }),
    optax.joinSchedules([optax.constantSchedule({ value: 1 }), optax.constantSchedule({ value: 2 })], [2]),
  ])('are made again of their specs: $spec.kind', (schedule) => {
    const policy = all(scheduleLR(schedule))
    const again = fromSpec(JSON.parse(JSON.stringify(toSpec(policy))))
    expect(E.isRight(again)).toBe(true)
    if (E.isLeft(again)) return
    expect(toSpec(again.right)).toEqual(toSpec(policy))
    expect(run(again.right)(happened as never)[0]).toEqual(run(policy)(happened as never)[0])
  })
  it('fail where their framework does', () => {
    const cycle = torch.oneCycleLR({ maxLr: 1, totalSteps: 5 })
    expect(cycle.at(5)).toBeGreaterThan(cycle.at(4))
    expect(() => cycle.at(6)).toThrow('there are 5 steps')
    expect(() => torch.oneCycleLR({ maxLr: 1, totalSteps: 10, pctStart: 0.1 })).toThrow('division by zero')
    expect(() => hf.polynomial({ initial: 0.1, warmupSteps: 0, trainingSteps: 4, end: 0.2 })).toThrow(
      /end: must be below/,
    )
    expect(() => optax.cosineDecaySchedule({ initValue: 1, decaySteps: 0 })).toThrow(/decaySteps: must be above 0/)
    expect(optax.cosineOnecycleSchedule({ transitionSteps: 3, peakValue: 1 }).at(1)).toBeNaN()
  })
})
