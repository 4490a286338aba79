import type { Command } from '../dsl/Command.js'
import { pathsOf, permissionsOf, type Permissions } from '../dsl/Permissions.js'

/** A command of JSON that reaches further than it may. Never retried, never passed over. */
export class NotAllowed extends Error {
  readonly _tag = 'NotAllowed'
  override readonly name = 'NotAllowed'
}

/** Whether a file lies in one of those folders, links followed: only the host knows. */
export type Inside = (path: string, folders: ReadonlyArray<string>) => boolean

const list = <A>(one: A | ReadonlyArray<A>): ReadonlyArray<A> =>
  Array.isArray(one) ? (one as ReadonlyArray<A>) : [one as A]

const schemeOf = (path: string): string | undefined => /^([a-z][a-z0-9+.-]*):\/\//i.exec(path)?.[1]?.toLowerCase()

const addressOf = (url: string): URL | undefined => {
  try {
    return new URL(url)
  } catch {
    return undefined
  }
}

/** Whether an address begins with another, up to a whole name: `s3://bucket` has nothing to say of `s3://bucket-2`. */
const isUnder = (address: string, start: string): boolean =>
  address === start || address.startsWith(start.endsWith('/') ? start : `${start}/`)

/** Whether a path may lead above where it begins, or stop short of its end: no permission covers that. */
export const goesUp = (path: string): boolean => path.includes('\0') || path.split(/[\\/]/).includes('..')

const permit = (allow: string): string => `allow it with fromSpec(json, functions, { allow: { ${allow} } })`

const refuseUrl = (url: string, { network }: Required<Permissions>): string | undefined => {
  const address = addressOf(url)
  if (network === false)
    return `callbacks from JSON may send no requests, this one to '${url}': ${permit(`network: ['${address?.origin ?? 'http://…'}']`)}`
  if (!address || !/^https?:$/.test(address.protocol)) return `'${url}' is no http or https address`
  if (network === true || network.some((server) => addressOf(server)?.origin === address.origin)) return undefined
  return `callbacks from JSON may send requests to ${network.join(', ') || 'no server'} only, this one to '${url}': ${permit(`network: ['${address.origin}']`)}`
}

const refusePath = (path: string, allowed: Required<Permissions>, inside: Inside): string | undefined => {
  const paths = list(allowed.paths)
  const scheme = schemeOf(path)
  if (scheme === 'http' || scheme === 'https') return refuseUrl(path, allowed)
  const addresses = paths.filter((one) => schemeOf(one) !== undefined)
  if (scheme !== undefined)
    return !goesUp(path) && addresses.some((one) => isUnder(path, one))
      ? undefined
      : `callbacks from JSON may not write to '${path}': ${permit(`paths: ['.', '${scheme}://']`)}, without '..'`
  const folders = paths.filter((one) => schemeOf(one) === undefined)
  return inside(path, folders)
    ? undefined
    : `callbacks from JSON may write below ${folders.map((one) => `'${one}'`).join(', ') || 'no folder'} only (without '..', links followed), and '${path}' is not there: ${permit("paths: ['…']")}`
}

/** Why a file may not be written to; undefined where it may. */
export const pathRefusalOf = (path: string, allowed: Required<Permissions>, inside: Inside): NotAllowed | undefined => {
  const refusal = refusePath(path, allowed, inside)
  return refusal === undefined ? undefined : new NotAllowed(refusal)
}

/** Why a command may not be carried out; undefined where it may. */
export const refusalOf = (command: Command, inside: Inside): NotAllowed | undefined => {
  const allowed = permissionsOf(command)
  if (allowed === undefined) return undefined
  const [refusal] = [
    ...('url' in command ? [refuseUrl(command.url, allowed)] : []),
    ...pathsOf(command).map((path) => refusePath(path, allowed, inside)),
  ].flatMap((found) => (found === undefined ? [] : [found]))
  return refusal === undefined ? undefined : new NotAllowed(refusal)
}
