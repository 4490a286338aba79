#!/usr/bin/env node
import { Console } from 'node:console'
import { writeSync } from 'node:fs'
import { messageOf, oneLine } from '../logs/text.js'
import { run, type Result } from './run.js'
import { underway } from './underway.js'

const { stdout, stderr } = process

// stdout is for the answer alone: what a callbacks file prints while it is loaded or replayed goes to stderr
const write = stdout.write.bind(stdout)
globalThis.console = new Console(stderr, stderr)
stdout.write = stderr.write.bind(stderr)

/** Whether there was an answer, or a line that says why there is none. */
let answered = false

/** One line, at once: whoever calls this is about to end the program. */
const complain = (line: string): void => {
  answered = true
  try {
    writeSync(2, `rxfit: ${oneLine(line)}\n`)
  } catch {
    // nobody is listening
  }
}

const culprit = (): string => underway.file() ?? 'rxfit'

// a reader that has seen enough (| head) is no failure
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') complain(`stdout: can't be written (${messageOf(error)})`)
  answered = true
  process.exit(error.code === 'EPIPE' ? 0 : 2)
})

// thrown by a callbacks file behind our back; Node would exit with 1, which means something else here
process.on('uncaughtException', (error) => {
  complain(`${culprit()}: the callbacks file threw on its own: ${messageOf(error)}`)
  process.exit(2)
})

// a callbacks file may end the program itself, or wait for what never happens: Node's exit code would be taken for ours
let idle = false
process.on('beforeExit', () => {
  idle = true
})
process.on('exit', (code) => {
  if (answered) return
  complain(
    `${culprit()}: no answer: ${idle ? 'the callbacks file waits for something that never happens' : `the callbacks file ended the program (process.exit(${code}))`}`,
  )
  process.exitCode = 2
})

const tell = (result: Result): void => {
  answered = true
  stderr.write(result.stderr)
  // a callbacks file may have left a timer or a socket behind: the answer is out, so this is the end
  write(result.stdout, (error) => {
    // of what couldn't be written the stream's own error tells
    if (!error) process.exit(result.code)
  })
}

// not awaited: a promise that never settles would make Node print a warning of its own
void run(process.argv.slice(2), {
  write: (text) => {
    answered = true
    write(text)
  },
  size: () => (stdout.isTTY ? { columns: stdout.columns, rows: stdout.rows } : undefined),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
}).then(tell)
