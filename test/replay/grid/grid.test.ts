import { pipe } from 'fp-ts/lib/function.js'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import {
  all,
  cosine,
  earlyStopping,
  emit,
  explain,
  fromSpec,
  modelCheckpoint,
  reduceLR,
  reduceLROnPlateau,
  scheduleLR,
  stopIf,
  stopTraining,
  toSpec,
  whenPlateau,
} from 'rxfit'
import { grid, type Dimensions } from 'rxfit/replay'
import { bare, partsOf, type Policy } from '../../../src/dsl/Policy.js'

const base = all(
  earlyStopping({ patience: 3 }),
  reduceLROnPlateau({ patience: 2 }),
  earlyStopping({ monitor: 'loss' }),
  pipe(whenPlateau('val_loss', { patience: 3 }), emit([reduceLR(0.5), stopTraining()])),
  scheduleLR(cosine({ initial: 0.1, steps: 50 })),
)

const names = (varied: Dimensions) => grid(base, varied).map(({ policy }) => explain(policy))

describe('grid', () => {
  it('sets an option that has a value, and one that has none', () => {
    const [one, two] = names({ 'reduceLROnPlateau.patience': '5,6' })
    expect(one).toBe(explain(base).replace('reduceLROnPlateau patience=2', 'reduceLROnPlateau patience=5'))
    expect(two).toContain('reduceLROnPlateau patience=6')
    expect(names({ 'reduceLROnPlateau.factor': [0.25] })[0]).toContain('reduceLROnPlateau patience=2 factor=0.25')
  })
  it('finds the same in callbacks that were made of JSON', () => {
    const made = fromSpec(toSpec(base))
    if (E.isLeft(made)) throw made.left
    expect(grid(made.right, { '[2].patience': '9', 'earlyStopping[0].patience': '8' }).map(({ name }) => name)).toEqual(
      ['[2].patience=9 earlyStopping[0].patience=8'],
    )
    expect(() => grid(made.right, { 'earlyStopping.patience': '1' })).toThrow(
      'say which: [0].earlyStopping or [2].earlyStopping',
    )
  })
  it('leaves parts what a sweep can trace, and parts of their own', () => {
    const [one] = grid(base, { 'earlyStopping[0].patience': '9', 'reduceLROnPlateau.patience': '9' })
    const parts = partsOf((one as { readonly policy: Policy<never> }).policy)
    expect(parts.map((part) => bare(part).marker !== undefined)).toEqual([true, true, true, false, false])
  })
  it('makes all combinations, the last dimension fastest, and names them', () => {
    const made = grid(earlyStopping(), { 'earlyStopping.patience': '1..2', 'earlyStopping.mode': 'min,max' })
    expect(made.map(({ name }) => name)).toEqual([
      'earlyStopping.patience=1 earlyStopping.mode=min',
      'earlyStopping.patience=1 earlyStopping.mode=max',
      'earlyStopping.patience=2 earlyStopping.mode=min',
      'earlyStopping.patience=2 earlyStopping.mode=max',
    ])
    expect(made[3]?.settings).toEqual({ 'earlyStopping.patience': 2, 'earlyStopping.mode': 'max' })
    expect(explain(made[3]!.policy)).toBe('earlyStopping patience=2 mode=max')
  })
  it.each([
    ['[2].earlyStopping.patience', 'earlyStopping monitor=loss patience=9'],
    ['[2].patience', 'earlyStopping monitor=loss patience=9'],
    ['earlyStopping[1].patience', 'earlyStopping monitor=loss patience=9'],
    ['earlyStopping[0].patience', 'earlyStopping patience=9'],
    ['emit.whenPlateau.patience', 'whenPlateau patience=9'],
    ['whenPlateau.patience', 'whenPlateau patience=9'],
    ['[3].whenPlateau.patience', 'whenPlateau patience=9'],
    ['cosine.steps', 'steps=9'],
    ['scheduleLR.cosine.steps', 'steps=9'],
    ['emit.commands[0].factor', '"factor":9'],
  ])('finds %s', (path, text) => expect(names({ [path]: '9' })[0]).toContain(text))

  it.each([
    [{ 'earlyStoping.patience': '1' }, "there is no 'earlyStoping' (did you mean 'earlyStopping'?)"],
    [
      { 'earlyStopping.patience': '1' },
      "there are 2 'earlyStopping'; say which: [0].earlyStopping or [2].earlyStopping",
    ],
    [{ 'reduceLROnPlateau.patiense': '1' }, "unknown option (did you mean 'patience'?)"],
    [
      { 'reduceLROnPlateau.patience': '1,-3' },
      'grid reduceLROnPlateau.patience=-3: reduceLROnPlateau.patience: must be 0 or more',
    ],
    [{ 'reduceLROnPlateau.patience.x': '1' }, "there is nothing in the callbacks under 'x'"],
    [{ '[7].patience': '1' }, 'there are 5 callbacks, counted from 0; got [7]'],
    [{ 'earlyStopping[2].patience': '1' }, "there are 2 'earlyStopping', counted from 0; got [2]"],
    [{ 'emit.commands[5].factor': '1' }, 'the list has 2, counted from 0; got [5]'],
    [{ reduceLROnPlateau: '1' }, 'names no option'],
    [{ '': '1' }, 'is no path'],
    [{ 'a..b': '1' }, 'is no path'],
    [
      { 'whenPlateau.patience': '1', 'emit.whenPlateau.patience': '2' },
      "means the same option as 'whenPlateau.patience'",
    ],
    [{}, 'nothing is varied'],
    [{ 'reduceLROnPlateau.patience': [] }, 'at least one value'],
    [{ 'reduceLROnPlateau.patience': '1..1000', 'reduceLROnPlateau.cooldown': '1..1000' }, 'random search'],
  ] as ReadonlyArray<readonly [Dimensions, string]>)('refuses %j', (varied, message) => {
    expect(() => grid(base, varied)).toThrow(message)
  })
  it('says all that is wrong with the paths at once', () => {
    expect(() => grid(base, { 'x.y': '1', 'reduceLROnPlateau.patience': '3..1' })).toThrow(/no 'x'[^]*ends below/)
  })

  it('leaves parts with functions as they are, and refuses to vary them', () => {
    const some = all(
      stopIf(() => false, 'never'),
      earlyStopping(),
    )
    expect(grid(some, { 'earlyStopping.patience': '1..3' })).toHaveLength(3)
    expect(() => grid(some, { 'stopIf.reason': 'a,b' })).toThrow(/'stopIf' holds a function/)
  })
  it('shares the parts that policies have in common', () => {
    const made = grid(all(earlyStopping(), modelCheckpoint({ filepath: 'm' })), { 'earlyStopping.patience': '1..2' })
    expect(made[0]?.policy.spec.children?.[1]).toBe(made[1]?.policy.spec.children?.[1])
  })

  it('draws at random, the same for the same seed', () => {
    const varied = { 'reduceLROnPlateau.patience': '1..50', 'reduceLROnPlateau.minDelta': '1e-5..1e-1*' }
    const draw = (seed: number) => grid(base, varied, { random: 20, seed }).map(({ settings }) => settings)
    expect(draw(1)).toEqual(draw(1))
    expect(draw(1)).not.toEqual(draw(2))
    expect(draw(1)).toHaveLength(20)
    expect(() => grid(base, varied, { random: 0 })).toThrow(/whole number from 1/)
    expect(() => grid(base, varied, { random: 2, seed: -1 })).toThrow(/whole number from 0/)
  })
})
