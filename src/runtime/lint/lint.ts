import * as E from 'fp-ts/lib/Either.js'
import * as v from 'valibot'
import { fromSpec } from '../../builtins/fromSpec.js'
import { isSuspended } from '../../builtins/spec/suspend.js'
import { atLeast, count, parse, positive, text, type Problem } from '../../dsl/Options.js'
import { isPolicy, type Policy } from '../../dsl/Policy.js'
import type { Spec } from '../../dsl/Spec.js'
import type { Finding, LintContext } from './Finding.js'
import { subjectOf } from './Rule.js'
import { rules } from './rules/index.js'

const schema = v.strictObject({
  epochs: v.optional(count),
  initialEpoch: v.optional(count),
  steps: v.optional(positive),
  learningRate: v.optional(atLeast(0)),
  metrics: v.optional(v.array(text)),
})

/** What every rule finds in a spec: errors first, then as the parts stand. */
export const findingsIn = (spec: Spec, context: LintContext = {}): ReadonlyArray<Finding> => {
  const subject = subjectOf(spec, context)
  const findings = rules.flatMap(({ name, severity, why, check }) =>
    check(subject).map((fault): Finding => ({
      rule: name,
      severity: fault.severity ?? severity,
      path: fault.path,
      message: fault.message,
      reason: why,
    })),
  )
  return [
    ...findings.filter((finding) => finding.severity === 'error'),
    ...findings.filter((finding) => finding.severity === 'warning'),
  ]
}

/** The name under which mistakes in JSON itself are told. */
export const notASpec = {
  name: 'spec',
  what: 'JSON that describes no callbacks: an unknown name or option, a value out of its range, a child too many',
  why: 'nothing can be made of it',
} as const

/** Mistakes in JSON itself, as findings. */
export const invalid = (problems: ReadonlyArray<Problem>): ReadonlyArray<Finding> =>
  problems.map(({ path, message }) => ({ rule: notASpec.name, severity: 'error', path, message, reason: notASpec.why }))

/**
 * Looks for what callbacks will do that their owner can't have meant: early stopping that forestalls the plateau's cut, a rule
 * that can never fire, a checkpoint that watches what isn't there. Takes a policy, or the JSON of a callbacks file, whose own
 * mistakes are findings too. `context` tells what is known of the run (`epochs`, `initialEpoch`, `steps`, `learningRate`,
 * `metrics`); rules that need more are silent. Pure, and gives data: `{ rule, severity, path, message, reason }`. `fit` and
 * `replay` do the same before they start. Of what `suspend` gives, the policy is looked at. Throws an `OptionError` where the context isn't one. docs/lint.md lists the rules.
 * @category policies
 * @example
 * import { all, earlyStopping, lint, reduceLROnPlateau } from 'rxfit'
 * const callbacks = all(earlyStopping({ patience: 3 }), reduceLROnPlateau({ patience: 5, minDelta: 0 }))
 * lint(callbacks).map(({ rule, path }) => [rule, path]) // => [['stops-before-cut', '[1].reduceLROnPlateau']]
 * lint([{ earlyStopping: { patience: 20 } }], { epochs: 10 }).map(({ rule }) => rule) // => ['never-fires']
 * lint([{ earlyStoping: {} }])[0]?.severity // => 'error'
 */
export const lint = <M extends string = string>(
  callbacks: Policy<M> | object,
  context: LintContext = {},
): ReadonlyArray<Finding> => {
  // an option that is undefined counts as absent
  const known = parse('lint', schema, context) as LintContext
  if (isPolicy(callbacks)) return findingsIn(callbacks.spec, known)
  const made = fromSpec(isSuspended(callbacks) ? callbacks['spec'] : callbacks)
  return E.isRight(made) ? findingsIn(made.right.spec, known) : invalid(made.left.problems)
}
