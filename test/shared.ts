import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe } from 'vitest'

const root = fileURLToPath(new URL('../../shared/', import.meta.url))

/** A file that lies beside the repository: real logs and golden traces, which are read where they are and not copied. */
export const shared = (path: string): string => `${root}${path}`

export const hasShared = existsSync(root)

if (!hasShared) console.warn(`tests on recorded runs are skipped: there is no ${root}`)

/** Tests on such files; skipped, and said so, where they are absent. */
export const describeShared = (name: string, tests: () => void): void => {
  if (hasShared) describe(name, tests)
  else describe.skip(`${name} (skipped: there is no ${root})`, tests)
}
