import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { actual, differences, readCases, type Case } from '../../src/conform/index.js'

// Decisions of the real frameworks, recorded by running them: each case fails on its own.
const folder = new URL('../fixtures/golden/', import.meta.url)
const cases = readdirSync(folder)
  .filter((file) => file.endsWith('.jsonl'))
  .flatMap((file) => readCases(readFileSync(new URL(file, folder), 'utf8')))

const groups = new Map<string, ReadonlyArray<Case>>()
for (const c of cases) groups.set(`${c.dialect} ${c.policy}`, [...(groups.get(`${c.dialect} ${c.policy}`) ?? []), c])

describe.each([...groups])('%s', (_, group) => {
  it.each(group.map((c) => [c.id, c] as const))('%s', (_, c) => {
    const { expect: recorded, ...given } = c
    const got = actual(given)
    expect(recorded).toBeDefined()
    expect(got).toBeDefined()
    expect(differences(c, got ?? {})).toEqual([])
  })
})

describe('the comparison', () => {
  const [c] = cases.filter((one) => one.id === 'keras3/es/plateau-p1')
  const got = actual(c as Case) ?? {}
  it('sees a stop in another epoch', () => {
    expect(differences({ ...(c as Case), expect: { ...c?.expect, stoppedEpoch: 5 } }, got)).toHaveLength(1)
  })
  it('sees an error that the framework does not raise', () => {
    expect(differences(c as Case, { ...got, error: 'ValueError' })).toHaveLength(1)
  })
  it('takes no notice of the wording of an error', () => {
    expect(differences({ ...(c as Case), expect: { errorMessage: 'x' } }, got)).toEqual([])
  })
})
