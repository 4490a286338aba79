import type { Direction } from '../../dsl/Metrics.js'
import { resolveDirection } from '../../operators/internal/progress.js'
import { holdsCode, inside, type Part, type Provided } from './parts.js'

/** A metric as part of a key: `acc` and `accuracy` are one, and what an enricher adds is that enricher's. */
export const metricKey = (metric: string, provided: Provided, at = 'EpochEnd'): string =>
  `${metric.replace(/^(val_)?acc$/, '$1accuracy')}@${provided.get(metric) ?? ''}@${at}`

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The metric of a plain `monitor`, and its event. */
export const monitored = ({ spec }: Part): { readonly metric: string; readonly at: string } | undefined => {
  const metric = spec.kind === 'monitor' ? text(spec.options?.['metric']) : undefined
  return metric === undefined ? undefined : { metric, at: text(spec.options?.['at']) ?? 'EpochEnd' }
}

/** Equal for signals that have equal values at the same events. */
export const signalKey = (signal: Part): string => {
  const { spec, path, provided } = signal
  const plain = monitored(signal)
  if (plain) return metricKey(plain.metric, provided, plain.at)
  if (holdsCode(spec.options)) return path
  return `${spec.kind}${JSON.stringify(spec.options ?? {})}(${inside(signal).map(signalKey).join()})`
}

/** The monitors that a signal is made of. */
export const monitorsIn = (signal: Part): ReadonlyArray<Part> =>
  monitored(signal) ? [signal] : inside(signal).flatMap(monitorsIn)

/** Whether all it is made of comes at the ends of epochs. */
export const isOfEpochs = (signal: Part): boolean => {
  const monitors = monitorsIn(signal)
  return monitors.length > 0 && monitors.every((one) => monitored(one)?.at === 'EpochEnd')
}

/** Which way that mode goes for a signal; null where nobody can tell. */
export const directionFor = (signal: Part, mode: Direction | 'auto'): Direction | null => {
  try {
    const metrics = monitorsIn(signal).map((one) => monitored(one)?.metric as string)
    return resolveDirection(signal.path, mode, [...new Set(metrics)])
  } catch {
    return null
  }
}

/** The metric that a signal smooths, or is; undefined where its values are of another kind (a ratio, a slope). */
export const smoothed = (signal: Part): string | undefined => {
  const { kind, options } = signal.spec
  const keeps = kind === 'ema' || kind === 'best' || (kind === 'window' && options?.['summary'] !== 'slope')
  const plain = monitored(signal)
  if (plain) return signal.provided.has(plain.metric) ? undefined : plain.metric
  return keeps ? inside(signal).map(smoothed)[0] : undefined
}
