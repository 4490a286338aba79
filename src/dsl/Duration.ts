import * as v from 'valibot'

/** A stretch of time in parts, which are added. */
export type DurationParts = {
  readonly weeks?: number
  readonly days?: number
  readonly hours?: number
  readonly minutes?: number
  readonly seconds?: number
}

/** Seconds, `'10 minutes'`, Lightning's `'DD:HH:MM:SS'`, or parts: `{ hours: 1, minutes: 30 }`. */
export type Duration = number | string | DurationParts

const seconds = { seconds: 1, minutes: 60, hours: 3600, days: 86_400, weeks: 604_800 } as const
type Unit = keyof typeof seconds
const units = Object.keys(seconds) as ReadonlyArray<Unit>

/** `s`, `sec`, `second` and `seconds` are one unit. */
const unitOf = (word: string): Unit | undefined => {
  const short: Readonly<Record<string, Unit>> = { sec: 'seconds', secs: 'seconds', min: 'minutes', mins: 'minutes' }
  const lower = word.toLowerCase()
  return short[lower] ?? units.find((unit) => [unit, unit.slice(0, -1), unit[0]].includes(lower))
}

const ofText = (text: string): number | undefined => {
  const clock = /^\s*(\d+):(\d\d):(\d\d):(\d\d)\s*$/.exec(text)
  if (clock) {
    const [days, hours, minutes, rest] = clock.slice(1).map(Number) as [number, number, number, number]
    return days * seconds.days + hours * seconds.hours + minutes * seconds.minutes + rest
  }
  const [, amount, word] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(text) ?? []
  const unit = word === undefined ? undefined : unitOf(word)
  return unit && Number(amount) * seconds[unit]
}

const ofParts = (parts: object): number | undefined => {
  const entries = Object.entries(parts).filter(([, amount]) => amount !== undefined) as ReadonlyArray<[Unit, unknown]>
  return entries.every(([unit, amount]) => units.includes(unit) && typeof amount === 'number')
    ? entries.reduce((sum, [unit, amount]) => sum + seconds[unit] * (amount as number), 0)
    : undefined
}

/** How many seconds that is; undefined where it is no duration above 0. */
export const secondsOf = (given: unknown): number | undefined => {
  const total =
    typeof given === 'number'
      ? given
      : typeof given === 'string'
        ? ofText(given)
        : typeof given === 'object' && given !== null && !Array.isArray(given)
          ? ofParts(given)
          : undefined
  return total !== undefined && Number.isFinite(total) && total > 0 ? total : undefined
}

const isDuration = (given: unknown): boolean => secondsOf(given) !== undefined
const expected = 'must be a duration above 0: seconds, "10 minutes", "DD:HH:MM:SS" or { "minutes": 10 }'

/** The option of a duration, read as seconds. */
export const duration = v.pipe(
  v.unknown(),
  v.check(isDuration, expected),
  v.transform((given) => secondsOf(given) as number),
)

const two = (n: number): string => String(n).padStart(2, '0')

/** As Python shows a timedelta: `1:30:00`, `1 day, 0:00:00`. */
export const showDuration = (total: number): string => {
  const whole = Math.floor(total)
  const days = Math.floor(whole / seconds.days)
  const time = `${Math.floor((whole % seconds.days) / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`
  const micro = Math.round((total - whole) * 1e6)
  const fraction = micro === 0 ? '' : `.${String(micro).padStart(6, '0')}`
  return `${days === 0 ? '' : `${days} day${days === 1 ? '' : 's'}, `}${time}${fraction}`
}
