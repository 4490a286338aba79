import type { Asked } from './drive.js'

/** A write or a removal, and the epoch and batch it happened in. */
export interface Written {
  readonly epoch: number
  readonly batch: number | null
  readonly file: string
}

/** What was written, what was removed, and what is there at the end, by name. */
export const filesOf = (
  asked: ReadonlyArray<Asked>,
): {
  readonly saves: ReadonlyArray<Written>
  readonly removes: ReadonlyArray<Written>
  readonly files: ReadonlyArray<Written>
} => {
  const saves: Array<Written> = []
  const removes: Array<Written> = []
  const there = new Map<string, Written>()
  for (const { epoch, batch, command } of asked) {
    if (command._tag === 'SaveModel') {
      const written = { epoch, batch, file: command.path }
      saves.push(written)
      there.set(command.path, written)
    }
    if (command._tag === 'DeleteModel') {
      removes.push({ epoch, batch, file: command.path })
      there.delete(command.path)
    }
  }
  const files = [...there.values()].sort((a, b) => (a.file < b.file ? -1 : 1))
  return { saves, removes, files }
}
