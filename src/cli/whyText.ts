import type { TrainingLog } from '../logs/TrainingLog.js'
import type { Explanation, Explanations, Reason } from '../replay/why.js'
import { shorten, table } from './table.js'
import { describe, reasons, verdict } from '../replay/words.js'

const arrow = ' › '

interface Line {
  readonly path: string
  readonly reason: Reason
}

const judges = ({ sort }: Reason): boolean => sort === 'policy' || sort === 'trigger'

/** What a reader learns something from: parts that decide by themselves, those that hold others back, computed signals. */
const tells = (reason: Reason): boolean => {
  if (!judges(reason)) return reason.sort === 'signal' && reason.parts.length > 0
  return !reason.parts.some(judges) || reason.needs !== null
}

const linesOf = (reason: Reason, above: ReadonlyArray<string> = []): ReadonlyArray<Line> => {
  const path = [...above, reason.part]
  return [
    ...(tells(reason) ? [{ path: path.join(arrow), reason }] : []),
    ...reason.parts.flatMap((part) => linesOf(part, path)),
  ]
}

const says = ({ sort, asked, acts }: Reason, event: string): string => {
  if (!asked) return `not asked at ${event}`
  if (sort === 'policy') return acts ? 'asks' : 'asks for nothing'
  if (sort === 'trigger') return acts ? 'fires' : "doesn't fire"
  return acts ? 'has a value' : 'has no value'
}

const place = ({ epoch, batch, event }: Explanation): string =>
  `epoch ${epoch}${batch === null ? '' : `, batch ${batch}`} (${event})`

const explanationText = (explanation: Explanation): ReadonlyArray<string> => {
  const { decisions, reason, event, validity } = explanation
  const rows = linesOf(reason).map(({ path, reason: part }) => [
    path,
    says(part, event),
    reasons(part.why),
    part.needs ?? '',
  ])
  const titles = ['part', 'says', 'numbers', 'what was missing'].map((title) => ({ title }))
  return [
    `${place(explanation)}: ${validity}`,
    ...(decisions.length === 0 ? ['  no decision'] : []),
    ...decisions.map(({ command, path }) => `  ${describe(command)}, by ${path.join(arrow)}`),
    ...table(titles, rows).map((line) => `    ${line}`),
    '',
  ]
}

/** Why there was a decision, or none, for people. */
export const whyText = (log: TrainingLog, { explanations, outcome, notes }: Explanations, epoch?: number): string => {
  const nothing =
    epoch === undefined
      ? 'no decisions'
      : outcome.stoppedEpoch !== null && epoch > outcome.stoppedEpoch
        ? `epoch ${epoch} is not run: training stops at epoch ${outcome.stoppedEpoch}`
        : `nothing in these callbacks acts in epoch ${epoch}`
  const blocks = shorten(explanations.map(explanationText), (left) => [`… ${left} more: --json has them all`, ''], 40)
  return [
    `${log.path ?? 'log'}: ${log.format}, ${log.epochs} epoch${log.epochs === 1 ? '' : 's'}`,
    '',
    ...(explanations.length === 0 ? [nothing, ''] : blocks.flat()),
    `verdict  ${verdict(outcome)}`,
    '',
    ...notes.map((note) => `note: ${note}`),
  ].join('\n')
}
