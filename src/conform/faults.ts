import { MissingMetric } from '../dsl/Metrics.js'
import { OptionError } from '../dsl/Options.js'
import { ScheduleError } from '../dsl/Schedule.js'
import type { Actual } from './Case.js'

/** Name of the exception that Python raises for what went wrong here. */
export const pythonName = (
  error: unknown,
  special: (error: unknown) => string | undefined = () => undefined,
): string => {
  const known = special(error)
  if (known !== undefined) return known
  if (error instanceof TypeError) return 'TypeError'
  if (error instanceof RangeError && error.message === 'division by zero') return 'ZeroDivisionError'
  if (error instanceof OptionError) return /unknown field/.test(error.message) ? 'KeyError' : 'ValueError'
  if (error instanceof MissingMetric) return 'KeyError'
  if (error instanceof ScheduleError || error instanceof RangeError) return 'ValueError'
  return error instanceof Error ? error.name : 'Exception'
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** What a case's result looks like where the policy could not even be made. */
export const atConstruction = (error: unknown, special?: (error: unknown) => string | undefined): Actual => ({
  error: pythonName(error, special),
  errorMessage: message(error),
  errorAt: 'construct',
})

/** The error's part of a result. */
export const failed = (error: unknown, special?: (error: unknown) => string | undefined): Actual => ({
  error: pythonName(error, special),
  errorMessage: message(error),
})
