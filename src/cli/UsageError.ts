/** What the caller can put right: one line a problem, for stderr, and exit code 2. */
export class UsageError extends Error {
  readonly _tag = 'UsageError'
  override readonly name = 'UsageError'
  constructor(readonly lines: ReadonlyArray<string>) {
    super(lines.join('\n'))
  }
}

/** Text on one line, as a message on stderr should be. */
export const oneLine = (text: string): string => text.trim().replaceAll(/\s*[\r\n]+\s*/g, ' ')

/** What was thrown, in one line; anything can be thrown. */
export const messageOf = (thrown: unknown): string =>
  oneLine(thrown instanceof Error ? thrown.message || thrown.name : `threw ${String(thrown)}`)

export const fail = (line: string): never => {
  throw new UsageError([oneLine(line)])
}
