import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as rx from 'rxfit'
import { events } from 'rxfit/testing'
import { policies, triggers } from '../../laws/specimens.js'

/** What lint says is held against what the policies do. */

const values = fc.array(fc.constantFrom(0.5, 0.9, 1, 1.05, 1.5, 2, NaN), { minLength: 20, maxLength: 20 })
const rowsOf = (curve: ReadonlyArray<number>) => curve.map((x) => ({ loss: x, val_loss: x, acc: x, val_acc: x }))
const flat = rowsOf(Array<number>(30).fill(1))

/** The 0-based epoch of the first such command; Infinity where there is none. */
const first = (policy: rx.Policy, rows: ReturnType<typeof rowsOf>, tag: rx.CommandTag): number => {
  const happened = events(rows)
  const [asked] = rx.machine.run(policy as rx.Machine<rx.TrainingEvent, ReadonlyArray<rx.Command>>)(happened)
  const at = asked.findIndex((commands) => commands.some((command) => command._tag === tag))
  return at < 0 ? Infinity : (happened[at]?.epoch ?? Infinity)
}

const tellsOf = (rule: string, policy: rx.Policy, context: rx.LintContext = {}): ReadonlyArray<string> =>
  rx.lint(policy, context).flatMap((finding) => (finding.rule === rule ? [finding.path] : []))

const patience = fc.integer({ min: 0, max: 8 })
const build = <O>(make: (options: O) => rx.Policy, options: O): rx.Policy | undefined => {
  try {
    return make(options)
  } catch {
    return undefined
  }
}
const stopping = fc
  .record({ patience, dialect: fc.constantFrom('rxfit', 'keras3', 'tfkeras2', 'tfjs', 'lightning', 'hf', 'ignite') })
  .map(({ patience, dialect }) =>
    build(rx.earlyStopping, {
      ...{ patience, dialect, monitor: 'val_loss' },
      mode: 'min',
    } as rx.EarlyStoppingOptions<'val_loss'>),
  )
  .filter((x) => x !== undefined)
const cutting = fc
  .record({
    patience,
    dialect: fc.constantFrom('rxfit', 'keras3', 'tfkeras2', 'torch', 'optax'),
  })
  .map(({ patience, dialect }) =>
    build(rx.reduceLROnPlateau, {
      ...{ patience, dialect },
      ...(dialect !== 'optax' && { mode: 'min' }),
    } as rx.ReduceLROnPlateauOptions),
  )
  .filter((x) => x !== undefined)

describe('stops-before-cut', () => {
  it('is told where on a plateau no cut comes before the stop, and nowhere else', () => {
    fc.assert(
      fc.property(stopping, cutting, (stop, cut) => {
        const [stopped, isCut] = [first(stop, flat, 'StopTraining'), first(cut, flat, 'ScaleLearningRate')]
        const told = tellsOf('stops-before-cut', rx.all(stop, cut)).length > 0
        // a cut at the first improvement (optax, patience 0) is no cut on a plateau
        if (isCut === 0 || !Number.isFinite(isCut)) expect(told).toBe(false)
        else expect(told).toBe(stopped <= isCut)
      }),
      { numRuns: 500 },
    )
  })
})

describe('never-first', () => {
  const options = fc.record(
    {
      patience,
      minDelta: fc.constantFrom(0, 0.1, 0.6),
      baseline: fc.constantFrom(0.6, 1.2),
      startFromEpoch: fc.integer({ min: 0, max: 3 }),
      dialect: fc.constantFrom('rxfit', 'keras3', 'tfkeras2'),
    },
    { requiredKeys: [] },
  )
  const plain = options.map((o) => rx.earlyStopping({ ...o, mode: 'min' } as rx.EarlyStoppingOptions<'val_loss'>))
  const pipeline = fc
    .record({ patience, minDelta: fc.constantFrom(0, 0.1) })
    .map((o) => rx.emit(rx.stopTraining())(rx.whenPlateau('val_loss', o)))
  const stops = fc.oneof(plain, plain, pipeline)

  it('is only told of a stop that comes no sooner than another', () => {
    let told = 0
    fc.assert(
      fc.property(stops, stops, values, (a, b, curve) => {
        const [one, two] = [a, b].map((policy) => first(policy, rowsOf(curve), 'StopTraining')) as [number, number]
        for (const path of tellsOf('never-first', rx.all(a, b))) {
          told += 1
          if (path.startsWith('[0]')) expect(two).toBeLessThanOrEqual(one)
          else expect(one).toBeLessThanOrEqual(two)
        }
      }),
      { numRuns: 5000 },
    )
    expect(told).toBeGreaterThan(500)
  })
})

describe('never-fires', () => {
  it.each(Object.entries(triggers))('is only told of a pipeline on %s that asks for nothing', (_, arbitrary) => {
    const policyOf = (trigger: rx.Trigger): rx.Policy => rx.emit(rx.log('x'))(trigger)
    fc.assert(
      fc.property(arbitrary.map(policyOf), fc.integer({ min: 1, max: 4 }), values, (policy, epochs, curve) => {
        const steps = 2
        const rows = rowsOf(curve.slice(0, epochs)).map((row) => ({
          ...row,
          batches: Array.from({ length: steps }, () => ({ loss: row.loss })),
        }))
        if (tellsOf('never-fires', policy, { epochs, steps }).length === 0) return
        const [asked] = rx.machine.run(policy as rx.Machine<rx.TrainingEvent, ReadonlyArray<rx.Command>>)(events(rows))
        expect(asked.flat()).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
  it('is only told of stops and cuts that come at the end of the last epoch at best', () => {
    fc.assert(
      fc.property(fc.oneof(stopping, cutting), fc.integer({ min: 1, max: 9 }), values, (policy, epochs, curve) => {
        if (tellsOf('never-fires', policy, { epochs }).length === 0) return
        const rows = rowsOf(curve)
        const at = Math.min(first(policy, rows, 'StopTraining'), first(policy, rows, 'ScaleLearningRate'))
        expect(at).toBeGreaterThanOrEqual(epochs - 1)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('lint', () => {
  const context = { epochs: 10, steps: 5, initialEpoch: 0, learningRate: 0.1, metrics: ['loss', 'val_loss'] }
  it.each(Object.entries(policies))('takes %s, and what it finds is JSON', (_, arbitrary) => {
    fc.assert(
      fc.property(fc.array(arbitrary, { maxLength: 3 }), (list) => {
        const findings = rx.lint(rx.all(...list), context)
        expect(JSON.parse(JSON.stringify(findings))).toEqual(findings)
        for (const { path, message } of findings) {
          expect(path).toMatch(/^\[\d\]\.\w|^all$/)
          expect(message).not.toMatch(/\b(undefined|NaN|Infinity)\b|\[object/)
        }
      }),
      { numRuns: 50 },
    )
  })
})
