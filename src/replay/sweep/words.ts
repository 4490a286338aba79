import { show } from '../words.js'
import type { Interval } from './bootstrap.js'
import type { PolicySummary, Sweep } from './Result.js'

export const counted = (n: number, what: string, many = `${what}s`): string => `${n} ${n === 1 ? what : many}`

const policiesCounted = (n: number): string => counted(n, 'policy', 'policies')

/** Three digits are as many as a mean over runs deserves. */
export const brief = (x: number | null): string =>
  x === null ? '' : show(Number.isFinite(x) ? Number(x.toPrecision(3)) : x)

export const between = (interval: Interval | null): string =>
  interval === null ? '' : `${brief(interval[0])} – ${brief(interval[1])}`

export const percent = (x: number | null): string => (x === null ? '' : `${(100 * x).toFixed(0)}%`)

/** How large a sweep was. */
export const headline = ({ policies, runs, judge }: Sweep): string => {
  const epochs = runs.reduce((sum, run) => sum + run.epochs, 0)
  return `${policiesCounted(policies.length)} on ${counted(runs.length, 'run')} of ${counted(epochs, 'epoch')}, judged by ${judge.metric} (${judge.mode})`
}

/** What the front is, and how many are not on it. */
export const frontInWords = ({ policies, front }: Sweep): string => {
  const distinct = policies.filter(({ sameAs }, i) => sameAs === i)
  const dominated = distinct.filter(({ dominatedBy }) => dominatedBy !== null).length
  return `${front.length} of ${distinct.length} that differ on these runs: no other has no more epochs and less regret, or fewer and no more; ${dominated} ${dominated === 1 ? 'is' : 'are'} dominated`
}

/** How many other policies come to the same as each; by position, those that are the first of their kind only. */
export const twinsOf = ({ policies }: Sweep): ReadonlyMap<number, number> => {
  const twins = new Map<number, number>()
  policies.forEach(({ sameAs }, i) => {
    if (sameAs !== i) twins.set(sameAs, (twins.get(sameAs) ?? 0) + 1)
  })
  return twins
}

/** Which policy is to be taken, and what such a choice is worth on runs that it wasn't made on: names, and what they are. */
export const choiceInWords = ({
  choice,
  heldOut,
  policies,
  runs,
  judge,
}: Sweep): ReadonlyArray<readonly [string, string]> => {
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
      `chosen on one half of the runs, such a policy has a mean regret of ${brief(heldOut.chosenOn)} there and of ${brief(heldOut.heldOut)} on the other half (${brief(heldOut.epochs)} epochs; ${counted(heldOut.splits, 'split')}${heldOut.judged < 1 ? `; it ends in ${percent(heldOut.judged)} of those runs, and only they are judged` : ''})`,
    ],
    [
      '',
      `${policiesCounted(heldOut.choices.length)} ${heldOut.choices.length === 1 ? 'was' : 'were'} chosen, this one ${counted(times, 'time')}${first && first.policy !== choice.policy ? `, most often ${policies[first.policy]?.name ?? ''} (${first.times})` : ''}`,
    ],
  ]
}
