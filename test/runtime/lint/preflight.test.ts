import { describe, expect, it } from 'vitest'
import * as rx from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import type { Finding, Policy } from 'rxfit'
import { preflight } from '../../../src/runtime/preflight.js'

const clash = rx.all(rx.earlyStopping({ patience: 3 }), rx.reduceLROnPlateau({ patience: 3, minDelta: 0, minLr: 0.5 }))
const rows = [3, 2, 1].map((val_loss) => ({ val_loss }))
const lintNotes = (policy: Policy, options?: { learningRate: number }): ReadonlyArray<string> =>
  replay(policy, fromEpochs(rows), options).notes.filter((note) => note.startsWith('lint: '))

describe('preflight', () => {
  it('gives the warnings of lint, and throws its errors', () => {
    const context = { epochs: 3, learningRate: 0.1, metrics: ['val_loss', 'loss'] }
    const rules = (findings: ReadonlyArray<Finding>) => findings.map(({ rule }) => rule)
    expect(rules(preflight(clash as Policy<never>, context, 'here'))).toEqual(rules(rx.lint(clash, context)))
    const blind = rx.modelCheckpoint({ filepath: '{epoch}', saveFreq: 3, saveBestOnly: true }) as Policy<never>
    expect(() => preflight(blind, context, 'here')).toThrow(rx.LintError)
    expect(() => preflight(blind, context, 'here')).toThrow(/^modelCheckpoint: looks at val_loss every 3 batches/)
  })
})

describe('replay', () => {
  it('has warnings among its notes', () => {
    expect(lintNotes(clash)).toEqual([expect.stringMatching(/^lint: \[1\].reduceLROnPlateau: .*\(stops-before-cut\)$/)])
    expect(lintNotes(clash)).toHaveLength(1)
    expect(lintNotes(clash, { learningRate: 0.5 }).join()).toMatch(/min-lr-above-rate/)
    expect(lintNotes(clash, { learningRate: 1 }).join()).not.toMatch(/min-lr-above-rate/)
  })
  it('does not know how long a run was meant to be whose log just ends', () => {
    expect(lintNotes(rx.earlyStopping({ patience: 50 }))).toEqual([])
  })
  it('refuses errors each time', () => {
    const policy = rx.modelCheckpoint({ filepath: '{batch}' })
    const log = fromEpochs(rows)
    expect(() => replay(policy, log)).toThrow(rx.LintError)
    expect(() => replay(policy, log)).toThrow(rx.LintError)
  })
})

describe('lint', () => {
  it('refuses a context that is none', () => {
    expect(() => rx.lint(clash, { epoch: 3 } as never)).toThrow(/did you mean 'epochs'/)
    expect(() => rx.lint(clash, { steps: 0 })).toThrow(/lint.steps: must be 1 or more/)
  })
  it('looks at policies whose specs are somebody’s own', () => {
    const policyOf = (spec: rx.Spec): Policy => rx.policy.make(rx.machine.fromFunction(spec, () => []))
    const specs: ReadonlyArray<rx.Spec> = [
      { kind: 'earlyStopping', options: { patience: 'many' }, events: [] },
      { kind: 'emit', options: { commands: [{ _tag: 'Page' }] }, events: [] },
      { kind: 'emit', events: [], children: [{ kind: 'or', events: [] }] },
      { kind: 'enrich', events: [] },
      { kind: 'whatever', events: [], metrics: ['x'] },
      { kind: 'all', events: [] },
    ]
    for (const spec of specs) expect(rx.lint(policyOf(spec), { epochs: 3 })).toEqual([])
  })
})
