import type { TimeUnit } from './names.js'
import { numberIn } from './numberIn.js'

/** `2020-02-03 16:53:44.934109`, which has no time zone: it is taken for UTC, since only what lies between matters. */
const dateIn = (text: string): number | undefined => {
  const match = /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d(?:\.\d+)?)/.exec(text)
  if (!match) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number)
  return Date.UTC(year, month - 1, day, hour, minute) + second * 1000
}

/** `9 days, 21:39:23` */
const durationIn = (text: string): number | undefined => {
  const match = /^(?:(\d+) days?, )?(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text)
  if (!match) return undefined
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match
    .slice(1)
    .map((part: string | undefined) => Number(part ?? 0))
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
}

/** A number of that unit in milliseconds. */
export const timeOf = (x: number, unit: TimeUnit): number => (unit === 's' ? x * 1000 : x)

/** A moment in milliseconds. */
export const timeIn = (text: string, unit: TimeUnit): number | undefined => {
  const x = unit === 'date' ? dateIn(text) : unit === 'duration' ? durationIn(text) : numberIn(text)
  return x === undefined || !Number.isFinite(x) ? undefined : timeOf(x, unit)
}
