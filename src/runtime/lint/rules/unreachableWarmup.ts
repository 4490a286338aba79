import { inside, type Part } from '../parts.js'
import type { Rule } from '../Rule.js'
import { endFor, ofBatches, shownEnd } from '../spans.js'

/** How many steps a schedule warms up for; several frameworks' schedules call it alike. */
const warmupOf = (schedule: Part | undefined): number => {
  if (schedule === undefined) return 0
  const { kind, options } = schedule.spec
  if (kind === 'scale') return warmupOf(inside(schedule)[0])
  const steps = options?.[kind === 'warmup' ? 'steps' : 'warmupSteps']
  return typeof steps === 'number' ? steps : 0
}

/** Steps counted in epochs where they were meant as batches, or the other way round, show here first. */
export const unreachableWarmup: Rule = {
  name: 'unreachable-warmup',
  severity: 'warning',
  what: "a schedule's warm-up lasts as long as training, or longer",
  why: 'the schedule behind it is never followed; steps count epochs, unless the schedule is followed per batch',
  check: ({ policies, ends, context }) =>
    policies.flatMap((part) => {
      if (part.spec.kind !== 'scheduleLR' && part.spec.kind !== 'learningRateScheduler') return []
      const perBatch = part.spec.options?.['per'] === 'batch'
      const each = perBatch ? context.steps : 1
      const warmup = warmupOf(inside(part)[0])
      const end = endFor(part, ends)
      if (!end || each === undefined || warmup === 0 || warmup < end.epochs * each) return []
      const unit = perBatch ? 'batches' : 'epochs'
      const size = perBatch ? ofBatches(each) : ''
      return [{ path: part.path, message: `warms up for ${warmup} ${unit}, and training ends ${shownEnd(end)}${size}` }]
    }),
}
