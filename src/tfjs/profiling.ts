import type { TimedKernel } from '../tfevents/profile.js'
import { profile } from './engine.js'

/** Times operations one by one, from a beginning to an end. */
export interface Profiling {
  readonly start: () => void
  readonly stop: () => Promise<ReadonlyArray<TimedKernel>>
  readonly dispose: () => void
}

/** What tfjs calls `tf.profile` is given a function to time; this one ends when it is told to. */
export const profiling = (): Profiling => {
  let underway: { readonly end: () => void; readonly told: Promise<ReadonlyArray<TimedKernel>> } | undefined
  return {
    start: () => {
      if (underway) throw new Error('operations are being timed already; let one policy profile at a time')
      let end = (): void => undefined
      const told = profile(
        () =>
          new Promise<void>((resolve) => {
            end = resolve
          }),
      )
      // whoever stops it hears of a failure; nobody may
      told.catch(() => undefined)
      underway = { end, told }
    },
    stop: async () => {
      if (!underway) throw new Error('nothing was being timed; a StartProfile begins that')
      const { end, told } = underway
      end()
      try {
        const kernels = await told
        underway = undefined
        return kernels
      } catch (cause) {
        // tfjs hands all operations at once to one function; asked again, the same is said
        if (cause instanceof RangeError)
          throw new Error('there were too many operations to be timed; profile fewer batches', { cause })
        throw cause
      }
    },
    dispose: () => {
      underway?.end()
      underway = undefined
    },
  }
}
