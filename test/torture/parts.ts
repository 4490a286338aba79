/** A part of `npm run torture`, here on rxfit's sources. */
interface Part {
  readonly run: (options: {
    readonly count: number
    readonly seed: number
    readonly modules: object
  }) => Promise<{ readonly tried: number; readonly lost: number; readonly failures: ReadonlyArray<string> }>
}

export const part = async (name: string): Promise<Part> =>
  (await import(new URL(`../../scripts/torture/${name}.mjs`, import.meta.url).href)) as Part
