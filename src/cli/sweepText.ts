import type { Interval } from '../replay/sweep/bootstrap.js'
import type { PolicySummary, Sweep } from '../replay/sweep/Result.js'
import { facts, shorten, show, table } from './table.js'

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

/** Three digits are as many as a mean over runs deserves. */
const brief = (x: number | null): string => (x === null ? '' : show(Number.isFinite(x) ? Number(x.toPrecision(3)) : x))

const between = (interval: Interval | null): string =>
  interval === null ? '' : `${brief(interval[0])} – ${brief(interval[1])}`

const percent = (x: number | null): string => (x === null ? '' : `${(100 * x).toFixed(0)}%`)

const right = (title: string) => ({ title, align: 'right' }) as const

const frontTable = ({ front, policies, choice }: Sweep): ReadonlyArray<string> => {
  const twins = new Map<number, number>()
  for (const { sameAs } of policies) twins.set(sameAs, (twins.get(sameAs) ?? 0) + 1)
  const rows = front.map((position) => {
    const policy = policies[position] as PolicySummary
    const { exact, diverged, censored } = policy.verdicts
    const others = (twins.get(position) ?? 1) - 1
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

const choiceText = ({ choice, heldOut, policies, runs, judge }: Sweep): ReadonlyArray<readonly [string, string]> => {
  if (choice === null) return [['chosen', 'none: no policy ends in half of the runs']]
  const chosen = policies[choice.policy] as PolicySummary
  const own = [
    'chosen (*)',
    `${chosen.name}: the fewest epochs within one standard error of the least mean regret (${brief(choice.regret)} ${judge.metric}, ${brief(choice.epochs)} epochs)`,
  ] as const
  if (heldOut === null)
    return [
      own,
      [
        'held out',
        runs.length < 2
          ? 'impossible with one run'
          : 'not known: too few runs that the policies end in, or no splits were asked for',
      ],
    ]
  const [first] = heldOut.choices
  const times = heldOut.choices.find(({ policy }) => policy === choice.policy)?.times ?? 0
  return [
    own,
    [
      'held out',
      `chosen on one half of the runs, such a policy has a mean regret of ${brief(heldOut.chosenOn)} there and of ${brief(heldOut.heldOut)} on the other half (${brief(heldOut.epochs)} epochs; ${counted(heldOut.splits, 'split')})`,
    ],
    [
      '',
      `${counted(heldOut.choices.length, 'policy').replace('policys', 'policies')} were chosen, this one ${counted(times, 'time')}${first && first.policy !== choice.policy ? `, most often ${policies[first.policy]?.name ?? ''} (${first.times})` : ''}`,
    ],
  ]
}

/** A sweep for people: what is on the front, and what the best of it is worth. */
export const sweepText = (result: Sweep): string => {
  const { policies, runs, judge, front, notes } = result
  const epochs = runs.reduce((sum, run) => sum + run.epochs, 0)
  const distinct = policies.filter(({ sameAs }, i) => sameAs === i).length
  const dominated = policies.filter(({ dominatedBy, sameAs }, i) => dominatedBy !== null && sameAs === i).length
  return [
    `${counted(policies.length, 'policy').replace('policys', 'policies')} on ${counted(runs.length, 'run')} of ${counted(epochs, 'epoch')}, judged by ${judge.metric} (${judge.mode})`,
    '',
    ...(front.length === 0 ? ['no policy ends in any run'] : frontTable(result)),
    '',
    ...facts([
      [
        'front',
        `${front.length} of ${distinct} that differ on these runs: no other has no more epochs and less regret, or fewer and no more; ${dominated} ${dominated === 1 ? 'is' : 'are'} dominated`,
      ],
      ...choiceText(result),
    ]),
    '',
    ...notes.map((note) => `note: ${note}`),
  ]
    .join('\n')
    .trimEnd()
}
