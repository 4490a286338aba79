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
    const [, ratio, missed, word, limit] = /\| ([\d.]+)( \(missed\))? \| at (most|least) ([\d.]+) \|$/.exec(line) ?? []
    return ratio === undefined ? [] : [{ ratio, word, limit, missed: missed !== undefined }]
  })

describe('numbers that README and docs/gradients.md quote', () => {
  it.each(Object.entries(results).map(([name, result], i) => [name, result, i] as const))('%s', (_, result, i) => {
    const { measured, limit, better } = result
    // what doesn't keep what was promised has to say so
    expect(quoted[i]).toEqual({
      ratio: String(measured),
      word: better === 'lower' ? 'most' : 'least',
      limit: String(limit),
      missed: better === 'lower' ? measured > limit : measured < limit,
    })
  })
})
