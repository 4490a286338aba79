import { draw, type Spec } from '../../../dsl/Spec.js'
import type { Part } from '../parts.js'
import type { Rule } from '../Rule.js'
import { commandsOf } from '../watches.js'

/** Policies whose commands are known to hold no snapshot; all others may hold anything. */
const harmless: ReadonlySet<string> = new Set([
  ...['earlyStopping', 'reduceLROnPlateau', 'modelCheckpoint', 'learningRateScheduler', 'scheduleLR'],
  ...['terminateOnNaN', 'csvLogger', 'history', 'progress', 'stopIf', 'lambda', 'idle'],
])

/** The slot that an early stopping keeps the best weights in. */
const ownSlot = ({ kind, options = {} }: Spec): ReadonlyArray<string> =>
  kind === 'earlyStopping' && options['restoreBestWeights'] === true ? [draw({ kind, options, events: [] })] : []

const slotsOf = (part: Part, tag: 'SnapshotWeights' | 'RestoreWeights'): ReadonlyArray<string> =>
  (commandsOf(part) ?? []).flatMap((command) => (command._tag === tag ? [command.slot] : []))

export const restoreWithoutSnapshot: Rule = {
  name: 'restore-without-snapshot',
  severity: 'warning',
  what: 'weights are put back from a slot that nobody keeps any in (RestoreWeights, SnapshotWeights)',
  why: 'the command fails, and the fit with it, unless a handler of your own knows the slot',
  check: ({ policies }) => {
    if (policies.some((part) => !harmless.has(part.spec.kind) && commandsOf(part) === undefined)) return []
    const kept = new Set(policies.flatMap((part) => [...slotsOf(part, 'SnapshotWeights'), ...ownSlot(part.spec)]))
    return policies.flatMap((part) =>
      [...new Set(slotsOf(part, 'RestoreWeights'))]
        .filter((slot) => !kept.has(slot))
        .map((slot) => ({
          path: part.path,
          message: `puts back the weights of slot '${slot}', and nothing keeps any there${kept.size > 0 ? `; there is ${[...kept].map((name) => `'${name}'`).join(', ')}` : ''}`,
        })),
    )
  },
}
