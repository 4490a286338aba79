import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { judgeCases, readCases } from '../../src/conform/index.js'
import { describeOracles, python } from '../oracles.js'

const script = fileURLToPath(new URL('../../scripts/metricCases.py', import.meta.url))

// other cases than those recorded in fixtures/golden
describeOracles('scikit-learn agrees', () => {
  it('on 2400 random cases', () => {
    const lines = execFileSync(python, [script, '2400', '20240607'], { encoding: 'utf8', maxBuffer: 2 ** 28 })
    const verdicts = judgeCases(readCases(lines))
    expect(verdicts).toHaveLength(2400)
    expect(verdicts.filter(({ differences }) => differences.length > 0)).toEqual([])
  }, 120_000)
})
