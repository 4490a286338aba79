import { spawn } from 'node:child_process'
import type { ProgramOptions } from './Host.js'

/** As much of what a program complains of as belongs into a message. */
const mostComplaint = 2000

/** After being asked to end, a program has so long before it is made to. */
const grace = 2000

/** The last line that says something. */
const lastLine = (text: string): string =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .at(-1) ?? ''

/**
 * Runs a program to its end, without a shell; gives why it failed, or undefined. It is a group of its own, so that what it has started
 * ends with it when it takes too long, or when nobody waits any more.
 */
export const runProgram = (
  [program = '', ...args]: ReadonlyArray<string>,
  { timeout, signal }: ProgramOptions,
): Promise<string | undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) {
      resolve('not begun')
      return
    }
    const grouped = process.platform !== 'win32'
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: grouped, windowsHide: true })
    let complaint = ''
    let reason: string | undefined
    let late: NodeJS.Timeout | undefined
    const kill = (how: 'SIGTERM' | 'SIGKILL'): void => {
      try {
        if (grouped && child.pid !== undefined) process.kill(-child.pid, how)
        else child.kill(how)
      } catch {
        // it has ended by itself
      }
    }
    const end = (why: string): void => {
      if (reason !== undefined) return
      reason = why
      kill('SIGTERM')
      late = setTimeout(() => {
        kill('SIGKILL')
      }, grace)
    }
    const abort = (): void => {
      end('ended: training is over')
    }
    const timer = setTimeout(() => {
      end(`it took longer than ${timeout / 1000} seconds and was ended`)
    }, timeout)
    signal.addEventListener('abort', abort)
    const done = (why: string | undefined): void => {
      clearTimeout(timer)
      clearTimeout(late)
      signal.removeEventListener('abort', abort)
      // something that it started may hold on to it
      child.stderr.destroy()
      resolve(why)
    }
    child.stderr.on('data', (bytes: Buffer) => {
      complaint = (complaint + bytes.toString('utf8')).slice(-mostComplaint)
    })
    child.on('error', (error: NodeJS.ErrnoException) => {
      done(error.code === 'ENOENT' ? 'there is no such program' : error.message)
    })
    child.on('exit', (code, killed) => {
      const said = lastLine(complaint)
      const failure = code === 0 ? undefined : `it ended with ${code === null ? String(killed) : `exit code ${code}`}`
      done(reason ?? (failure && (said === '' ? failure : `${failure}: ${said}`)))
    })
  })
