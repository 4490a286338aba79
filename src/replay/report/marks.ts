import type { Decision } from '../../runtime/Decision.js'
import { describe } from '../words.js'
import type { Replay } from '../replay.js'
import type { Mark } from './chart.js'

const kinds: Readonly<Record<string, Mark['kind']>> = {
  StopTraining: 'stop',
  SetLearningRate: 'cut',
  ScaleLearningRate: 'cut',
  SaveModel: 'save',
}

/** Saves come by the hundred: of each kind no more are drawn than can be told apart. */
const mostOfAKind = 60

const fewer = (marks: ReadonlyArray<Mark>): ReadonlyArray<Mark> => {
  const counts = new Map<string, number>()
  return marks.filter(({ kind }) => {
    const count = (counts.get(kind) ?? 0) + 1
    counts.set(kind, count)
    return count <= mostOfAKind
  })
}

/** What decisions look like over the curves. */
export const marksOfDecisions = (
  decisions: ReadonlyArray<Decision>,
  more: ReadonlyArray<Mark> = [],
): ReadonlyArray<Mark> =>
  fewer([
    ...decisions.flatMap((decision): ReadonlyArray<Mark> => {
      const kind = kinds[decision.command._tag]
      return kind ? [{ kind, x: decision.epoch, text: `epoch ${decision.epoch}: ${describe(decision.command)}` }] : []
    }),
    ...more,
  ])

/** The same of a replay, with its best epoch. */
export const marksOf = ({ decisions, outcome }: Replay): ReadonlyArray<Mark> =>
  marksOfDecisions(
    decisions,
    outcome.bestEpoch === null
      ? []
      : [{ kind: 'best', x: outcome.bestEpoch, text: `epoch ${outcome.bestEpoch}: best` }],
  )
