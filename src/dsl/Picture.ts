/** Pixels, 8 bits a channel: rows from the top, red, green, blue and opacity of each pixel side by side. */
export interface Picture {
  readonly width: number
  readonly height: number
  /** 4 · width · height numbers from 0 to 255 */
  readonly rgba: Uint8Array | Uint8ClampedArray
}

/** One input or output of a model, over some samples. */
export interface Samples {
  readonly name: string
  /** of one sample: `[28, 28, 1]`; empty for a single number */
  readonly shape: ReadonlyArray<number>
  /** a list of numbers a sample */
  readonly rows: ReadonlyArray<ArrayLike<number>>
}

/** What a model said of some samples, and what is true of them; each list in the model's order. */
export interface Predictions {
  /** 0-based epoch that had ended */
  readonly epoch: number
  readonly inputs: ReadonlyArray<Samples>
  readonly truth: ReadonlyArray<Samples>
  readonly predicted: ReadonlyArray<Samples>
}

/** Metrics over epochs; null where one wasn't measured or isn't finite. */
export type Curves = {
  readonly epochs: ReadonlyArray<number>
  readonly values: Readonly<Record<string, ReadonlyArray<number | null>>>
}

/** A drawing by its name, or with options of its own: `'confusionMatrix'`, `{ imageGrid: { columns: 6 } }`. */
export type DrawingRequest = string | { readonly [name: string]: { readonly [option: string]: unknown } }

/** A drawing of one's own: of the predictions, and of the data as they were given. */
export type DrawFunction = (predictions: Predictions, data: unknown) => Picture | PromiseLike<Picture>
