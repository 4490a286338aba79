import { TestScheduler } from 'rxjs/testing'
import { expect } from 'vitest'
import type { OptionError, TrainingEvent } from 'rxfit'
import { OptionError as OptionErrorClass } from 'rxfit'
import { events } from 'rxfit/testing'

/** Rows of one metric. */
export const rows = (
  metric: string,
  values: ReadonlyArray<number | null>,
): ReadonlyArray<Record<string, number | null>> => values.map((value) => ({ [metric]: value }))

/** The ends of a run's epochs. */
export const epochEnds = (given: Parameters<typeof events>[0]): ReadonlyArray<TrainingEvent> =>
  events(given).filter((event) => event._tag === 'EpochEnd')

export const marbles = (test: Parameters<TestScheduler['run']>[0]): void => {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test)
}

/** The error that making something throws. */
export const optionError = (make: () => unknown): OptionError => {
  try {
    make()
  } catch (error) {
    if (error instanceof OptionErrorClass) return error
    throw error
  }
  throw new Error('nothing was thrown')
}
