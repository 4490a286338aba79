import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface Result {
  readonly measured: number
  readonly limit: number
  readonly better: 'lower' | 'higher'
}

const { results } = JSON.parse(readFileSync('bench/results.json', 'utf8')) as {
  readonly results: Readonly<Record<string, Result>>
}

/** The cost table's rows: what, the ratio, what is promised. */
const quoted = ['README.md', 'docs/gradients.md']
  .flatMap((page) => readFileSync(page, 'utf8').split('\n'))
  .flatMap((line) => {
    const [, ratio, word, limit] = /\| ([\d.]+) \| at (most|least) ([\d.]+) \|$/.exec(line) ?? []
    return ratio === undefined ? [] : [{ ratio, word, limit }]
  })

describe('numbers that README and docs/gradients.md quote', () => {
  it.each(Object.entries(results).map(([name, result], i) => [name, result, i] as const))('%s', (_, result, i) => {
    const row = quoted[i]
    expect(row).toEqual({
      ratio: String(result.measured),
      word: result.better === 'lower' ? 'most' : 'least',
      limit: String(result.limit),
    })
    // what was measured keeps what was promised
    if (result.better === 'lower') expect(result.measured).toBeLessThanOrEqual(result.limit)
    else expect(result.measured).toBeGreaterThanOrEqual(result.limit)
  })
})
