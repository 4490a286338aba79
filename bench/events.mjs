// 200,000 scalars in an event file: TensorBoard's own reader against readEvents. The values must be the same.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { processorSeconds } from './measure.mjs'
import { readEvents } from 'rxfit/logs'
import { summaryWriter } from 'rxfit/node'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
const [tags, steps] = [['epoch_loss', 'epoch_accuracy', 'validation/loss', 'lr'], 50_000]

const write = (dir) => {
  const writer = summaryWriter(dir)
  for (let step = 0; step < steps; step += 1)
    for (const [i, tag] of tags.entries()) writer.scalar(tag, Math.sin(step * (i + 1)) / (step + 1), step)
  writer.close()
}

const againstTensorBoard = ({ rounds }) => {
  const python = execFileSync(process.execPath, [here('../scripts/oracles.mjs')], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .at(-1)
  const theirs = (...options) =>
    JSON.parse(
      execFileSync(python, [here('read_events.py'), dir, ...options], {
        encoding: 'utf8',
        maxBuffer: 2 ** 28,
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    )
  const dir = mkdtempSync(join(tmpdir(), 'rxfit-bench-'))
  const times = []
  try {
    write(dir)
    for (let round = -1; round < rounds; round += 1) {
      const { seconds, series } = theirs(...(round < 0 ? ['--values'] : []))
      const began = processorSeconds()
      const read = readEvents(dir)
      const ours = processorSeconds() - began
      if (round >= 0) {
        times.push({ ours, seconds })
        continue
      }
      // the two must agree before their times mean anything
      assert.deepEqual(read.series.map(({ tag }) => tag).sort(), Object.keys(series).sort())
      for (const { tag, steps: at, values } of read.series)
        assert.deepEqual(
          Array.from(at, (step, i) => [step, values[i]]),
          series[tag],
        )
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
  const median = (of) => times.map(of).sort((a, b) => a - b)[times.length >> 1]
  return {
    tensorBoardToRxfit: median(({ ours, seconds }) => seconds / ours),
    scalarsPerSecond: {
      rxfit: (tags.length * steps) / median(({ ours }) => ours),
      tensorBoard: (tags.length * steps) / median(({ seconds }) => seconds),
    },
  }
}
console.log(JSON.stringify(againstTensorBoard({ rounds: Number(process.argv[2] ?? 5) })))
