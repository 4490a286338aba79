import { modelFolder } from './modelFiles.js'
import type { Artifacts } from './Host.js'

/**
 * A tfjs IOHandler for a folder: `model.save(fileSystem('ckpt/best'))`, `tf.loadLayersModel(fileSystem('ckpt/best'))`. Works
 * on plain @tensorflow/tfjs, which has no `file://`. Reads what `saveModel` and `modelCheckpoint` wrote. Loading rejects with
 * the path where there is no model, or where it is damaged.
 * @category node
 * @example
 * import { fileSystem } from 'rxfit/node'
 * typeof fileSystem('ckpt/best').load // => 'function'
 */
export const fileSystem = (
  folder: string,
): {
  readonly save: (
    artifacts: Artifacts,
  ) => Promise<{ readonly modelArtifactsInfo: { readonly dateSaved: Date; readonly modelTopologyType: 'JSON' } }>
  readonly load: () => Promise<Artifacts>
} => ({
  save: async (artifacts) => {
    await modelFolder(folder).save(artifacts, 'model')
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }
  },
  load: modelFolder(folder).load,
})

export type { Artifacts, ModelStore } from './Host.js'
export { summaryWriter, type SummaryWriterOptions } from './tensorBoard/summaryWriter.js'
export type { Embedding, Picture, Pixels, SummaryWriter, When } from '../tfevents/SummaryWriter.js'
export type { GraphNode } from '../tfevents/graph.js'
export type { HMetric, HParam, HParams, SessionStatus } from '../tfevents/hparams.js'
