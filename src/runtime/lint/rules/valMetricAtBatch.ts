import type { Part } from '../parts.js'
import type { Fault, Rule } from '../Rule.js'
import { monitored } from '../signals.js'

const isValidation = (metric: string, { provided }: Part): boolean => metric.startsWith('val_') && !provided.has(metric)

/** Whether the run fails for it, or the part only stays silent. */
const severity = ({ spec }: Part, metric: string): 'error' | 'warning' =>
  spec.metrics?.includes(metric) ? 'error' : 'warning'

const ofCheckpoint = (part: Part): ReadonlyArray<Fault> => {
  const { kind, options = {} } = part.spec
  const { saveFreq, saveBestOnly, monitor = 'val_loss' } = options
  if (kind !== 'modelCheckpoint' || typeof saveFreq !== 'number' || saveBestOnly !== true) return []
  if (typeof monitor !== 'string' || !isValidation(monitor, part)) return []
  return [
    {
      path: part.path,
      severity: severity(part, monitor),
      message: `looks at ${monitor} every ${saveFreq} batches; watch a metric of the training batches, or save at the end of epochs (saveFreq 'epoch')`,
    },
  ]
}

const ofMonitor = (part: Part): ReadonlyArray<Fault> => {
  const found = monitored(part)
  if (found?.at !== 'BatchEnd' || !isValidation(found.metric, part)) return []
  return [
    {
      path: part.path,
      severity: severity(part, found.metric),
      message: `looks at ${found.metric} at the end of batches; look at the end of epochs`,
    },
  ]
}

export const valMetricAtBatch: Rule = {
  name: 'val-metric-at-batch',
  severity: 'error',
  what: 'a val_ metric is looked at when a batch ends: by a checkpoint with a saveFreq in batches that saves the best only, or by a monitor; a warning where a missing metric is passed over',
  why: 'validation runs at the end of an epoch, so no batch ever has a val_ metric',
  check: ({ parts }) => parts.flatMap((part) => [...ofCheckpoint(part), ...ofMonitor(part)]),
}
