/** Some samples, for a decoder to say what the model makes of them. */
export interface TextBatch<Model = unknown, X = unknown> {
  /** the model as it is now; what is trained, where it is none of layers: undefined */
  readonly model: Model
  /** inputs of these samples, of the kind that was given */
  readonly x: X
  /** the true texts: what teacher forcing is forced with */
  readonly texts: ReadonlyArray<string>
  /** 0-based */
  readonly epoch: number
}

/** From a model and some inputs to a text each. Disposes of the tensors that it makes. */
export type Decode<Model = unknown, X = unknown> = (
  batch: TextBatch<Model, X>,
) => ReadonlyArray<string> | PromiseLike<ReadonlyArray<string>>

/** A text as it should be, and as the model has it. */
export type TextPair = { readonly truth: string; readonly said: string }
