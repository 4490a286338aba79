import { MissingMetric } from '../dsl/Metrics.js'
import type { Policy } from '../dsl/Policy.js'
import type { Actual, Case, CaseEpoch } from './Case.js'
import { drive, type Drive } from './drive.js'
import { failed } from './faults.js'

/** A case's values as epochs of one metric. */
export const epochsOf = (c: Case): ReadonlyArray<CaseEpoch> =>
  (c.values ?? []).map((value) => ({ logs: value === null ? {} : { [metricOf(c)]: value } }))

/** The metric that the values are of. */
export const metricOf = (c: Case): string => c.monitor ?? 'val_loss'

/** Runs a policy on a case's values, one optimizer step an epoch. A null was not due, unless it was only not logged. */
export const runValues = (c: Case, policy: Policy<never>): Drive =>
  drive(policy, epochsOf(c), {
    lr: c.initialLr ?? 1,
    metrics: [metricOf(c)],
    stepsPerEpoch: 1,
    missing: (epoch) => (c.missing !== 'not-logged' && c.values?.[epoch] === null ? [metricOf(c)] : []),
  })

/** The error's part of a result, where a metric that isn't there raises `missing`. */
export const failure = ({ failure: fault }: Drive, missing = 'KeyError'): Actual =>
  fault
    ? {
        ...failed(fault.error, (error) => (error instanceof MissingMetric ? missing : undefined)),
        errorEpoch: fault.epoch,
      }
    : {}
