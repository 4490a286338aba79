import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { delta, explain, monitor, whenAbove, whenBelow } from 'rxfit'
import { firings } from 'rxfit/testing'
import { optionError, rows } from './helpers.js'

describe.each([
  ['whenBelow', whenBelow, 0],
  ['whenAbove', whenAbove, 2],
] as const)('%s', (name, when, hit) => {
  it('is strict', () => expect(firings(when('loss', 1), rows('loss', [1, hit]))).toEqual([1]))
  it('never fires for NaN', () => expect(firings(when('loss', 1), rows('loss', [NaN, NaN]))).toEqual([]))
  it('fires for infinities', () => {
    expect(firings(when('loss', 1), rows('loss', [-Infinity, Infinity]))).toEqual([hit === 0 ? 0 : 1])
  })
  it('takes a signal', () => {
    expect(firings(when(pipe(monitor('loss'), delta()), hit - 1), rows('loss', [0, hit - 1, 4 * (hit - 1)]))).toEqual([
      2,
    ])
  })
  it('reads batches when told to', () => {
    const batches = [{ loss: 1 }, { loss: hit }]
    expect(firings(when('loss', 1, { at: 'BatchEnd' }), [{ loss: hit, batches }])).toEqual([0])
  })
  it.each([NaN, Infinity, '1'])('refuses the limit %s', (limit) => {
    expect(optionError(() => when('loss', limit as number)).problems[0]?.path).toBe(`${name}.limit`)
  })
  it('refuses unknown options, of a signal too', () => {
    expect(optionError(() => when(monitor('loss'), 1, { onMising: 'skip' } as never)).message).toContain("'onMissing'")
  })
  it('explains itself', () => expect(explain(when('loss', 1))).toBe(`${name} limit=1\n└─ monitor metric=loss`))
})
