import { spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { describe } from 'vitest'

const names = ['chromium', 'chromium-browser', 'google-chrome']

const isThere = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const chromium = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => names.map((name) => join(folder, name)))
  .find(isThere)

if (chromium === undefined) console.warn(`tests of pages are skipped: there is no ${names.join(', no ')}`)

/** Tests of pages in a browser; skipped, and said so, where there is none. */
export const describeInBrowser = (name: string, tests: () => void): void => {
  if (chromium !== undefined) describe(name, { timeout: 60_000 }, tests)
  else describe.skip(`${name} (skipped: there is no ${names.join(', no ')})`, tests)
}

/** What a page did, and what it looks like. */
export interface Opened {
  /** everything that it asked for, itself too */
  readonly requests: ReadonlyArray<string>
  /** exceptions, and what the console calls an error: a script or a style that was refused is one */
  readonly errors: ReadonlyArray<string>
  /** width of what there is to scroll through, and of the window */
  readonly scrollWidth: number
  readonly innerWidth: number
  /** the document as the browser made it of the markup */
  readonly dom: string
  readonly text: string
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly message: string }
  readonly sessionId?: string
}

type Params = Readonly<Record<string, unknown>>

/** Speaks with a browser through its pipe: messages of JSON, a zero byte behind each. */
const dialogue = (out: Writable, into: Readable, hear: (message: Message) => void) => {
  const waiting = new Map<number, (message: Message) => void>()
  let [last, rest] = [0, '']
  into.setEncoding('utf8').on('data', (piece: string) => {
    const messages = (rest + piece).split('\0')
    rest = messages.pop() ?? ''
    for (const text of messages) {
      const message = JSON.parse(text) as Message
      if (message.id === undefined) hear(message)
      else waiting.get(message.id)?.(message)
    }
  })
  return <A>(method: string, params: Params = {}, sessionId?: string): Promise<A> =>
    new Promise((resolve, reject) => {
      last += 1
      waiting.set(last, ({ result, error }) => {
        if (error) reject(new Error(`${method}: ${error.message}`))
        else resolve(result as A)
      })
      out.write(`${JSON.stringify({ id: last, method, params, ...(sessionId !== undefined && { sessionId }) })}\0`)
    })
}

/** Opens a page in a window of that width, as a phone would, and tells what it did. */
export const openPage = async (page: string, width: number): Promise<Opened> => {
  const folder = mkdtempSync(join(tmpdir(), 'rxfit-page-'))
  const file = join(folder, 'page.html')
  writeFileSync(file, page)
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--remote-debugging-pipe']
  const browser = spawn(chromium ?? '', [...flags, `--user-data-dir=${join(folder, 'profile')}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const ended = new Promise<void>((resolve) => browser.once('close', () => resolve()))
  try {
    const requests: Array<string> = []
    const errors: Array<string> = []
    let loaded = (): void => undefined
    const whole = new Promise<void>((resolve) => (loaded = resolve))
    const say = dialogue(browser.stdio[3] as Writable, browser.stdio[4] as Readable, ({ method, params }) => {
      const { request, entry, exceptionDetails } = params as {
        readonly request?: { readonly url: string }
        readonly entry?: { readonly level: string; readonly text: string }
        readonly exceptionDetails?: { readonly text: string }
      }
      if (method === 'Network.requestWillBeSent' && request) requests.push(request.url)
      if (method === 'Log.entryAdded' && entry?.level === 'error') errors.push(entry.text)
      if (method === 'Runtime.exceptionThrown' && exceptionDetails) errors.push(exceptionDetails.text)
      if (method === 'Page.loadEventFired') loaded()
    })
    const { targetId } = await say<{ targetId: string }>('Target.createTarget', { url: 'about:blank' })
    const { sessionId } = await say<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true })
    for (const domain of ['Page', 'Network', 'Log', 'Runtime']) await say(`${domain}.enable`, {}, sessionId)
    const size = { width, height: 844, deviceScaleFactor: 1, mobile: width < 600 }
    await say('Emulation.setDeviceMetricsOverride', size, sessionId)
    await say('Page.navigate', { url: pathToFileURL(file).href }, sessionId)
    await whole
    const look = async <A>(expression: string): Promise<A> => {
      const { result } = await say<{ result: { value: A } }>(
        'Runtime.evaluate',
        { expression, returnByValue: true },
        sessionId,
      )
      return result.value
    }
    const found = {
      scrollWidth: await look<number>('document.documentElement.scrollWidth'),
      innerWidth: await look<number>('innerWidth'),
      dom: await look<string>('document.documentElement.outerHTML'),
      text: await look<string>('document.body.innerText'),
    }
    if (process.env['RXFIT_SCREENSHOT'] !== undefined) {
      const shot = await say<{ data: string }>('Page.captureScreenshot', { captureBeyondViewport: true }, sessionId)
      writeFileSync(`${process.env['RXFIT_SCREENSHOT']}-${width}.png`, Buffer.from(shot.data, 'base64'))
    }
    return { ...found, requests: requests.filter((url) => !url.startsWith('about:')), errors }
  } finally {
    // with the processes that it has begun: they would go on writing to the folder
    if (browser.pid !== undefined) process.kill(-browser.pid, 'SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
  }
}
