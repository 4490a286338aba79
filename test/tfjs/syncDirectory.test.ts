import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  all,
  csvLogger,
  fromSpec,
  machine,
  on,
  stopIf,
  syncDirectory,
  tensorBoard,
  toSpec,
  type Command,
  type Policy,
  type SyncDirectoryOptions,
} from 'rxfit'
import { readEvents } from 'rxfit/logs'
import { events } from 'rxfit/testing'
import { fit, trainWith } from 'rxfit/tfjs'
import { mirror } from '../../src/sinks/mirror.js'
import { isAlive } from '../../src/sinks/processes.js'
import { runProgram } from '../../src/sinks/program.js'
import { backend, line, linear } from './backend.js'

const rsync = spawnSync('rsync', ['--version']).status === 0
if (!rsync) console.warn('tests with rsync are skipped: it is not installed')

let dir: string
let warn: ReturnType<typeof vi.spyOn>
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rxfit-'))
  warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
})
afterEach(() => {
  warn.mockRestore()
  rmSync(dir, { recursive: true })
})
const warnings = (): ReadonlyArray<string> => warn.mock.calls.map((call: ReadonlyArray<unknown>) => String(call[0]))

const node = (script: string): ReadonlyArray<string> => [process.execPath, '-e', script]
/** Copies by Node alone, so that it is tried wherever there is no rsync; each run leaves a mark. */
const copying = (to: string): ReadonlyArray<string> => [
  ...node(
    'const fs = require("fs"); const [from, to] = process.argv.slice(1); fs.cpSync(from, to, { recursive: true }); fs.appendFileSync(to + ".runs", "x")',
  ),
  '{path}',
  to,
]
const { x, y } = line(16)
const train = (callbacks: Policy<never>, epochs = 3) => fit(linear(), x, y, { epochs, callbacks })

