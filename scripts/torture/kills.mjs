import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { differences, pickFrom } from './support/compare.mjs'

export const name = 'kills'

const child = fileURLToPath(new URL('support/run.mjs', import.meta.url))

/** Runs a child to its end; tells whether it was killed, and what it printed if it failed otherwise. */
const start = (options) =>
  new Promise((resolve) => {
    execFile(process.execPath, [child, JSON.stringify(options)], { timeout: 120_000 }, (error, stdout, stderr) => {
      if (!error) resolve({ killed: false })
      else if (error.signal === 'SIGKILL' && !error.killed) resolve({ killed: true })
      else resolve({ killed: false, failure: `${error.message}\n${stderr}`.slice(-2000) })
    })
  })

const optimizers = ['adam', 'sgd', 'adamax', 'momentum', 'rmsprop', 'nesterov', 'adagrad', 'centered', 'adadelta']
const averages = ['swapEMAWeights', 'weightAveraging', 'stochasticWeightAveraging']
const frequencies = ['epoch', 3, 1, 5]

/** So often at most is one run killed: then it may end. */
const killsOfRun = 3

/**
 * Runs a training under all builtins, kills it at moments that the seed says (at an event; before, in the middle of or after a
 * change of a file), starts it again, and compares what came of it with the same run left alone: weights bit for bit, History,
 * decisions, record, CSV, event files, saved models. `count` kills.
 */
export const run = async ({ count, seed }) => {
  const pick = pickFrom(seed)
  const failures = []
  let [tried, round] = [0, 0]
  const root = mkdtempSync(join(tmpdir(), 'rxfit-torture-'))
  try {
    for (; tried < count; round += 1) {
      const options = {
        optimizer: optimizers[round % optimizers.length],
        average: averages[round % averages.length],
        saveFreq: frequencies[round % frequencies.length],
      }
      const [alone, dir] = [join(root, `${round}-alone`), join(root, `${round}-killed`)]
      const reference = await start({ dir: alone, ...options })
      if (reference.failure) throw new Error(`the run that is left alone failed: ${reference.failure}`)
      const expected = JSON.parse(readFileSync(join(alone, 'result.json'), 'utf8'))
      const kills = []
      for (;;) {
        const at = pick(['event', 'change'])
        const n = 1 + pick(at === 'event' ? expected.events : expected.changes)
        const end = kills.length < killsOfRun && tried < count && { at, n, when: pick(['before', 'half', 'after']) }
        const { killed, failure } = await start({ dir, ...options, ...(end && { kill: end }) })
        if (failure) {
          failures.push({ ...options, kills: [...kills, end], failure })
          break
        }
        if (killed) {
          kills.push(end)
          tried += 1
          continue
        }
        const found = differences(expected, JSON.parse(readFileSync(join(dir, 'result.json'), 'utf8')))
        if (found.length > 0) failures.push({ ...options, kills, failure: found.join('\n') })
        break
      }
      for (const folder of [alone, dir]) rmSync(folder, { recursive: true, force: true })
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
  return { tried, lost: failures.length, failures }
}
