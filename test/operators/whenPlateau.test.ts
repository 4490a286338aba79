import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import { emit, log, MissingMetric, monitor, ratio, whenPlateau, type PlateauOptions } from 'rxfit'
import { commands, firings } from 'rxfit/testing'
import { optionError, rows } from './helpers.js'

const at = (xs: ReadonlyArray<number | null>, options?: PlateauOptions) =>
  firings(whenPlateau('loss', options), rows('loss', xs))

describe('whenPlateau', () => {
  it.each<readonly [PlateauOptions, ReadonlyArray<number>]>([
    [{}, [1, 2, 3, 4, 5]],
    [{ patience: 0 }, [1, 2, 3, 4, 5]],
    [{ patience: 1 }, [1, 2, 3, 4, 5]],
    [{ patience: 2 }, [2, 4]],
    [{ patience: 3 }, [3]],
    [{ patience: 9 }, []],
    // as in Keras, a cooldown of 1 is over before the next observation is counted
    [{ patience: 2, cooldown: 0 }, [2, 4]],
    [{ patience: 2, cooldown: 1 }, [2, 4]],
    [{ patience: 2, cooldown: 2 }, [2, 5]],
  ])('of a level curve with %o fires at %o', (options, expected) =>
    expect(at([1, 1, 1, 1, 1, 1], options)).toEqual(expected),
  )
  it('starts anew with an improvement', () => expect(at([3, 3, 2, 2, 2], { patience: 2 })).toEqual([4]))
  it('slow gains below minDelta add up', () =>
    expect(at([1, 0.75, 0.5, 0.25], { patience: 2, minDelta: 0.25 })).toEqual([]))
  it('an improvement of exactly minDelta is none', () =>
    expect(at([1, 0.75, 0.75], { patience: 2, minDelta: 0.25 })).toEqual([2]))
  it('rises when told so', () => expect(at([1, 2, 3], { mode: 'max' })).toEqual([]))
  it('NaN first does not win for ever', () => expect(at([NaN, 2, 1], { patience: 2 })).toEqual([]))
  it('nothing but NaN is a plateau', () => expect(at([NaN, NaN, NaN, NaN], { patience: 2 })).toEqual([1, 3]))
  it('NaN later counts as no improvement', () => expect(at([2, NaN, NaN, 1], { patience: 2 })).toEqual([2]))
  it('-Infinity cannot be beaten', () => expect(at([-Infinity, -Infinity, 0], { patience: 2 })).toEqual([2]))
  it('+Infinity is a first value like any', () => expect(at([Infinity, 5, 4])).toEqual([]))
  it('an epoch without the metric is not counted', () =>
    expect(at([1, null, 1, null, 1], { patience: 2 })).toEqual([4]))
  it('gains that miss the baseline do not end the waiting', () => {
    expect(at([5, 4, 3, 3], { patience: 2, baseline: 1 })).toEqual([3])
    expect(at([0.5, 0.4, 0.3, 0.2], { patience: 2, baseline: 1 })).toEqual([])
  })
  it('says why', () => {
    const [command] = commands(emit(log('x'))(whenPlateau('loss', { patience: 2 })), rows('loss', [1, 2, 3]))
    expect(command).toMatchObject({
      by: 'whenPlateau(loss)',
      why: { observed: 3, best: 1, bestEpoch: 0, wait: 2, patience: 2 },
    })
  })
  it('takes any signal', () => {
    const overfitting = whenPlateau(ratio('val_loss', 'loss'), { mode: 'min', patience: 1 })
    expect(
      firings(overfitting, [
        { loss: 2, val_loss: 2 },
        { loss: 1, val_loss: 2 },
      ]),
    ).toEqual([1])
  })
  it('a metric that the run does not report is an error', () => {
    expect(() => firings(whenPlateau('loss'), [{ acc: 1 }])).toThrow(MissingMetric)
    expect(firings(whenPlateau('loss', { onMissing: 'skip' }), [{ acc: 1 }])).toEqual([])
  })
  it('does not guess a direction', () => {
    expect(optionError(() => whenPlateau('reward')).message).toBe(
      "whenPlateau.mode: can't tell whether 'reward' should fall or rise; say 'min' or 'max'",
    )
  })
  it('lists everything that is wrong with its options', () => {
    const bad = { patience: -1, minDelta: -1, cooldown: 0.5, mode: 'up', patiense: 3, constructor: 1 }
    const error = optionError(() => whenPlateau('loss', bad as never))
    expect(error.problems.map(({ path }) => path).sort()).toEqual(
      ['constructor', 'cooldown', 'minDelta', 'mode', 'patience', 'patiense'].map((name) => `whenPlateau.${name}`),
    )
    expect(error.message).toContain("did you mean 'patience'?")
  })
  it('shows what it has in mind', () => {
    const trigger = pipe(monitor('loss'), (signal) => whenPlateau(signal, { patience: 2 }))
    expect(trigger.inspect?.(trigger.init)).toEqual([
      {
        by: 'whenPlateau(loss)',
        needs: 'wait 0 of 2; any loss would be an improvement',
        why: { best: null, bestEpoch: null, wait: 0, patience: 2 },
      },
    ])
  })
})
