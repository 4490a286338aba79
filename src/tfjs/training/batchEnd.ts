import type * as tf from '@tensorflow/tfjs'
import type { Logs } from '../../dsl/TrainingEvent.js'
import { backendName } from '../engine.js'

/**
 * tfjs hands a batch's loss and metrics over as tensors, and its CustomCallback reads each with an awaited `data()`: 4 to 6 %
 * of a small model's batch. Backends that compute on the CPU can be read at once, which costs nothing. So our batch hook is
 * put on tfjs' callback itself, before that reading; the method that it covers is then called and does the yielding.
 */

/** What CallbackList calls at the end of a batch. */
type BatchEnd = (batch: number, logs: Readonly<Record<string, number | tf.Scalar>>) => Promise<void>

interface Covered {
  onBatchEnd: BatchEnd
}

const readableAtOnce: ReadonlySet<string | undefined> = new Set(['cpu', 'tensorflow', 'wasm'])

/** The metrics of a batch as numbers; a promise only where the backend has to be waited for. */
const numbers = (logs: Parameters<BatchEnd>[1], atOnce: boolean): Logs | Promise<Logs> => {
  const read: Record<string, number> = {}
  const pending: Array<Promise<void>> = []
  for (const name in logs) {
    // tfjs mixes the batch's index and size into the logs
    if (name === 'batch' || name === 'size') continue
    const value = logs[name] as number | tf.Scalar
    if (typeof value === 'number') read[name] = value
    else if (atOnce) read[name] = value.dataSync()[0] as number
    else
      pending.push(
        value.data().then(([number]) => {
          read[name] = number as number
        }),
      )
  }
  return pending.length === 0 ? read : Promise.all(pending).then(() => read)
}

/** What is done at the end of a batch: only counting it costs nothing, reading its metrics a little. */
export type BatchEndHook =
  | { readonly count: () => void }
  | { readonly read: (batch: number, size: number, logs: Logs) => Promise<void> | undefined }

/** Has a hook called at the end of each batch. `callback` is what tfjs made of our hooks. */
export const coverBatchEnd = (callback: object, hook: BatchEndHook): void => {
  const covered = callback as Covered
  const { onBatchEnd } = Object.getPrototypeOf(covered) as Covered
  const atOnce = readableAtOnce.has(backendName())
  covered.onBatchEnd = async (batch, logs) => {
    if ('count' in hook) hook.count()
    else {
      const read = numbers(logs, atOnce)
      const done = hook.read(batch, logs['size'] as number, read instanceof Promise ? await read : read)
      if (done) await done
    }
    return onBatchEnd.call(covered, batch, logs)
  }
}
