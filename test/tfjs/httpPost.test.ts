import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { pipe } from 'fp-ts/lib/function.js'
import { all, emit, everyN, httpPost, lambda, on, remoteMonitor, type Policy } from 'rxfit'
import { replay } from 'rxfit/replay'
import { fromEpochs } from 'rxfit/logs'
import { fit, toCallback } from 'rxfit/tfjs'
import { backend, line, linear, tf } from './backend.js'

const { x, y } = line()

interface Received {
  readonly url: string
  readonly body: string
  readonly headers: IncomingMessage['headers']
}
type Answer = (response: ServerResponse, nth: number) => void

const servers: Array<Server> = []
afterEach(() => {
  vi.restoreAllMocks()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A real server; it notes what arrives whole. */
const serve = async (answer: Answer): Promise<{ readonly root: string; readonly received: Array<Received> }> => {
  const received: Array<Received> = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('error', () => undefined)
    request.on('end', () => {
      received.push({ url: request.url ?? '', body, headers: request.headers })
      answer(response, received.length)
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { root: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

const ok: Answer = (response) => response.end('ok')

/** Trains, and gives what was printed meanwhile. */
const train = async (callbacks: Policy, options: object = {}) => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const info = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  const result = await fit(linear(), x, y, { epochs: 4, ...options, callbacks })
  const said = (spy: { readonly mock: { readonly calls: ReadonlyArray<ReadonlyArray<unknown>> } }) =>
    spy.mock.calls.map(([message]) => String(message)).filter((message) => message.startsWith('HttpPost'))
  return { result, warnings: said(warn), infos: said(info) }
}

/** Tries that don't take long. */
const quick = { backoff: 1, timeout: 400, drain: 20_000 }
const epochsIn = (received: ReadonlyArray<Received>) =>
  received.map(({ body }) => (JSON.parse(body) as { readonly epoch: number }).epoch)

describe(`posts from training on ${backend}`, () => {
  it('arrive in order, before the fit resolves', async () => {
    const { root, received } = await serve(ok)
    const { result, warnings } = await train(remoteMonitor({ root, sendAsJson: true, headers: { 'X-Run': '7' } }))
    expect(result.epoch).toHaveLength(4)
    expect(epochsIn(received)).toEqual([0, 1, 2, 3])
    expect(received[0]).toMatchObject({
      url: '/publish/epoch/end/',
      headers: { 'content-type': 'application/json', 'x-run': '7' },
    })
    expect(warnings).toEqual([])
  })

  it('arrive as forms', async () => {
    const { root, received } = await serve(ok)
    await train(remoteMonitor({ root, path: '/in?x=1', field: 'a b' }), { epochs: 1 })
    expect(received[0]?.url).toBe('/in?x=1')
    expect(received[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded')
    const form = new URLSearchParams(received[0]?.body)
    expect(JSON.parse(form.get('a b') as string)).toMatchObject({ epoch: 0 })
  })

  it.each(['never', 'epoch', 'auto'] as const)('arrive when training yields (%s)', async (yieldEvery) => {
    const { root, received } = await serve(ok)
    const { warnings } = await train(remoteMonitor({ root, sendAsJson: true }), { epochs: 30, yieldEvery })
    expect(epochsIn(received)).toEqual(Array.from({ length: 30 }, (_, i) => i))
    expect(warnings).toEqual([])
  })

  it('are tried again where the trouble passes', async () => {
    const { root, received } = await serve((response, nth) => {
      if (nth === 1) response.writeHead(500).end()
      else if (nth === 3) response.socket?.resetAndDestroy()
      else if (nth === 5)
        return // no answer at all
      else response.end()
    })
    const { warnings } = await train(remoteMonitor({ root, sendAsJson: true }), { http: quick, epochs: 3 })
    expect(epochsIn(received)).toEqual([0, 0, 1, 1, 2, 2])
    expect(warnings).toEqual([])
  })

  const troubles: Readonly<Record<string, readonly [Answer, RegExp]>> = {
    'answers 500': [(response) => response.writeHead(500).end(), /the server answered 500/],
    'answers 404': [(response) => response.writeHead(404).end('no'), /the server answered 404/],
    'never answers': [() => undefined, /no answer within 400 ms/],
    'resets the connection': [(response) => response.socket?.resetAndDestroy(), /fetch failed/],
  }
  it.each(Object.entries(troubles))('cost one warning where the server %s', async (_, [answer, reason]) => {
    const { root } = await serve(answer)
    const expected = await train(all())
    const { result, warnings, infos } = await train(remoteMonitor({ root }), { http: quick })
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(reason)
    expect(infos.join()).toMatch(/4 of 4 requests were not delivered/)
    expect(result.epoch).toEqual(expected.result.epoch)
  })

  it('cost one warning where nobody listens', async () => {
    const { root } = await serve(ok)
    servers.pop()?.close()
    const { result, warnings } = await train(remoteMonitor({ root }), { http: quick })
    expect(warnings).toEqual([expect.stringMatching(/ECONNREFUSED.*tried 3 times/)])
    expect(result.history['loss']).toHaveLength(4)
  })

  it('cost one warning where the fit ends first', async () => {
    const { root } = await serve(() => undefined)
    const { warnings } = await train(remoteMonitor({ root }), { http: { timeout: 60_000, drain: 50 } })
    expect(warnings).toEqual([
      expect.stringMatching(/4 of 4 requests were not delivered when training ended \(there was no time\)/),
    ])
  })

  it('do without retries once a server is down, until it is back', async () => {
    const { root, received } = await serve((response, nth) => response.writeHead(nth <= 4 ? 503 : 200).end())
    const { warnings } = await train(remoteMonitor({ root, sendAsJson: true }), { epochs: 4, http: quick })
    expect(epochsIn(received)).toEqual([0, 0, 0, 1, 2, 3])
    expect(warnings).toHaveLength(1)
  })

  it('keep the newest where too many wait', async () => {
    const { root, received } = await serve(ok)
    const { warnings, infos } = await train(remoteMonitor({ root, sendAsJson: true }), {
      epochs: 9,
      yieldEvery: 'never',
      http: { queue: 3 },
    })
    // the first is on its way when the others come
    expect(epochsIn(received)).toEqual([0, 6, 7, 8])
    expect(warnings).toEqual([expect.stringMatching(/more than 3 requests wait, the oldest is dropped/)])
    expect(infos.join()).toMatch(/5 of 9 requests were not delivered/)
  })

  it('are told to policies when they are lost', async () => {
    const { root, received } = await serve((response) => response.writeHead(404).end())
    const heard: Array<string> = []
    // the second arrives when the first is done with
    const arrival = async (epoch: number): Promise<void> => {
      while (received.length <= epoch) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const policy = all(
      remoteMonitor({ root }),
      on('CommandFailed', (e) => void heard.push(`${e.command} ${e.by}: ${e.message}`)),
      lambda({ onEpochEnd: arrival }),
    )
    await train(policy)
    expect(heard.length).toBeGreaterThanOrEqual(2)
    expect(heard[0]).toBe(`HttpPost remoteMonitor: ${root}/publish/epoch/end/: the server answered 404`)
  })

  it('fail the fit where observers may', async () => {
    const { root } = await serve((response) => response.writeHead(404).end())
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const model = linear()
    await fit(model, x, y, { epochs: 1 })
    const before = tf.memory().numTensors
    const options = { epochs: 3, failures: { observing: 'fail' as const }, callbacks: remoteMonitor({ root }) }
    await expect(fit(model, x, y, options)).rejects.toThrow(/HttpPost.*remoteMonitor.*answered 404/)
    expect(tf.memory().numTensors).toBe(before)
  })

  it('of a dead server don’t hold up those to another', async () => {
    const dead = await serve(() => undefined)
    const alive = await serve(ok)
    const both = all(
      pipe(everyN(1), emit(httpPost(dead.root, 'x'))),
      remoteMonitor({ root: alive.root, sendAsJson: true }),
    ) as Policy
    const { warnings } = await train(both, { http: { timeout: 60_000, drain: 2000 } })
    expect(epochsIn(alive.received)).toEqual([0, 1, 2, 3])
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(dead.root)
  })

  it('go out where the fit fails, and from toCallback', async () => {
    const { root, received } = await serve(ok)
    const monitor = remoteMonitor({ root, sendAsJson: true })
    const failing = on('EpochBegin', (e) => {
      if (e.epoch === 1) throw new Error('no')
    })
    await expect(fit(linear(), x, y, { epochs: 2, callbacks: [monitor, failing] })).rejects.toThrow('no')
    expect(epochsIn(received)).toEqual([0])
    const model = linear()
    await model.fit(x, y, { epochs: 2, verbose: 0, callbacks: toCallback(monitor, { model }) })
    expect(epochsIn(received)).toEqual([0, 0, 1])
  })

  it('are not sent by a replay', async () => {
    const { root, received } = await serve(ok)
    const { outcome, decisions } = replay(remoteMonitor({ root }), fromEpochs([{ loss: 1 }, { loss: 2 }]))
    expect(outcome.epochsRun).toBe(2)
    expect(decisions).toEqual([])
    await new Promise((resolve) => setImmediate(resolve))
    expect(received).toEqual([])
  })

  it('refuse options that nobody knows', async () => {
    await expect(fit(linear(), x, y, { http: { retries: 3 } } as never)).rejects.toThrow(/http.retries: unknown option/)
  })
})
