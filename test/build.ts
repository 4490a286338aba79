import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawn, type ChildProcess } from 'node:child_process'
import { inject } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Folder of the sources as JavaScript, for threads and child processes. */
export const build = (): string => inject('build')

/** A child process under way. */
export interface Child {
  readonly process: ChildProcess
  /** settles when it has printed that text */
  readonly printed: (text: string) => Promise<void>
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly output: string }>
}

/** Starts a script of `scripts/torture/support` or of the tests on such a build. */
export const child = (out: string, script: string, options: unknown): Child => {
  const process_ = spawn(process.execPath, [join(root, script), JSON.stringify(options)], {
    env: { ...process.env, RXFIT_BUILD: out },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const waiting = new Set<() => void>()
  for (const stream of [process_.stdout, process_.stderr])
    stream.on('data', (data: Buffer) => {
      output += data.toString()
      for (const look of waiting) look()
    })
  const ended = new Promise<{ code: number | null; signal: string | null; output: string }>((resolve) => {
    process_.on('close', (code, signal) => {
      resolve({ code, signal, output })
    })
  })
  return {
    process: process_,
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!output.includes(text)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
        void ended.then(() => {
          reject(new Error(`it ended without printing '${text}':\n${output}`))
        })
      }),
    ended,
  }
}
