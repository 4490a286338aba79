// The peak of memory while `rxfit replay` reads a long record and a longer one: 200 MB and 1 GB, or as many megabytes as are given.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { curve } from './curves.mjs'

const program = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
const batches = 1000
const [short = 200, long = 1000] = process.argv.slice(3).map(Number)

const line = (value) => `${JSON.stringify(value)}\n`

/** Writes a record of so many megabytes: epochs of a thousand batches. Gives how many epochs it has. */
const writeRecord = (path, megabytes) => {
  const file = openSync(path, 'w')
  const params = { epochs: 1e6, initialEpoch: 0, steps: batches, samples: null, batchSize: 32, metrics: ['loss'] }
  writeSync(file, line({ rxfit: 'record', version: 1, spec: { kind: 'idle', events: [] }, params }))
  const losses = curve(100_000, { pace: 2000 })
  let epoch = 0
  for (let bytes = 0; bytes < megabytes * 1e6; epoch += 1) {
    const moment = (batch, step) => ({ epoch, batch, step, at: 1.7e12 + step * 10, lr: 0.01 })
    let lines = line({ event: { _tag: 'EpochBegin', ...moment(null, epoch * batches), logs: {} } })
    for (let batch = 0; batch < batches; batch += 1) {
      const step = epoch * batches + batch
      lines += line({ event: { _tag: 'BatchBegin', ...moment(batch, step), logs: {} } })
      lines += line({
        event: { _tag: 'BatchEnd', ...moment(batch, step + 1), logs: { loss: losses[epoch].loss }, size: 32 },
      })
    }
    lines += line({ event: { _tag: 'EpochEnd', ...moment(null, (epoch + 1) * batches), logs: losses[epoch] } })
    writeSync(file, lines)
    bytes += lines.length
  }
  closeSync(file)
  return epoch
}

const tellPeak =
  'data:text/javascript,process.on("exit",()=>process.stderr.write(String(process.resourceUsage().maxRSS)))'

/** Megabytes at the peak, and how many epochs were replayed. */
const peak = (record, callbacks) => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', tellPeak, program, 'replay', record, '--callbacks', callbacks, '--json'],
    { encoding: 'utf8', maxBuffer: 1e9 },
  )
  assert.equal(status, 0, stderr)
  return { megabytes: Number(stderr) / 1024, epochs: JSON.parse(stdout).outcome.epochsRun }
}

const folder = mkdtempSync(join(tmpdir(), 'rxfit-bench-'))
try {
  const callbacks = join(folder, 'callbacks.json')
  writeFileSync(
    callbacks,
    JSON.stringify([
      { earlyStopping: { patience: 1e6 } },
      { terminateOnNaN: {} },
      { reduceLROnPlateau: { patience: 9e5 } },
    ]),
  )
  const [shorter, longer] = [short, long].map((megabytes) => {
    const record = join(folder, `${megabytes}.jsonl`)
    const epochs = writeRecord(record, megabytes)
    const found = peak(record, callbacks)
    assert.equal(found.epochs, epochs)
    const size = statSync(record).size / 1e6
    rmSync(record)
    return { ...found, size }
  })
  console.log(
    JSON.stringify({
      longToShort: longer.megabytes / shorter.megabytes,
      megabytes: { short: shorter.megabytes, long: longer.megabytes },
      sizes: { short: shorter.size, long: longer.size },
    }),
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
