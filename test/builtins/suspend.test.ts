import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { all, earlyStopping, fromOperator, log, machine, resume, stopIf, suspend, terminateOnNaN } from 'rxfit'
import { events } from 'rxfit/testing'
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
