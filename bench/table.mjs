// Reading a CSV of 106,000 rows as CSVLogger writes it: readLog against pandas' C parser. Times are of the processor, in turns.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readLog } from 'rxfit/logs'
import { curve } from './curves.mjs'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const rows = 106_000
const python = execFileSync(process.execPath, [here('../scripts/oracles.mjs')], { encoding: 'utf8' })
  .trim()
  .split('\n')
  .at(-1)
const median = (xs) => [...xs].sort((a, b) => a - b)[xs.length >> 1]

const processorSeconds = async (f) => {
  const before = process.cpuUsage()
  await f()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}

const folder = mkdtempSync(join(tmpdir(), 'rxfit-bench-'))
try {
  const path = join(folder, 'training.csv')
  const epochs = curve(rows, { pace: rows / 10 })
  const names = Object.keys(epochs[0])
  const lines = epochs.map((epoch, i) => [i, ...names.map((name) => epoch[name])].join(','))
  writeFileSync(path, `${['epoch', ...names].join(',')}\r\n${lines.join('\r\n')}\r\n`)
  const times = { pandas: [], ours: [], firsts: [], events: [] }
  for (let round = 0; round < Number(process.argv[2] ?? 7); round += 1) {
    const theirs = JSON.parse(execFileSync(python, [here('pandas_csv.py'), path, '9'], { encoding: 'utf8' }))
    let log
    const ours = []
    for (let i = 0; i < 9; i += 1) {
      globalThis.gc?.()
      ours.push(await processorSeconds(async () => (log = await readLog(path))))
    }
    times.firsts.push(ours[0] / theirs.seconds[0])
    times.events.push(await processorSeconds(() => log.events.length))
    // the two must have read the same before their times mean anything
    assert.equal(log.epochs, theirs.rows)
    const sum = epochs.reduce((total, { val_loss }) => total + val_loss, 0)
    assert.ok(Math.abs(theirs.sum - sum) < 1e-6 * Math.abs(sum))
    times.pandas.push(median(theirs.seconds))
    times.ours.push(median(ours))
  }
  console.log(
    JSON.stringify({
      oursToPandas: median(times.ours.map((ours, round) => ours / times.pandas[round])),
      // before its code was compiled
      firstToPandas: times.firsts[0],
      milliseconds: {
        pandas: 1000 * median(times.pandas),
        ours: 1000 * median(times.ours),
        eventsOfIt: 1000 * median(times.events),
      },
    }),
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
