import type { Spec } from './Spec.js'

export const TypeId: unique symbol = Symbol.for('rxfit/Schedule') as never

/**
 * A value that depends on progress alone: `at(0)` before the first step, `at(n)` after n. Steps are whatever the user counts
 * (epochs or batches). Plain numbers in and out, so it is plotted, tested and composed without training.
 */
export interface Schedule {
  readonly [TypeId]: typeof TypeId
  readonly spec: Spec
  readonly at: (step: number) => number
}

/** Makes a schedule; `children` are the schedules it is made of. */
export const make = (
  kind: string,
  options: Spec['options'],
  at: (step: number) => number,
  children: ReadonlyArray<Schedule> = [],
): Schedule => ({
  [TypeId]: TypeId,
  spec: {
    kind,
    ...(options && { options }),
    ...(children.length > 0 && { children: children.map((child) => child.spec) }),
    events: [],
  },
  at,
})

export const isSchedule = (x: unknown): x is Schedule =>
  typeof x === 'object' && x !== null && (x as { [TypeId]?: unknown })[TypeId] === TypeId

/** A schedule, or the policy that follows it, gave something that can't be a learning rate. */
export class ScheduleError extends Error {
  readonly _tag = 'ScheduleError'
  override readonly name = 'ScheduleError'
  constructor(schedule: string, unit: string, step: number, value: unknown) {
    super(
      `schedule '${schedule}' gave ${String(value)} at ${unit} ${step} (0-based); a learning rate must be finite and 0 or more`,
    )
  }
}

/** The value, if it can be a learning rate. */
export const learningRateAt = (schedule: string, unit: string, step: number, value: unknown): number => {
  // + 0: JSON has no -0, and a state may hold this value
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value + 0
  throw new ScheduleError(schedule, unit, step, value)
}
