import {
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileError } from './files.js'
import { isAlive, startOf } from './processes.js'

/** A file or a folder that is ours alone, until it is given back. */
export interface Lock {
  /** harmless twice */
  readonly release: () => void
}

/** Somebody else is writing there. */
export class LockedError extends Error {
  readonly _tag = 'LockedError'
  override readonly name = 'LockedError'
}

/** Who holds a lock. */
interface Holder {
  readonly pid: number
  readonly host: string
  /** `startOf` the process, where the system tells */
  readonly started?: string | undefined
}

const holderIn = (text: string): Holder | undefined => {
  try {
    const { pid, host, started } = JSON.parse(text) as Partial<Holder>
    return Number.isSafeInteger(pid) && typeof host === 'string' ? { pid: pid as number, host, started } : undefined
  } catch {
    return undefined
  }
}

/** A process of this machine that is gone: killed, or its number now another's. Of other machines nobody here knows. */
const isGone = ({ pid, host, started }: Holder): boolean => {
  if (host !== hostname()) return false
  const now = startOf(pid)
  return !isAlive(pid) || (started !== undefined && now !== undefined && started !== now)
}

const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** The lock file, with its content from the first moment on; false where there is one already. */
const claim = (path: string, text: string): boolean => {
  const draft = `${path}.${randomBytes(4).toString('hex')}`
  try {
    writeFileSync(draft, text, { flag: 'wx' })
    linkSync(draft, path)
    return true
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return false
    if (syscall !== 'link') throw error
    return claimUnlinked(path, text)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Where a file system has no hard links. */
const claimUnlinked = (path: string, text: string): boolean => {
  try {
    writeFileSync(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Takes a dead process's lock away; only that one, if somebody else has taken it over in the meantime. */
const takeAway = (path: string, stale: string): void => {
  const aside = `${path}.${randomBytes(4).toString('hex')}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const taken = readText(aside)
  if (taken !== undefined && taken !== stale) claim(path, taken)
  rmSync(aside, { force: true })
}

/** Takes away what processes that were killed half way to a lock, or away from it, have left beside it. */
const removeLitter = (path: string): void => {
  const start = `${basename(path)}.`
  try {
    for (const name of readdirSync(dirname(path))) {
      if (!name.startsWith(start) || !/^[0-9a-f]{8}$/.test(name.slice(start.length))) continue
      const left = join(dirname(path), name)
      const holder = holderIn(readText(left) ?? '')
      if (holder && isGone(holder)) rmSync(left, { force: true })
    }
  } catch {
    // it is in nobody's way: the lock is ours
  }
}

/** However a path is written, one file has one lock. */
const placeOf = (path: string): string => {
  mkdirSync(dirname(path), { recursive: true })
  try {
    return realpathSync(path)
  } catch {
    return join(realpathSync(dirname(path)), basename(path))
  }
}

/**
 * Takes a file or a folder for this process alone, by a lock file beside it (`run.jsonl.lock`): whoever else asks, in this
 * process or another, is refused with a `LockedError` until `release`. The lock of a process that was killed is taken over.
 * `what` says in the message what the path is.
 */
export const lock = (path: string, what: string): Lock => {
  let file = `${path}.lock`
  try {
    file = `${placeOf(path)}.lock`
    const mine: Holder = { pid: process.pid, host: hostname(), started: startOf(process.pid) }
    const text = `${JSON.stringify({ ...mine, lock: randomBytes(8).toString('hex') })}\n`
    for (let tries = 0; !claim(file, text); tries += 1) {
      const there = readText(file)
      if (there === undefined && tries < 10) continue
      const holder = holderIn(there ?? '')
      if (tries < 10 && there !== undefined && holder && isGone(holder)) {
        takeAway(file, there)
        continue
      }
      throw new LockedError(refusal(path, what, file, holder))
    }
    removeLitter(file)
    return {
      release: () => {
        try {
          if (readText(file) === text) rmSync(file, { force: true })
        } catch {
          // its folder has gone bad: a lock of a process that ends is nobody's anyway
        }
      },
    }
  } catch (error) {
    throw error instanceof LockedError ? error : fileError(file, error)
  }
}

const refusal = (path: string, what: string, file: string, holder: Holder | undefined): string => {
  const whose = !holder
    ? 'by another process'
    : holder.host !== hostname()
      ? `by process ${holder.pid} on '${holder.host}'`
      : holder.pid === process.pid
        ? 'by this very process'
        : `by process ${holder.pid}`
  const over = holder?.host === hostname() ? '' : `; if that is over, delete ${file}`
  return `${what} '${path}' is being written ${whose}: two at once would spoil it${over}`
}
