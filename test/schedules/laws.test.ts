import * as E from 'fp-ts/lib/Either.js'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromSpec, machine, scheduleLR, toSpec } from 'rxfit'
import { events } from 'rxfit/testing'

import { schedules } from '../laws/specimens.js'

const step = fc.oneof(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 1_000_000 }))

describe.each(Object.entries(schedules))('%s', (_, schedule) => {
  it('is finite and 0 or more at every step', () =>
    fc.assert(
      fc.property(schedule, step, (s, n) => {
        expect(Number.isFinite(s.at(n)) && s.at(n) >= 0).toBe(true)
      }),
    ))
  it('is a function of the step alone', () =>
    fc.assert(
      fc.property(schedule, fc.array(step), (s, steps) => {
        expect([...steps].reverse().map(s.at).reverse()).toEqual(steps.map(s.at))
      }),
    ))
  it('is the same when it is rebuilt from JSON', () =>
    fc.assert(
      fc.property(schedule, (s) => {
        const policy = scheduleLR(s)
        const rebuilt = fromSpec(JSON.parse(JSON.stringify(toSpec(policy))))
        if (E.isLeft(rebuilt)) throw rebuilt.left
        const run = events(Array.from({ length: 30 }, () => ({})))
        expect(machine.run(rebuilt.right)(run)[0]).toEqual(machine.run(policy)(run)[0])
      }),
    ))
})
