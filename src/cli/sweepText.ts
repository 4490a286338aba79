import type { PolicySummary, Sweep } from '../replay/sweep/Result.js'
import { between, brief, choiceInWords, frontInWords, headline, percent, twinsOf } from '../replay/sweep/words.js'
import { facts, shorten, table } from './table.js'

const right = (title: string) => ({ title, align: 'right' }) as const

const frontTable = (result: Sweep): ReadonlyArray<string> => {
  const { front, policies, choice } = result
  const twins = twinsOf(result)
  const rows = front.map((position) => {
    const policy = policies[position] as PolicySummary
    const { exact, diverged, censored } = policy.verdicts
    const others = twins.get(position) ?? 0
    return [
      position === choice?.policy ? '*' : '',
      policy.name,
      brief(policy.epochs),
      between(policy.epochsInterval),
      percent(policy.shareSaved),
      brief(policy.regret),
      between(policy.regretInterval),
      brief(policy.worstRegret),
      brief(policy.stopEpoch),
      `${policy.premature} of ${policy.stops}`,
      brief(policy.wasted),
      `${exact}/${diverged}/${censored}`,
      others > 0 ? `and ${others} that do${others === 1 ? 'es' : ''} the same` : '',
    ]
  })
  const columns = [
    { title: '' },
    { title: 'settings' },
    ...['epochs', '95%', 'saved', 'regret', '95%', 'worst', 'median stop', 'premature', 'wasted', 'ex/div/cens'].map(
      right,
    ),
    { title: '' },
  ]
  return table(
    columns,
    shorten(rows, (left) => ['', `… ${left} more: --json or --csv has them all`]),
  )
}

/** A sweep for people: what is on the front, and what the best of it is worth. */
export const sweepText = (result: Sweep): string =>
  [
    headline(result),
    '',
    ...(result.front.length === 0 ? ['no policy ends in any run'] : frontTable(result)),
    '',
    ...facts([['front', frontInWords(result)], ...choiceInWords(result)]),
    '',
    ...result.notes.map((note) => `note: ${note}`),
  ]
    .join('\n')
    .trimEnd()
