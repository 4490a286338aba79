import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { backupAndRestore, on, type Policy } from 'rxfit'
import { fit, fit$ } from 'rxfit/tfjs'
import { readLog } from 'rxfit/logs'
import { build, child } from '../build.js'
import { backend, line, linear, tf } from './backend.js'

const root = mkdtempSync(join(tmpdir(), 'rxfit-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let folders = 0
const folder = (): string => join(root, String((folders += 1)))

const out = build()
const script = 'test/tfjs/children/interrupted.mjs'
const start = (options: object) => child(out, script, options)

interface Ended {
  readonly interrupted: boolean
  readonly epochs: number
  readonly loss: ReadonlyArray<number>
  readonly weights: ReadonlyArray<number>
}

const told = (output: string): Ended => {
  const [, json] = /^ended (.*)$/m.exec(output) ?? []
  if (json === undefined) throw new Error(`it didn't end in order:\n${output}`)
  return JSON.parse(json) as Ended
}

const lastEvent = (dir: string): unknown => {
  const lines = readFileSync(join(dir, 'record.jsonl'), 'utf8').trim().split('\n')
  return (JSON.parse(lines.findLast((text) => text.startsWith('{"event"')) ?? '{}') as { event?: unknown }).event
}

describe(`a signal on ${backend}`, () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('lets the batch finish, and the run goes on later: %s', async (signal) => {
    const alone = folder()
    const whole = told((await start({ dir: alone }).ended).output)
    expect(whole).toMatchObject({ interrupted: false, epochs: 6 })

    const dir = folder()
    const first = start({ dir, waitAt: 8 })
    await first.printed('waiting at 8')
    first.process.kill(signal)
    const { code, output } = await first.ended
    expect(code).toBe(0)
    expect(told(output)).toMatchObject({ interrupted: true, epochs: 2 })
    expect(lastEvent(dir)).toMatchObject({ _tag: 'TrainEnd', reason: 'interrupted', step: 8 })
    expect(existsSync(join(dir, 'backup'))).toBe(true)

    const again = await start({ dir }).ended
    expect(again.output).toContain('goes on with batch 4 of epoch 2')
    expect(told(again.output)).toEqual(whole)
    for (const file of ['record.jsonl', 'log.csv'])
      expect(readFileSync(join(dir, file), 'utf8').replaceAll(dir, '')).toBe(
        readFileSync(join(alone, file), 'utf8').replaceAll(alone, ''),
      )
    expect((await readLog(join(dir, 'record.jsonl'))).epochs).toBe(6)
    expect(existsSync(join(dir, 'backup'))).toBe(false)
  })

  it('ends the process at once the second time', async () => {
    const dir = folder()
    const run = start({ dir, hangAt: 7 })
    await run.printed('waiting at 7')
    run.process.kill('SIGINT')
    run.process.kill('SIGTERM')
    const { code, output } = await run.ended
    expect([130, 143]).toContain(code)
    expect(output).not.toContain('ended')
    expect(told((await start({ dir }).ended).output)).toMatchObject({ interrupted: false, epochs: 6 })
  })

  it('does what it always did where nobody asked for more', async () => {
    const run = start({ dir: folder(), backup: false, hangAt: 3, interrupt: false })
    await run.printed('waiting at 3')
    // the child's own ear hears it, and nothing ends
    run.process.kill('SIGKILL')
    expect((await run.ended).signal).toBe('SIGKILL')
    const asked = start({ dir: folder(), backup: false, waitAt: 3, interrupt: true })
    await asked.printed('waiting at 3')
    asked.process.kill('SIGINT')
    expect(told((await asked.ended).output)).toMatchObject({ interrupted: true, epochs: 1 })
  })
})

describe(`somebody outside on ${backend}`, () => {
  beforeEach(() => void vi.spyOn(console, 'log').mockImplementation(() => undefined))
  afterEach(() => vi.restoreAllMocks())
  const { x, y } = line(20)
  const plain = { batchSize: 4, epochs: 4, shuffle: { seed: 2 } } as const
  const weights = (model: ReturnType<typeof linear>) => model.getWeights().map((weight) => [...weight.dataSync()])
  /** Acts at the n-th batch. */
  const at = (n: number, act: () => void): Policy =>
    on('BatchEnd', (e) => {
      if (e.step === n) act()
      return undefined
    })

  it('ends training by a signal of the platform, and it goes on from there', async () => {
    const whole = linear('adam')
    const { history } = await fit(whole, x, y, { ...plain, callbacks: backupAndRestore({ dir: folder() }) })
    for (const n of [1, 5, 7, 10, 19]) {
      const dir = folder()
      const end = new AbortController()
      const pipeline = (act: () => void) => [at(n, act), backupAndRestore({ dir })]
      const callbacks = pipeline(() => {
        end.abort()
      })
      const first = await fit(linear('adam'), x, y, { ...plain, signal: end.signal, callbacks })
      expect([first.interrupted, first.epoch.length]).toEqual([true, Math.ceil(n / 5)])
      const model = linear('adam')
      const { history: all, interrupted } = await fit(model, x, y, { ...plain, callbacks: pipeline(() => undefined) })
      expect([interrupted, all]).toEqual([false, history])
      expect(weights(model)).toEqual(weights(whole))
    }
  })

  it('can end it before it begins', async () => {
    const model = linear()
    const before = tf.memory().numTensors
    await expect(fit(model, x, y, { ...plain, signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no')
    expect(tf.memory().numTensors).toBe(before)
    await expect(fit(model, x, y, { signal: {} as never })).rejects.toThrow('fit.signal: must be an AbortSignal')
  })

  it('ends it by unsubscribing', async () => {
    const dir = folder()
    const callbacks = [backupAndRestore({ dir })]
    const reason = await new Promise((resolve) => {
      const run = fit$(linear('adam'), x, y, { ...plain, callbacks, batches: true }).subscribe((e) => {
        if (e._tag === 'BatchEnd' && e.step === 8) run.unsubscribe()
      })
      // the folder is given back when the run has ended
      const look = (): void => {
        if (existsSync(`${dir}.lock`)) setImmediate(look)
        else resolve('ended')
      }
      setImmediate(look)
    })
    expect(reason).toBe('ended')
    const { epoch } = await fit(linear('adam'), x, y, { ...plain, callbacks })
    expect(epoch).toEqual([0, 1, 2, 3])
    expect(vi.mocked(console.log).mock.calls.join()).toMatch(/goes on with batch \d of epoch 2/)
  })

  it('hears signals only while it trains', async () => {
    const counts = () => [process.listenerCount('SIGINT'), process.listenerCount('SIGTERM')]
    const before = counts()
    let during = before
    const look = at(1, () => {
      during = counts()
    })
    await fit(linear(), x, y, { ...plain, interrupt: true, callbacks: look })
    expect(during).toEqual(before.map((n) => n + 1))
    expect(counts()).toEqual(before)
    await fit(linear(), x, y, { ...plain, callbacks: look })
    expect(during).toEqual(before)
  })
})