describe(`syncDirectory on ${backend}`, () => {
  it('has all there is at the target when the fit is over', async () => {
    const [logs, there] = [join(dir, 'logs'), join(dir, 'there')]
    await train(
      all(
        syncDirectory(logs, { command: copying(there), every: 0.001 }),
        csvLogger({ filename: join(logs, 'a.csv') }),
        tensorBoard(logs),
      ),
    )
    expect(readFileSync(join(there, 'a.csv'), 'utf8')).toBe(readFileSync(join(logs, 'a.csv'), 'utf8'))
    expect(readEvents(there).series).toEqual(readEvents(logs).series)
    expect(warnings()).toEqual([])
  })

  it.skipIf(!rsync)('is incremental with rsync', async () => {
    const [logs, there] = [join(dir, 'logs'), join(dir, 'there')]
    mkdirSync(logs)
    writeFileSync(join(logs, 'old.txt'), 'old')
    const log = join(dir, 'rsync.log')
    await train(
      all(
        csvLogger({ filename: join(logs, 'a.csv') }),
        syncDirectory(logs, { command: ['rsync', '-a', `--log-file=${log}`, '{path}/', there], every: 0.001 }),
      ),
      5,
    )
    expect(readdirSync(there).sort()).toEqual(['a.csv', 'old.txt'])
    expect(readFileSync(join(there, 'a.csv'), 'utf8')).toBe(readFileSync(join(logs, 'a.csv'), 'utf8'))
    // what hadn't changed was sent once
    expect(readFileSync(log, 'utf8').match(/>f\S* old\.txt/g)).toHaveLength(1)
    expect(warnings()).toEqual([])
  })

  it('makes a last copy when the fit fails', async () => {
    const [logs, there] = [join(dir, 'logs'), join(dir, 'there')]
    const policy = all(
      csvLogger({ filename: join(logs, 'a.csv') }),
      syncDirectory(logs, { command: copying(there), every: '1 hour' }),
      stopIf((e) => {
        if (e.epoch === 1) throw new Error('out of ideas')
        return false
      }, 'never'),
    )
    await expect(train(policy)).rejects.toThrow('out of ideas')
    expect(readFileSync(join(there, 'a.csv'), 'utf8').trim().split('\n')).toHaveLength(2)
    const loop = trainWith(
      all(csvLogger({ filename: join(logs, 'b.csv') }), syncDirectory(logs, { command: copying(there) })),
      { model: linear(), epochs: 2 },
      async (told) => {
        for await (const epoch of told.epochs()) {
          await told.epochEnd({ loss: 1 })
          if (epoch === 0) throw new Error('my loop')
        }
      },
    )
    await expect(loop).rejects.toThrow('my loop')
    expect(existsSync(join(there, 'b.csv'))).toBe(true)
  })

  it.each([
    [
      'fails',
      node('console.error("noise"); console.error("no such bucket"); process.exit(3)'),
      /exit code 3: no such bucket, tried 2 times/,
      60,
    ],
    ['is not there', ['rxfit-no-such-program'], /there is no such program/, 60],
    [
      'hangs',
      node('process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'),
      /longer than 0.3 seconds and was ended/,
      0.3,
    ],
  ] as const)('warns once of a program that %s, and trains on', async (_, command, why, timeout) => {
    const told: Array<string> = []
    const { epoch } = await train(
      all(
        syncDirectory(dir, { command, every: 0.001, timeout, attempts: 2, backoff: 0.001 }),
        on('CommandFailed', (e) => void told.push(`${e.command} ${e.by}`)),
      ),
    )
    expect(epoch).toHaveLength(3)
    expect(warnings()).toHaveLength(1)
    expect(warnings()[0]).toMatch(why)
    expect(warnings()[0]).toContain(`SyncDirectory of ${dir}`)
    expect(told.every((one) => one === 'SyncDirectory syncDirectory')).toBe(true)
  })

  it('fails the fit where observing commands are to', async () => {
    const policy = syncDirectory(dir, { command: ['rxfit-no-such-program'], attempts: 1 })
    const asked = fit(linear(), x, y, { epochs: 1, callbacks: policy, failures: { observing: 'fail' } })
    await expect(asked).rejects.toThrow("SyncDirectory, asked for by 'syncDirectory', failed")
  })

  it('asks at most once in a while, by the events’ clock, and hands the arguments over as they are', () => {
    const policy = syncDirectory('a b', { command: ['x', '{path}/', '$HOME; rm -rf {path}'], every: 1 })
    // the beginning, ten epochs of 0.3 seconds, the end
    const happened = events(Array.from({ length: 10 }, () => ({}))).map((event, i) => ({ ...event, at: 300 * i }))
    const asked = machine.run(policy)(happened)[0] as ReadonlyArray<ReadonlyArray<Command>>
    const at = asked.flatMap((list, i) => (list.length > 0 ? [`${happened[i]?._tag} ${happened[i]?.at}`] : []))
    expect(at[0]).toBe('TrainBegin 0')
    for (let i = 1; i < at.length; i += 1)
      expect(Number(at[i]?.split(' ')[1]) - Number(at[i - 1]?.split(' ')[1])).toBeGreaterThanOrEqual(1000)
    expect(at.length).toBeGreaterThan(2)
    expect(asked[0]?.[0]).toMatchObject({ argv: ['x', 'a b/', '$HOME; rm -rf a b'], timeout: 60_000 })
  })

  it('can’t be asked for in JSON', () => {
    const refused = (json: unknown): string => {
      const made = fromSpec(json)
      return E.isLeft(made) ? made.left.message : ''
    }
    expect(refused([{ syncDirectory: { path: 'x', command: ['rm'] } }])).toContain('runs a program')
    expect(refused(toSpec(syncDirectory('x', { command: ['rm'] })))).toContain('runs a program')
    const command = { _tag: 'SyncDirectory', path: 'x', argv: ['rm'], timeout: 1, attempts: 1, backoff: 1 }
    expect(
      refused({ kind: 'emit', options: { commands: command }, children: [{ kind: 'everyN', options: { n: 1 } }] }),
    ).toContain('a SyncDirectory runs a program')
  })

  it('refuses options that don’t hold, all at once', () => {
    const wrong = (options: unknown) => () => syncDirectory('x', options as SyncDirectoryOptions)
    expect(wrong({ command: [] })).toThrow('syncDirectory.command: must be a program')
    expect(wrong({ command: [''] })).toThrow('syncDirectory.command')
    expect(wrong({ command: 'rsync -a x y' })).toThrow('syncDirectory.command')
    expect(wrong({ command: ['x'], evry: 3, attempts: 0 })).toThrow(
      /evry: unknown option \(did you mean 'every'\?\)[^]*attempts/,
    )
  })
})

