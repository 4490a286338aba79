import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { messageOf } from '../logs/text.js'
import { writeWhole as write } from '../sinks/files.js'
import { fail } from './UsageError.js'

/** What a path leads to, whatever it is called. */
const real = (path: string): string => {
  try {
    return realpathSync(path)
  } catch {
    return resolve(path)
  }
}

/** All or nothing: whoever reads meanwhile has the old file or the new one. `read`: what the answer was made of, and isn't to be lost. */
export const writeWhole = async (file: string, text: string, read: ReadonlyArray<string> = []): Promise<void> => {
  if (read.some((path) => real(path) === real(file))) fail(`${file}: is what is read here, so it isn't written over`)
  try {
    await write(file, text)
  } catch (error) {
    fail(messageOf(error))
  }
}
