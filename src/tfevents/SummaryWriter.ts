import type { GraphNode } from './graph.js'
import type { HParams, SessionStatus } from './hparams.js'

/** An image as numbers. */
export interface Pixels {
  readonly width: number
  readonly height: number
  /** 1: grey; 3: RGB; 4: RGBA */
  readonly channels: 1 | 3 | 4
  /** rows from the top, a pixel's channels side by side; from 0 to 255 */
  readonly data: ArrayLike<number>
}

/** An image: the bytes of a PNG file, or pixels. */
export type Picture = Uint8Array | Pixels

/** Vectors for TensorBoard's projector. */
export interface Embedding {
  /** part of the files' names */
  readonly name: string
  readonly vectors: ReadonlyArray<ArrayLike<number>>
  /** a label for each vector; or columns by their names */
  readonly metadata?: ReadonlyArray<string> | Readonly<Record<string, ReadonlyArray<string>>>
  /** in place of `metadata`, a file of labels that is there already; as seen from the folder */
  readonly metadataPath?: string
}

/** When something was, where that isn't now. */
export interface When {
  /** milliseconds since 1970 */
  readonly at?: number
}

/** Writes what TensorBoard shows. `step` is a whole number; tags are names, whose parts between slashes are grouped. */
export interface SummaryWriter {
  /** the event file; it is made by the first write */
  readonly path: string
  readonly scalar: (tag: string, value: number, step: number, when?: When) => void
  /** how values are spread, in buckets of equal width; 30 unless said otherwise */
  readonly histogram: (
    tag: string,
    values: ArrayLike<number>,
    step: number,
    options?: When & { readonly buckets?: number },
  ) => void
  /** one image, or several of one size */
  readonly image: (tag: string, image: Picture | ReadonlyArray<Picture>, step: number, when?: When) => void
  /** markdown */
  readonly text: (tag: string, markdown: string, step: number, when?: When) => void
  /** precision and recall at thresholds (201 unless said otherwise): `yTrue` is 0 or 1, `yProb` from 0 to 1 */
  readonly prCurve: (
    tag: string,
    yTrue: ArrayLike<number>,
    yProb: ArrayLike<number>,
    step: number,
    options?: When & { readonly thresholds?: number },
  ) => void
  /** what this run is compared by in the table of hyperparameters; once, and `hparamsEnd` when it ends */
  readonly hparams: (hparams: HParams, when?: When) => void
  readonly hparamsEnd: (status?: SessionStatus, when?: When) => void
  /** a graph of any nodes; once a file */
  readonly graph: (nodes: ReadonlyArray<GraphNode>, when?: When) => void
  /** the graph of a model's layers, from its JSON: Keras' `model.to_json()`, `model.toJSON()` in tfjs */
  readonly modelGraph: (json: string, tag?: string, when?: When) => void
  /** vectors to look at in the projector; replaces those that were given before */
  readonly projector: (embeddings: ReadonlyArray<Embedding>) => void
  /** until the file is on the disk; it is with the operating system after each write */
  readonly flush: () => void
  readonly close: () => void
}
