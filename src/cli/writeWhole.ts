import { messageOf } from '../logs/text.js'
import { writeWhole as write } from '../sinks/files.js'
import { fail } from './UsageError.js'

/** All or nothing: whoever reads meanwhile has the old file or the new one. */
export const writeWhole = async (file: string, text: string): Promise<void> => {
  try {
    await write(file, text)
  } catch (error) {
    fail(messageOf(error))
  }
}
