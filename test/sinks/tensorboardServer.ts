import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { python } from '../oracles.js'

/** A TensorBoard that serves a folder on a port of its own choice, for as long as somebody asks it things. */
export interface Served {
  readonly url: string
  /** what a route answers, as JSON */
  readonly json: (route: string, query?: Readonly<Record<string, string>>) => Promise<unknown>
  readonly bytes: (route: string, query?: Readonly<Record<string, string>>) => Promise<Buffer>
}

const address = /http:\/\/127\.0\.0\.1:\d+\//

/** Starts the real TensorBoard, waits until it has read the folder's runs, and ends it whatever happens. */
export const withTensorBoard = async <A>(
  dir: string,
  runs: ReadonlyArray<string>,
  use: (board: Served) => Promise<A>,
): Promise<A> => {
  const options = ['--host', '127.0.0.1', '--port', '0', '--reload_interval', '1', '--load_fast', 'false']
  const child = spawn(python, ['-m', 'tensorboard.main', '--logdir', dir, ...options], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'exit')
  try {
    let said = ''
    child.stderr.setEncoding('utf8')
    const url = await new Promise<string>((resolve, reject) => {
      child.stderr.on('data', (text: string) => {
        said += text
        const found = address.exec(said)
        if (found) resolve(found[0])
      })
      child.on('error', reject)
      child.on('exit', () => {
        reject(new Error(`TensorBoard ended before it served anything: ${said}`))
      })
    })
    const ask = async (route: string, query: Readonly<Record<string, string>> = {}): Promise<Response> => {
      const answer = await fetch(`${url}data/${route}?${new URLSearchParams(query).toString()}`)
      if (!answer.ok) throw new Error(`${route} ${JSON.stringify(query)}: ${answer.status} ${await answer.text()}`)
      return answer
    }
    const board: Served = {
      url,
      json: async (route, query) => (await ask(route, query)).json(),
      bytes: async (route, query) => Buffer.from(await (await ask(route, query)).arrayBuffer()),
    }
    // it reads in the background: the test's own limit says how long that may take
    const read = async (): Promise<boolean> => {
      const there = (await board.json('runs')) as ReadonlyArray<string>
      return runs.every((run) => there.includes(run))
    }
    while (!(await read())) await new Promise((resolve) => setTimeout(resolve, 100))
    return await use(board)
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}
