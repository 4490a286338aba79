import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** A folder of this test file's own; it is gone when the tests are over. */
export const temporary = () => {
  const folder = mkdtempSync(join(tmpdir(), 'rxfit-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  let count = 0
  return {
    folder,
    /** writes a file and gives its path */
    file: (content: string | Uint8Array, name = `${(count += 1)}.log`): string => {
      const path = join(folder, name)
      writeFileSync(path, content)
      return path
    },
  }
}
