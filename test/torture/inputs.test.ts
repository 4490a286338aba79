import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import * as root from 'rxfit'
import * as logs from 'rxfit/logs'
import * as node from 'rxfit/node'
import * as replay from 'rxfit/replay'
import { run as cli } from '../../src/cli/run.js'
import { maskedCrc32c } from '../../src/tfevents/crc32c.js'
import { part } from './parts.js'

const folder = mkdtempSync(join(tmpdir(), 'rxfit-hostile-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('hostile input', () => {
  it('is read right or refused in words of our own, by every reader', async () => {
    const { run } = await part('inputs')
    const { seed = Date.now() } = fc.readConfigureGlobal()
    const modules = { root, logs, replay, node, cli: { run: cli } }
    const { tried, failures } = await run({ count: 600, seed, modules })
    expect(failures).toEqual([])
    expect(tried).toBeGreaterThan(550)
  })

  it('cannot claim gigabytes: nothing is allocated for a record of that size', () => {
    const head = new Uint8Array(12)
    const view = new DataView(head.buffer)
    view.setBigUint64(0, 2n ** 32n, true)
    view.setUint32(8, maskedCrc32c(head.subarray(0, 8)), true)
    const path = join(folder, 'events.out.tfevents.1')
    writeFileSync(path, head)
    const before = process.memoryUsage().arrayBuffers
    expect(() => logs.readEvents(path)).toThrow(/it claims 4294967296 bytes; more than 268435456 are not read/)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 24)
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('may call a metric %s', async (name) => {
    const rows = [3, 2, 5].map((x) => Object.fromEntries([[name, x]]))
    const path = join(folder, 'log.jsonl')
    writeFileSync(path, rows.map((row, epoch) => `${JSON.stringify({ epoch, ...row })}\n`).join(''))
    for (const log of [logs.fromEpochs(rows), await logs.readLog(path)]) {
      const policy = root.earlyStopping({ monitor: name, mode: 'min', patience: 1 })
      const { outcome } = replay.replay(policy, log)
      expect([outcome.stoppedEpoch, outcome.bestEpoch]).toEqual([2, 1])
      expect(replay.replayReport(policy, [{ log, replay: replay.replay(policy, log) }])).toContain(name)
    }
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  it('stays text on a page', async () => {
    const name = '</style></script><script>alert(1)</script><img src=x onerror=alert(1)>\u2028'
    const log = logs.fromEpochs([{ [name]: 1 }, { [name]: 2 }])
    const policy = root.named(name)(root.earlyStopping({ monitor: name, mode: 'min', patience: 0 }))
    const page = replay.replayReport(policy, [
      { log: { ...log, path: name, notes: [name] }, replay: replay.replay(policy, log) },
    ])
    expect(page).not.toMatch(/<script|<img|<\/style><\/script>/)
    expect(page).toContain('&lt;script&gt;alert(1)')
    expect(page).toContain("default-src 'none'")
  })

  it('in JSON runs no code, and cannot name what every object has', () => {
    for (const json of [
      [{ emit: { commands: [{ _tag: 'Run', label: 'x', task: 'process.exit()' }] } }],
      [{ on: { event: 'EpochEnd', f: 'process.exit()' } }],
      [{ on: { event: 'EpochEnd', f: { $function: 'toString' } } }],
      [{ constructor: { name: 'x' } }],
      [JSON.parse('{"__proto__": {"patience": 1}}') as unknown],
      [{ earlyStopping: JSON.parse('{"__proto__": {"patience": 1}}') as unknown }],
    ])
      expect(root.fromSpec(json)._tag).toBe('Left')
  })
})