describe('mirror', () => {
  /** A host whose programs end when they are told to. */
  const world = (outcomes: ReadonlyArray<string | undefined>) => {
    const running: Array<(why: string | undefined) => void> = []
    const begun: Array<ReadonlyArray<string>> = []
    const printed: Array<string> = []
    const copies = mirror({
      runProgram: (argv, { signal }) =>
        new Promise((resolve) => {
          begun.push(argv)
          running.push(resolve)
          signal.addEventListener('abort', () => resolve('ended'))
          if (begun.length <= outcomes.length) resolve(outcomes[begun.length - 1])
        }),
      isThere: () => true,
      print: (message) => void printed.push(message),
    })
    return { copies, running, begun, printed }
  }
  const request = { path: 'p', argv: ['x'], timeout: 1000, attempts: 3, backoff: 0, by: 'me' }

  it('makes one copy at a time, and of what is asked for meanwhile one more', async () => {
    const { copies, running, begun } = world([])
    for (let i = 0; i < 5; i += 1) copies.sync(request)
    expect(begun).toHaveLength(1)
    running[0]?.(undefined)
    await vi.waitFor(() => expect(begun).toHaveLength(2))
    const drained = copies.drain()
    running[1]?.(undefined)
    await vi.waitFor(() => expect(begun).toHaveLength(3))
    running[2]?.(undefined)
    expect(await drained).toEqual([])
    expect(begun).toHaveLength(3)
    // nothing is known of any folder any more
    expect(await copies.drain()).toEqual([])
    expect(begun).toHaveLength(3)
  })
  it('tries again, tells of what is lost once, and once it is down tries each copy only once', async () => {
    const { copies, begun, printed } = world(['a', 'b', 'c', 'd', undefined])
    copies.sync(request)
    await vi.waitFor(() => expect(printed).toHaveLength(1))
    expect(begun).toHaveLength(3)
    expect(printed[0]).toBe("SyncDirectory of p: 'x': c, tried 3 times. Training goes on.")
    expect(copies.sync(request)).toEqual([{ by: 'me', message: "p: 'x': c, tried 3 times" }])
    await vi.waitFor(() => expect(begun).toHaveLength(4))
    await copies.drain()
    expect(begun).toHaveLength(5)
    expect(printed).toHaveLength(1)
  })
  it('ends what is under way when it is closed', async () => {
    const { copies, begun } = world([])
    copies.sync(request)
    copies.close()
    expect(await copies.drain()).toEqual([])
    expect(begun).toHaveLength(1)
  })
})

describe('runProgram', () => {
  it('ends what a program has started, too', async () => {
    const mark = join(dir, 'pid')
    const inner = `require('fs').writeFileSync(${JSON.stringify(mark)}, String(process.pid)); setInterval(() => {}, 1000)`
    const outer = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(inner)}], { stdio: 'inherit' }); setInterval(() => {}, 1000)`
    const end = new AbortController()
    const ended = runProgram(node(outer), { timeout: 600_000, signal: end.signal })
    const pid = await vi.waitFor(() => Number(readFileSync(mark, 'utf8')) || Promise.reject(new Error('not yet')), {
      timeout: 50_000,
    })
    expect(isAlive(pid)).toBe(true)
    end.abort()
    expect(await ended).toContain('training is over')
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 50_000 })
  })
})
