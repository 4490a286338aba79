import { oneLine } from '../logs/text.js'

/** What the caller can put right: one line a problem, for stderr, and exit code 2. */
export class UsageError extends Error {
  readonly _tag = 'UsageError'
  override readonly name = 'UsageError'
  constructor(readonly lines: ReadonlyArray<string>) {
    super(lines.join('\n'))
  }
}

export const fail = (line: string): never => {
  throw new UsageError([oneLine(line)])
}
