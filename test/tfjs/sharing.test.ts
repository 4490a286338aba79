import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { on, run, stopTraining, type Policy } from 'rxfit'
import { readLog } from 'rxfit/logs'
import { fit, toCallback } from 'rxfit/tfjs'
import { backend, line, linear, tf } from './backend.js'

const dir = mkdtempSync(join(tmpdir(), 'rxfit-sharing-'))
afterAll(() => {
  rmSync(dir, { recursive: true, force: true })
})
const { x, y } = line(8)
const args = { epochs: 3, verbose: 0 } as const

/** Runs a task once, in the middle of a fit. */
const meanwhile = (task: () => unknown): Policy<never> => {
  let done = false
  return on('EpochEnd', () => {
    if (done) return undefined
    done = true
    return run('meanwhile', task)
  })
}

const message = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'trained',
    (error: unknown) => (error as Error).message,
  )

describe(`one thing in two fits at once on ${backend}`, () => {
  it('a callback with tf: the second is refused, the first goes on', async () => {
    const told: Array<string> = []
    let busy = false
    const callback = toCallback(
      on('EpochEnd', () => {
        if (busy) return undefined
        busy = true
        return run('another fit', async () => {
          told.push(await message(linear().fit(x, y, { ...args, callbacks: callback })))
        })
      }),
      { tf },
    )
    const { epoch } = await linear().fit(x, y, { ...args, callbacks: callback })
    expect(epoch).toEqual([0, 1, 2])
    expect(told).toEqual([expect.stringContaining('in two fits at once')])
    // one after the other is fine, also after a fit that was refused
    expect(await message(linear().fit(x, y, { ...args, callbacks: callback }))).toBe('trained')
  })

  it('a plain callback: neither goes on under decisions of the other', async () => {
    const model = linear()
    const callback = toCallback(
      on('EpochEnd', ({ epoch }) => (epoch === 2 ? stopTraining() : undefined)),
      { model },
    )
    const other = linear()
    const all = await Promise.all([
      message(model.fit(x, y, { ...args, callbacks: callback })),
      message(other.fit(x, y, { ...args, callbacks: callback })),
    ])
    expect(all).toEqual([
      expect.stringContaining('in two fits at once'),
      expect.stringContaining('in two fits at once'),
    ])
    expect(await message(model.fit(x, y, { ...args, callbacks: callback }))).toBe('trained')
  })

  it('a record: the second is refused, before it trains, and spoils nothing', async () => {
    const record = join(dir, 'run.jsonl')
    const told: Array<string> = []
    const batches: Array<unknown> = []
    await fit(linear(), x, y, {
      epochs: 3,
      record,
      callbacks: meanwhile(async () => {
        const second = on('BatchEnd', (event) => void batches.push(event))
        told.push(await message(fit(linear(), x, y, { record, epochs: 2, callbacks: second })))
      }),
    })
    expect(told).toEqual([
      `record: the record '${record}' is being written by this very process: two at once would spoil it`,
    ])
    expect(batches).toEqual([])
    const log = await readLog(record)
    expect([log.epochs, log.end, log.notes.some((note) => note.includes('runs in this file'))]).toEqual([
      3,
      'completed',
      false,
    ])
    expect(existsSync(`${record}.lock`)).toBe(false)
    // and when the first is over, the next may have it
    await fit(linear(), x, y, { epochs: 1, record })
    expect(readFileSync(record, 'utf8').match(/"rxfit":"record"/g)).toHaveLength(2)
  })
})

describe('callbacks of others', () => {
  it.each(['onTrainBegin', 'onEpochBegin', 'onBatchBegin', 'onBatchEnd', 'onEpochEnd'])(
    'hear training end, once, when %s of one of them throws',
    async (hook) => {
      const heard: Array<string> = []
      const broken = {
        [hook]: () => {
          throw new Error('broken')
        },
        onTrainEnd: () => void heard.push('broken'),
      }
      const tidy = { onTrainEnd: () => void heard.push('tidy') }
      const before = tf.memory().numTensors
      const model = linear()
      await expect(fit(model, x, y, { epochs: 2, otherCallbacks: [broken, tidy] as never })).rejects.toThrow('broken')
      expect(heard).toEqual(['broken', 'tidy'])
      model.dispose()
      expect(tf.memory().numTensors).toBe(before)
    },
  )

  it('hear it when a policy throws, and when one of their ends does', async () => {
    const heard: Array<string> = []
    const bad = on('EpochBegin', () => {
      throw new Error('bad policy')
    })
    const ends = (name: string) => ({
      onTrainEnd: () => {
        heard.push(name)
        throw new Error(`end of ${name}`)
      },
    })
    const others = [ends('a'), ends('b')] as never
    await expect(fit(linear(), x, y, { epochs: 1, callbacks: bad, otherCallbacks: others })).rejects.toThrow(
      'bad policy',
    )
    await expect(fit(linear(), x, y, { epochs: 1, otherCallbacks: others })).rejects.toThrow('end of a')
    expect(heard).toEqual(['a', 'b', 'a', 'b'])
  })
})
