import type { Json } from '../../dsl/Json.js'
import type { Spec } from '../../dsl/Spec.js'
import type { LintContext } from './Finding.js'

/** When a named callback first does anything. */
export interface Due {
  readonly unit: 'epochs' | 'batches'
  /** as many units must training last, those of a resumed run's past among them */
  readonly completed: number
  /** what doesn't come to pass without, for people */
  readonly what: string
}

const isNumber = (x: unknown): x is number => typeof x === 'number'

/** Done as an epoch begins, which must be one of the run's. */
const withEpoch = (epoch: number, what: string): Due => ({ unit: 'epochs', completed: epoch + 1, what })

/** The first multiple of n from some count on. */
const multiple = (n: number, from: number): number => Math.ceil(from / n) * n

/** Epochs at which batches begin to be gathered. */
const gathering = (scheduling: Json | undefined): ReadonlyArray<number> =>
  typeof scheduling === 'object' && scheduling !== null
    ? Object.entries(scheduling).flatMap(([epoch, batches]) => (batches === 1 ? [] : [Number(epoch)]))
    : []

const count = (n: number, one: string, many: string): string => (n === 1 ? `every ${one}` : `every ${n} ${many}`)

/** Of callbacks that count epochs or batches by themselves; undefined for others, and where it isn't known. */
export const dueOf = ({ kind, options = {} }: Spec, { steps, initialEpoch = 0 }: LintContext): Due | undefined => {
  switch (kind) {
    case 'layerFreezing': {
      const { until } = options
      return isNumber(until)
        ? withEpoch(until, `lets no layer learn again: it does with epoch ${until} (0-based)`)
        : undefined
    }
    case 'scheduledLRReduction': {
      const { epochSchedule } = options
      const epochs = Array.isArray(epochSchedule) ? epochSchedule.filter(isNumber) : []
      const first = Math.min(...epochs)
      return epochs.length > 0
        ? withEpoch(first, `never cuts the rate: it does from epoch ${first} (0-based) on`)
        : undefined
    }
    case 'stepwiseLRReduction': {
      const { epochSteps: n } = options
      return isNumber(n)
        ? withEpoch(
            multiple(n, Math.max(1, initialEpoch)),
            `never cuts the rate: it does after ${count(n, 'epoch', 'epochs')}`,
          )
        : undefined
    }
    case 'gradientAccumulationScheduler': {
      const epochs = gathering(options['scheduling'])
      const first = Math.min(...epochs)
      return epochs.length > 0
        ? withEpoch(first, `accumulates no gradients: it does from epoch ${first} (0-based) on`)
        : undefined
    }
    case 'evaluateEvery': {
      const { every: n = 1, unit = 'epochs' } = options
      if (!isNumber(n)) return undefined
      if (unit === 'epochs')
        return {
          unit,
          completed: multiple(n, initialEpoch + 1),
          what: `never evaluates: it does ${count(n, 'epoch', 'epochs')}`,
        }
      const done = steps === undefined ? 0 : initialEpoch * steps
      return {
        unit: 'batches',
        completed: multiple(n, done + 1),
        what: `never evaluates: it does ${count(n, 'batch', 'batches')}`,
      }
    }
    case 'textComparison':
    case 'visualize': {
      const { every: n = 1 } = options
      if (!isNumber(n)) return undefined
      const what = `never ${kind === 'visualize' ? 'draws' : 'compares texts'}: it does ${count(n, 'epoch', 'epochs')}`
      return { unit: 'epochs', completed: multiple(n, initialEpoch + 1), what }
    }
    default:
      return undefined
  }
}
