import type { Case } from './Case.js'
import { differences, type Difference } from './compare.js'
import { actual } from './run.js'

/** One case's verdict; `differences` is empty where it agrees. */
export interface Verdict {
  readonly case: Case
  readonly differences: ReadonlyArray<Difference>
}

/** Runs cases and compares. A policy that rxfit doesn't have is a difference. */
export const judgeCases = (cases: ReadonlyArray<Case>): ReadonlyArray<Verdict> =>
  cases.map((c) => {
    const got = actual(c)
    if (got === undefined) return { case: c, differences: [{ key: 'policy', wanted: c.policy, got: undefined }] }
    return { case: c, differences: differences(c, got) }
  })

const show = (x: unknown): string => (x === undefined ? 'nothing' : JSON.stringify(x))

/** A table of dialects and policies, then every disagreement. */
export const report = (verdicts: ReadonlyArray<Verdict>): string => {
  const rows = new Map<string, { cases: number; agreeing: number }>()
  for (const verdict of verdicts) {
    const key = `${verdict.case.dialect}\t${verdict.case.policy}`
    const row = rows.get(key) ?? { cases: 0, agreeing: 0 }
    rows.set(key, {
      cases: row.cases + 1,
      agreeing: row.agreeing + (verdict.differences.length === 0 ? 1 : 0),
    })
  }
  const agreeing = verdicts.filter((verdict) => verdict.differences.length === 0).length
  const line = (dialect: string, policy: string, cases: number | string, agree: number | string): string =>
    `${dialect.padEnd(10)} ${policy.padEnd(32)} ${String(cases).padStart(6)} ${String(agree).padStart(9)}`
  return [
    line('dialect', 'policy', 'cases', 'agreeing'),
    ...[...rows].map(([key, row]) => {
      const [dialect = '', policy = ''] = key.split('\t')
      return line(dialect, policy, row.cases, row.agreeing)
    }),
    line('all', '', verdicts.length, agreeing),
    ...verdicts.flatMap((verdict) =>
      verdict.differences.map(
        ({ key, wanted, got }) => `\n${verdict.case.id}: ${key}\n  wanted ${show(wanted)}\n  got    ${show(got)}`,
      ),
    ),
  ].join('\n')
}
