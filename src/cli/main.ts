#!/usr/bin/env node
import { Console } from 'node:console'
import { run } from './run.js'
import { messageOf } from './UsageError.js'

// stdout is for the answer alone: what a callbacks file prints while it is loaded or replayed goes to stderr
globalThis.console = new Console(process.stderr, process.stderr)

// a reader that has seen enough (| head) is no failure
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 2))

// thrown by a callbacks file behind our back; Node would exit with 1, which means something else here
process.on('uncaughtException', (error) => {
  process.stderr.write(`rxfit: the callbacks file threw on its own: ${messageOf(error)}\n`)
  process.exit(2)
})

const { code, stdout, stderr } = await run(process.argv.slice(2))
process.stderr.write(stderr)
// a callbacks file may have left a timer or a socket behind: the answer is out, so this is the end
process.stdout.write(stdout, () => process.exit(code))
