import type * as tf from '@tensorflow/tfjs'
import type { WeightValues } from '../../tfevents/weightImages.js'
import { keep } from '../engine.js'
import type { Gradients } from './gradients.js'
import type { Stored } from '../weights.js'

/** The latest step's gradients, as they were before clipping, for whoever wants to see all of them. */
export interface KeptGradients {
  readonly keep: () => void
  /** what was kept, as numbers; nothing is kept any longer */
  readonly take: () => Promise<ReadonlyArray<WeightValues>>
  /** whether gradients are being kept, and those that are; `names` as for other parts of a run */
  readonly state: (names: ReadonlyArray<string>) => Stored<KeptGradientsState>
  readonly putState: (stored: Stored<KeptGradientsState>, names: ReadonlyArray<string>) => void
  readonly dispose: () => void
}

export interface KeptGradientsState {
  readonly keeping: boolean
  readonly weights: ReadonlyArray<number>
}

export const keptGradients = (gradients: Gradients): KeptGradients => {
  let kept: ReadonlyArray<readonly [name: string, tensor: tf.Tensor]> = []
  let keeping = false
  let used = false
  const release = (): void => {
    for (const [, tensor] of kept) tensor.dispose()
    kept = []
  }
  const start = (): void => {
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
  }
  return {
    keep: start,
    state: (names) => ({
      info: { keeping, weights: kept.map(([name]) => names.indexOf(name)) },
      tensors: kept.map(([, tensor]) => tensor),
    }),
    putState: ({ info, tensors }, names) => {
      if (info.keeping) start()
      release()
      kept = info.weights.flatMap((position, i) => {
        const tensor = tensors[i]
        return tensor ? [[names[position] ?? '', keep(tensor.clone())] as const] : []
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
