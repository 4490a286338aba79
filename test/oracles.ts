import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe } from 'vitest'

/** The Python that `npm run oracles` makes: real scikit-learn, TensorBoard and Keras. */
export const python = fileURLToPath(
  new URL(`../.cache/oracles/${process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python'}`, import.meta.url),
)

export const hasOracles = existsSync(fileURLToPath(new URL('../.cache/oracles/complete.json', import.meta.url)))

if (!hasOracles)
  console.warn(`tests against Python packages are skipped: there is no ${python}; npm run oracles makes it`)

/** Tests that run Python packages; skipped, and said so, where they are absent. */
export const describeOracles = (name: string, tests: () => void): void => {
  if (hasOracles) describe(name, tests)
  else describe.skip(`${name} (skipped: npm run oracles makes what it needs)`, tests)
}
