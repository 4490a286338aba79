/** Names under which rows hold the learning rate; the first that is there counts. */
export const rateNames: ReadonlyArray<string> = ['learning_rate', 'lr', 'learningRate']

/** What frameworks call the epoch; compared in lower case. */
export const epochNames: ReadonlyArray<string> = ['epoch', 'epochs', 'epoch_num', 'current_epoch', 'ep']

/** What frameworks call the count of batches, updates or rows, the plainest first; compared in lower case. */
export const stepNames: ReadonlyArray<string> = [
  ...['step', 'steps', '_step', 'global_step', 'global_steps', 'trainer/global_step', 'train/global_step'],
  ...['current_steps', 'iteration', 'iterations', 'iter', 'iters', 'iter_num', 'n_iter', 'it', 'itr'],
  ...['update', 'updates', 'num_updates', 'training_iteration', 'time/total_timesteps', 'total_timesteps'],
]

/** What loggers call the moment of a row, and what it is counted in; compared in lower case. */
export const timeNames: ReadonlyArray<readonly [name: string, unit: TimeUnit]> = [
  ['wall time', 's'],
  ['wall_time', 's'],
  ['_timestamp', 's'],
  ['created_at', 'date'],
]

/** seconds, milliseconds, a date as text, or hours, minutes and seconds as text */
export type TimeUnit = 's' | 'ms' | 'date' | 'duration'

const separator = '[_/. -]'
const validation = new RegExp(`^(?:val|valid|validation|eval|dev)${separator}(.+)$`, 'i')
const training = new RegExp(`^(?:train|training)${separator}(.+)$`, 'i')
const testing = new RegExp(`^test${separator}`, 'i')

/** Whether a metric of that name is measured by an evaluation. `test` alone may be one, or be measured once, at the end. */
export const isEvaluation = (name: string): boolean => validation.test(name)

export const isTest = (name: string): boolean => testing.test(name)

/** The name that callbacks ask for, where the log spells it in another way: `eval_loss`, `valid/loss` and `DEV_LOSS` are `val_loss`. */
export const plainName = (name: string): string | undefined => {
  // shouted names, as in DEV_LOSS
  const said = name === name.toUpperCase() ? name.toLowerCase() : name
  const [, measured] = validation.exec(said) ?? []
  const plain = measured === undefined ? training.exec(said)?.[1] : `val_${measured}`
  return plain === name ? undefined : (plain ?? (said === name ? undefined : said))
}

/** Words of a rate, and where they may stand: `lr-Adam/pg1`, `train/lr`, `x/lr0`, `info/learner/default_policy/cur_lr`. */
const rate =
  /^(?:.*[/.])?(?:(?:train|training|current|cur|optimizer|opt|base)_)?(?:lr|learning[_ -]?rate)(?:-[A-Za-z][\w-]*)?(?:[/_]?(?:pg|group|param_group_?)?\d+)?(?:\/pg\d+)?$/i
const schedules = /^base_/i

/** The name of the column that holds the learning rate: the plain names first, and `base_lr` last. */
export const rateName = (names: ReadonlyArray<string>): string | undefined => {
  const all = ratesAmong(names)
  return rateNames.find((name) => all.includes(name)) ?? all.find((name) => !schedules.test(name)) ?? all[0]
}

/** Every name that says learning rate: one a group of parameters, it may be. */
export const ratesAmong = (names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.filter((name) => rate.test(name))

/** Which names stand for which: none that the log itself uses, and none that could be two of its metrics. */
export const aliasesOf = (
  names: ReadonlyArray<string>,
  others: (name: string) => ReadonlyArray<string>,
): Readonly<Record<string, string>> => {
  const claims = new Map<string, Set<string>>()
  for (const name of names)
    for (const alias of others(name))
      if (!names.includes(alias)) claims.set(alias, (claims.get(alias) ?? new Set()).add(name))
  return Object.fromEntries(
    [...claims].flatMap(([alias, from]) => (from.size === 1 ? [[alias, [...from][0] as string]] : [])),
  )
}
