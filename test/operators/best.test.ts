import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { best, ema, monitor, ratio } from 'rxfit'
import { values } from 'rxfit/testing'
import { optionError, rows } from './helpers.js'

const of = (metric: string, xs: ReadonlyArray<number | null>, mode?: 'min' | 'max' | 'auto') =>
  values(pipe(monitor(metric), best(mode)), rows(metric, xs))

describe('best', () => {
  it('falls with a loss', () => expect(of('loss', [2, 3, 1])).toEqual([2, 2, 1]))
  it('rises with an accuracy', () => expect(of('val_acc', [2, 1, 3])).toEqual([2, 2, 3]))
  it('does what it is told', () => expect(of('loss', [2, 3, 1], 'max')).toEqual([2, 3, 3]))
  it('NaN is never best', () => expect(of('loss', [NaN, 2, NaN, 1])).toEqual([2, 2, 1]))
  it('says nothing of NaN alone', () => expect(of('loss', [NaN, NaN])).toEqual([]))
  it('Infinity is a number', () => expect(of('loss', [Infinity, 1])).toEqual([Infinity, 1]))
  it('does not guess', () => expect(optionError(() => of('reward', [1])).message).toContain("say 'min' or 'max'"))
  it('knows the direction of a metric that may be missing', () => {
    expect(values(pipe(monitor('acc', { onMissing: 'skip' }), best()), rows('acc', [2, 1, 3]))).toEqual([2, 2, 3])
  })
  it('looks through an average', () => expect(pipe(monitor('acc'), ema(0.5), best()).spec.kind).toBe('best'))
  it('does not guess for two metrics', () =>
    expect(optionError(() => best()(ratio('val_loss', 'loss'))).message).toContain("'val_loss' with 'loss'"))
})
