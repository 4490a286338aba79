import * as v from 'valibot'
import { atLeast, parse, positive } from '../dsl/Options.js'
import type { LostRequest, PostRequest } from '../runtime/interpret.js'

/** How requests are sent. */
export interface OutboxOptions {
  /** tries of one request; from 1. Default 3 */
  readonly attempts?: number
  /** milliseconds before the second try, doubled each time. Default 250 */
  readonly backoff?: number
  /** milliseconds that a try may take. Default 10 000 */
  readonly timeout?: number
  /** requests that may wait for one address; beyond it the oldest is dropped. Default 1000 */
  readonly queue?: number
  /** milliseconds that the end of a fit waits for what isn't sent yet. Default 5000 */
  readonly drain?: number
}

const milliseconds = atLeast(0)
const schema = v.strictObject({
  attempts: v.optional(positive, 3),
  backoff: v.optional(milliseconds, 250),
  timeout: v.optional(milliseconds, 10_000),
  queue: v.optional(positive, 1000),
  drain: v.optional(milliseconds, 5000),
})

/** Requests on their way, in the background. */
export interface Outbox {
  /** takes a request; gives what was lost since the last call */
  readonly post: (request: PostRequest) => ReadonlyArray<LostRequest>
  /** waits for what is still to be sent, but not for ever; then says what wasn't, and gives it */
  readonly drain: () => Promise<ReadonlyArray<LostRequest>>
  /** gives up at once */
  readonly close: () => void
}

/** Requests to one address, sent one after another: a monitor wants its epochs in order. */
interface Lane {
  readonly url: string
  readonly waiting: Array<PostRequest>
  /** being sent */
  current: PostRequest | undefined
  /** the last one was lost: until one arrives, each is tried only once */
  down: boolean
  posted: number
  lost: number
  /** why the latest try failed */
  reason: string
  warned: boolean
}

/** Answers that another try may better. */
const passing = (status: number): boolean => status >= 500 || status === 408 || status === 429

/** Node hides the reason inside "fetch failed", and two of them inside an AggregateError. */
const reasonOf = (error: unknown): string => {
  const { message, cause } = error as { readonly message?: string; readonly cause?: unknown }
  const { message: inner = '', code = '' } = (cause ?? {}) as { readonly message?: string; readonly code?: string }
  const detail = inner === '' ? code : inner
  return [message ?? String(error), ...(detail === '' ? [] : [detail])].join(': ')
}

/**
 * Sends requests while training goes on. Each address has a queue of its own; a request that fails in passing (no connection,
 * no answer, 5xx, 408, 429) is tried again, later each time. What is lost is warned of once for an address, and every loss is
 * told to whoever posts next. A request may arrive twice, when its answer was lost.
 */
export const outbox = (
  options: OutboxOptions | undefined,
  print: (message: string, level: 'info' | 'warning') => void,
): Outbox => {
  const { attempts, backoff, timeout, queue, drain } = parse('http', schema, options)
  const lanes = new Map<string, Lane>()
  /** somebody waits for all to be sent */
  let wake = (): void => undefined
  let untold: Array<LostRequest> = []
  let ending = new AbortController()

  const lose = (lane: Lane, { by }: PostRequest, why: string, training = true): void => {
    const message = `${lane.url}: ${why}`
    untold.push({ by, message })
    lane.lost += 1
    if (lane.warned || !training) return
    lane.warned = true
    print(`HttpPost to ${message}. Training goes on; what can't be delivered is dropped.`, 'warning')
  }

  const pause = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal.addEventListener('abort', done)
    })

  /** One try: undefined, or why it failed and whether another try may help. */
  const attempt = async (
    { url, body, headers }: PostRequest,
    end: AbortController,
  ): Promise<{ readonly why: string; readonly passes: boolean } | undefined> => {
    const late = new AbortController()
    const abort = (): void => {
      late.abort()
    }
    const timer = setTimeout(abort, timeout)
    end.signal.addEventListener('abort', abort)
    try {
      const answer = await fetch(url, { method: 'POST', body, headers, signal: late.signal })
      // an unread answer would hold its connection
      await answer.body?.cancel().catch(() => undefined)
      return answer.ok ? undefined : { why: `the server answered ${answer.status}`, passes: passing(answer.status) }
    } catch (error) {
      const why = late.signal.aborted && !end.signal.aborted ? `no answer within ${timeout} ms` : reasonOf(error)
      return { why, passes: true }
    } finally {
      clearTimeout(timer)
      end.signal.removeEventListener('abort', abort)
    }
  }

  /** Sends a request, with as many tries as it takes and may have. */
  const send = async (lane: Lane, request: PostRequest, end: AbortController): Promise<void> => {
    const ended = (): boolean => end.signal.aborted
    for (let tried = 1; !ended(); tried += 1) {
      const trouble = await attempt(request, end)
      // whoever ended it has counted this one
      if (ended()) return
      lane.down = trouble !== undefined && (lane.down || tried >= attempts || !trouble.passes)
      if (!trouble) return
      lane.reason = trouble.why
      if (lane.down) {
        lose(lane, request, tried > 1 ? `${trouble.why}, tried ${tried} times` : trouble.why)
        return
      }
      await pause(backoff * 2 ** (tried - 1), end.signal)
    }
  }

  const work = async (lane: Lane): Promise<void> => {
    const end = ending
    while ((lane.current = lane.waiting.shift())) {
      await send(lane, lane.current, end)
      if (end.signal.aborted) return
    }
    // nobody asks any more after an address where all went well
    if (lane.lost === 0) lanes.delete(lane.url)
    if (!busy()) wake()
  }
  const busy = (): boolean => [...lanes.values()].some(({ current }) => current !== undefined)

  const laneTo = (url: string): Lane => {
    const known = lanes.get(url)
    if (known) return known
    const lane = { url, waiting: [], current: undefined, down: false, posted: 0, lost: 0, reason: '', warned: false }
    lanes.set(url, lane)
    return lane
  }

  const tell = (): ReadonlyArray<LostRequest> => {
    const told = untold
    untold = []
    return told
  }

  /** Drops what is left, and says how much was not delivered in all. */
  const settle = (): void => {
    ending.abort()
    for (const lane of lanes.values()) {
      const left = [...(lane.current ? [lane.current] : []), ...lane.waiting]
      for (const request of left) lose(lane, request, 'not sent when training ended', false)
      if (lane.lost === 0) continue
      const why = lane.reason === '' ? 'there was no time' : lane.reason
      print(
        `HttpPost to ${lane.url}: ${lane.lost} of ${lane.posted} requests were not delivered when training ended (${why}).`,
        lane.warned ? 'info' : 'warning',
      )
    }
    lanes.clear()
    ending = new AbortController()
  }

  return {
    post: (request) => {
      const lane = laneTo(request.url)
      lane.posted += 1
      lane.waiting.push(request)
      if (lane.waiting.length > queue)
        lose(lane, lane.waiting.shift() as PostRequest, `more than ${queue} requests wait, the oldest is dropped`)
      if (!lane.current) void work(lane)
      return tell()
    },
    drain: async () => {
      if (busy()) {
        const sent = new AbortController()
        wake = () => {
          sent.abort()
        }
        await pause(drain, sent.signal)
      }
      settle()
      return tell()
    },
    close: settle,
  }
}
