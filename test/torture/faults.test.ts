import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as root from 'rxfit'
import * as tfjs from 'rxfit/tfjs'
import { backend, tf } from '../tfjs/backend.js'
import { part } from './parts.js'

describe(`faults inside a fit on ${backend}`, () => {
  it('end it or are passed over, as the rules say, and leave nothing behind', async () => {
    const { run } = await part('faults')
    const { seed = Date.now() } = fc.readConfigureGlobal()
    const { tried, failures } = await run({ count: 25, seed, modules: { root, tfjs, tf } })
    expect(failures).toEqual([])
    expect(tried).toBe(25)
  })
})
