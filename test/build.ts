import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawn, type ChildProcess } from 'node:child_process'
import { afterAll } from 'vitest'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The sources as JavaScript, for child processes, in a folder that is removed after the tests: `dist` may be older than they are. */
export const build = (): string => {
  mkdirSync(join(root, 'runs'), { recursive: true })
  const out = mkdtempSync(join(root, 'runs', 'build-'))
  afterAll(() => rmSync(out, { recursive: true, force: true }))
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true }
  for (const name of readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue
    const file = join(out, name.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(file), { recursive: true })
    const { outputText } = ts.transpileModule(readFileSync(join(root, 'src', name), 'utf8'), { compilerOptions })
    const host = relative(dirname(file), join(out, 'sinks', 'host.node.js'))
      .split(sep)
      .join('/')
    writeFileSync(file, outputText.replaceAll(`'#host'`, `'./${host}'`))
  }
  return out
}

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
