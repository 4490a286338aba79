import type * as tf from '@tensorflow/tfjs'
import type { WeightValues } from '../tfevents/weightImages.js'
import { keep } from './engine.js'
import type { Gradients } from './gradients.js'

/** The latest step's gradients, as they were before clipping, for whoever wants to see all of them. */
export interface KeptGradients {
  readonly keep: () => void
  readonly keeping: () => boolean
  /** what was kept, as numbers; nothing is kept any longer */
  readonly take: () => Promise<ReadonlyArray<WeightValues>>
  readonly dispose: () => void
}

export const keptGradients = (gradients: Gradients): KeptGradients => {
  let kept: ReadonlyArray<readonly [name: string, tensor: tf.Tensor]> = []
  let keeping = false
  let used = false
  const release = (): void => {
    for (const [, tensor] of kept) tensor.dispose()
    kept = []
  }
  return {
    keeping: () => keeping,
    keep: () => {
      keeping = true
      if (used) return
      used = true
      gradients.use('raw', (given) => {
        if (!keeping) return given
        release()
        // clones share their data: nothing is copied
        kept = given.flatMap(({ name, tensor }) => (tensor ? [[name, keep(tensor.clone())] as const] : []))
        return given
      })
    },
    take: async () => {
      keeping = false
      const taken = kept
      kept = []
      try {
        return await Promise.all(
          taken.map(async ([name, tensor]) => ({
            name: name.replaceAll(':', '_'),
            shape: tensor.shape,
            values: await tensor.data(),
          })),
        )
      } finally {
        for (const [, tensor] of taken) tensor.dispose()
      }
    },
    dispose: () => {
      keeping = false
      release()
    },
  }
}
