import { expect, it } from 'vitest'
import { build } from '../build.js'
import { backend } from './backend.js'

interface Part {
  readonly run: (options: { readonly count: number; readonly seed: number }) => Promise<{
    readonly tried: number
    readonly lost: number
    readonly failures: ReadonlyArray<unknown>
  }>
}

// `npm run torture` does it by the hundred
it(`a run under all builtins survives SIGKILL at any moment on ${backend}`, { timeout: 300_000 }, async () => {
  process.env['RXFIT_BUILD'] = build()
  const path = '../../scripts/torture/kills.mjs'
  const { run } = (await import(path)) as Part
  const { tried, lost, failures } = await run({ count: 3, seed: 2 })
  expect(failures).toEqual([])
  expect([tried, lost]).toEqual([3, 0])
})
