import { describe, expect, it } from 'vitest'
import { evaluateEvery } from 'rxfit'

describe('evaluateEvery', () => {
  it('refuses data without a name', () => {
    const [x, y] = [{ shape: [2, 1] }, { shape: [2, 1] }]
    for (const data of [
      [x, y],
      ['holdout', y],
    ])
      expect(() => evaluateEvery({ data: data as never })).toThrow(/evaluateEvery\.data: .*{ holdout: \[x, y\] }/)
    expect(evaluateEvery({ data: { holdout: [x, y] } }).spec.provides).toEqual(['holdout_loss'])
  })
  it('refuses several data whose numbers would have the same names', () => {
    expect(() => evaluateEvery({ data: ['a', 'b'], prefix: 'x_' })).toThrow(
      /evaluateEvery\.prefix: the numbers of 'a' and 'b' would have the same names; put {name} into it/,
    )
    expect(() => evaluateEvery({ data: { a: 1, b: 2 }, prefix: '' })).toThrow(/evaluateEvery\.prefix/)
    expect(evaluateEvery({ data: 'a', prefix: 'x_' }).spec.provides).toEqual(['x_loss'])
    expect(evaluateEvery({ data: ['a', 'b'], prefix: 'x/{name}' }).spec.provides).toEqual(['x/aloss', 'x/bloss'])
  })
})
