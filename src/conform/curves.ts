import type { Schedule } from '../dsl/Schedule.js'
import type { Actual, Case } from './Case.js'
import { failed } from './faults.js'

/**
 * The values of a schedule at each step of a case. A framework computes the next value when a step is over, so a value that
 * can't be computed is the error of the step before.
 */
export const curve = (c: Case, schedule: Schedule): Actual => {
  const steps = c.steps ?? 0
  const lr: Array<number> = []
  for (let step = 0; step <= steps; step += 1) {
    try {
      const value = schedule.at(step)
      if (step < steps) lr.push(value)
    } catch (error) {
      // the first value is computed when the schedule is made
      if (step === 0) throw error
      return { lr, ...failed(error), errorStep: step - 1 }
    }
  }
  return { lr }
}
