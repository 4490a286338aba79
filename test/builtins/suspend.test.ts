import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import {
  all,
  earlyStopping,
  fromOperator,
  log,
  machine,
  resume,
  stopIf,
  suspend,
  terminateOnNaN,
  type Policy,
} from 'rxfit'
import { commands, events } from 'rxfit/testing'
import { fromEpochs } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { map } from 'rxjs'

const policy = all(earlyStopping({ patience: 3, restoreBestWeights: true }), terminateOnNaN())
const rows = (...curve: ReadonlyArray<number>) => curve.map((val_loss) => ({ val_loss }))
const [, state] = machine.run(policy)(events(rows(2, 3)).slice(0, -1) as never)
const file = (): Record<string, unknown> => JSON.parse(JSON.stringify(suspend(policy, state))) as never

const problems = (json: unknown, ...more: ReadonlyArray<unknown>): string => {
  const made = resume(json, ...(more as []))
  if (E.isRight(made)) throw new Error('was resumed')
  return made.left.message
}

/** What a fit that goes on from where another stood asks for when it ends. */
const ends = (policy: Policy, before: ReadonlyArray<number>, after: ReadonlyArray<number>) => {
  const [, state] = machine.run(policy)(events(rows(...before)).slice(0, -1))
  const made = resume(JSON.parse(JSON.stringify(suspend(policy, state))), policy)
  if (E.isLeft(made)) throw made.left
  return commands(made.right, rows(...after)).filter(({ _tag }) => _tag === 'RestoreWeights' || _tag === 'Log')
}

describe.each(['rxfit', 'keras3', 'tfkeras2', 'hf'] as const)('best weights after a resume (%s)', (dialect) => {
  const policy = earlyStopping({ monitor: 'val_loss', dialect, patience: 3, restoreBestWeights: true }) as Policy
  it('are not put back where they were kept before it, which is said once', () => {
    expect(ends(policy, [2, 1], [4, 4, 4])).toMatchObject([
      {
        _tag: 'Log',
        level: 'warning',
        message: 'the best epoch (2) was before the resume: its weights are not in memory and are not put back',
        by: 'earlyStopping',
      },
    ])
  })
  it('are put back where a better epoch came since', () => {
    expect(ends(policy, [2, 1], [0.5, 4, 4, 4])).toMatchObject([{ _tag: 'RestoreWeights', epoch: 0 }])
  })
})

describe('resume', () => {
  it('goes on in a replay', () => {
    const made = resume(file())
    if (E.isLeft(made)) throw made.left
    expect(replay(made.right, fromEpochs(rows(4, 4, 4, 4))).outcome.stoppedEpoch).toBe(1)
    expect(replay(policy, fromEpochs(rows(4, 4, 4, 4))).outcome.stoppedEpoch).toBe(3)
  })
  it('takes the policy itself, if it is the same', () => {
    expect(
      E.isRight(resume(file(), all(earlyStopping({ restoreBestWeights: true, patience: 3 }), terminateOnNaN()))),
    ).toBe(true)
    expect(problems(file(), all(terminateOnNaN(), earlyStopping({ patience: 3, restoreBestWeights: true })))).toMatch(
      /^spec: is another policy's/,
    )
    expect(problems(file(), earlyStopping())).toMatch(/^spec: is another policy's/)
  })
  it('takes functions by their names', () => {
    const bad = () => false
    const json: unknown = JSON.parse(JSON.stringify(suspend(stopIf(bad))))
    expect(problems(json)).toMatch(/is a function, which JSON can't hold/)
    expect(E.isRight(resume(json, { bad }))).toBe(true)
    const pipeline = fromOperator('own', (e$) => e$.pipe(map(() => log('x'))))
    expect(problems(JSON.parse(JSON.stringify(suspend(pipeline))))).toMatch(/RxJS pipeline/)
  })
  it.each([
    [null, /^rxfit: must be 'policy'.*got null$/],
    [[], /^rxfit: /],
    [{ ...file(), rxfit: 'record' }, /^rxfit: /],
    [{ ...file(), version: 2 }, /^version: must be 1, got 2$/],
    [{ ...file(), version: undefined }, /^version: must be 1, got nothing$/],
    [{ ...file(), state: undefined }, /^state: must be there/],
    [{ ...file(), spec: undefined }, /^callbacks: must be an object, got nothing/],
    [{ ...file(), spec: { kind: 'earlystopping' } }, /did you mean 'earlyStopping'/],
    [{ ...file(), spec: { kind: 'terminateOnNaN' } }, /^spec: is another policy's/],
  ])('refuses %#', (json, message) => {
    expect(problems(json)).toMatch(message)
  })
})
