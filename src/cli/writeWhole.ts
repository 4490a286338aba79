import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { messageOf } from '../logs/text.js'
import { fail } from './UsageError.js'

/** All or nothing: whoever reads meanwhile has the old file or the new one. */
export const writeWhole = async (file: string, text: string): Promise<void> => {
  const draft = `${file}.${randomUUID()}.tmp`
  try {
    await writeFile(draft, text, { flag: 'wx', flush: true })
    await rename(draft, file)
  } catch (error) {
    await rm(draft, { force: true })
    fail(`${file}: can't be written (${messageOf(error)})`)
  }
}
