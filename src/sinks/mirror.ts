import type { LostRequest, SyncDirectoryRequest } from '../runtime/interpret.js'
import type { Host } from './Host.js'

/** Copies of folders, made in the background. */
export interface Mirror {
  /** asks for a copy; gives what failed since the last call */
  readonly sync: (request: SyncDirectoryRequest) => ReadonlyArray<LostRequest>
  /** makes a last copy of each folder that one was asked for, and waits for it; gives what failed */
  readonly drain: () => Promise<ReadonlyArray<LostRequest>>
  /** gives up at once */
  readonly close: () => void
}

/** One folder and its copy: one program at a time. */
interface Lane {
  request: SyncDirectoryRequest
  /** settles when nothing is under way any more */
  running: Promise<void> | undefined
  /** asked for while one was being made */
  again: boolean
  /** the last copy failed: until one succeeds, each is tried only once */
  down: boolean
  warned: boolean
}

/**
 * Copies folders by programs of the user's while training goes on. What is asked for while a copy is being made is made after it, once.
 */
export const mirror = (host: Pick<Host, 'runProgram' | 'isThere' | 'print'>): Mirror => {
  const lanes = new Map<string, Lane>()
  let untold: Array<LostRequest> = []
  let ending = new AbortController()
  /** nobody waits between tries any more */
  let last = new AbortController()

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        last.signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      if (last.signal.aborted) done()
      else last.signal.addEventListener('abort', done)
    })

  const lose = (lane: Lane, why: string): void => {
    const { path, argv, by } = lane.request
    const message = `${path}: '${argv[0] ?? ''}': ${why}`
    untold.push({ by, message })
    if (lane.warned) return
    lane.warned = true
    host.print(`SyncDirectory of ${message}. Training goes on.`, 'warning')
  }

  /** One copy, in as many tries as it takes and may have. `final`: a program that hangs has no second chance. */
  const copy = async (lane: Lane, final: boolean): Promise<void> => {
    const { path, argv, timeout, attempts, backoff } = lane.request
    if (!host.isThere(path)) return
    const end = ending
    for (let tried = 1; ; tried += 1) {
      const began = Date.now()
      const why = await host.runProgram(argv, { timeout, signal: end.signal })
      if (end.signal.aborted) return
      if (why === undefined) {
        lane.down = false
        return
      }
      // the last copy follows
      if (!final && last.signal.aborted) return
      const hung = Date.now() - began >= timeout
      if (lane.down || tried >= attempts || (final && hung)) {
        lane.down = true
        lose(lane, tried > 1 ? `${why}, tried ${tried} times` : why)
        return
      }
      await (final ? new Promise((resolve) => setTimeout(resolve, backoff)) : pause(backoff * 2 ** (tried - 1)))
    }
  }

  const work = async (lane: Lane): Promise<void> => {
    do {
      lane.again = false
      await copy(lane, false)
      // as written by then: `sync` may have been called meanwhile
    } while ((lane.again as boolean) && !last.signal.aborted)
    lane.running = undefined
  }

  const tell = (): ReadonlyArray<LostRequest> => {
    const told = untold
    untold = []
    return told
  }

  const close = (): void => {
    ending.abort()
    last.abort()
    lanes.clear()
    ending = new AbortController()
    last = new AbortController()
  }

  return {
    sync: (request) => {
      const key = JSON.stringify([request.path, request.argv])
      const lane = lanes.get(key) ?? { request, running: undefined, again: false, down: false, warned: false }
      lanes.set(key, lane)
      lane.request = request
      lane.again = true
      lane.running ??= work(lane)
      return tell()
    },
    drain: async () => {
      if (lanes.size === 0) return tell()
      last.abort()
      await Promise.all(
        [...lanes.values()].map(async (lane) => {
          await lane.running
          await copy(lane, true)
        }),
      )
      close()
      return tell()
    },
    close,
  }
}
