import { union, type Spec } from '../dsl/Spec.js'

/** Callbacks that watch `val_loss` unless they are told otherwise. */
const watchers = new Set(['earlyStopping', 'reduceLROnPlateau'])

const own = ({ kind, metrics, options }: Spec): ReadonlyArray<string> => {
  const named = kind === 'monitor' ? options?.['metric'] : options?.['monitor']
  if (typeof named === 'string') return [named]
  return metrics && metrics.length > 0 ? metrics : watchers.has(kind) ? ['val_loss'] : []
}

/** The metrics that a pipeline looks at, those included that may be missing; what it computes itself is left out. */
export const metricsRead = (spec: Spec): ReadonlyArray<string> => {
  const children = spec.children ?? []
  if (children.length === 0) return own(spec)
  const provided = union(...children.map((child) => child.provides))
  return union(...children.map(metricsRead)).filter((metric) => !provided.includes(metric))
}
