import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { all, backupAndRestore, earlyStopping, modelCheckpoint } from 'rxfit'
import { fit, loadCheckpoint } from 'rxfit/tfjs'
import { readLog } from 'rxfit/logs'
import { backend, tf } from './backend.js'

/**
 * What earlier releases wrote is read for ever: `test/fixtures/formats/<version>` holds checkpoints, records and backups as they
 * were. A change of a format adds a folder and leaves the others alone.
 */
const formats = fileURLToPath(new URL('../fixtures/formats/', import.meta.url))
const fixture = (path: string): string => join(formats, path)
const dir = mkdtempSync(join(tmpdir(), 'rxfit-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
beforeEach(() => void vi.spyOn(console, 'log').mockImplementation(() => undefined))
afterEach(() => vi.restoreAllMocks())

const x = tf.linspace(-1, 1, 16).reshape([16, 1])
const y = x.mul(2).add(1)
const network = () => {
  const dense = (units: number, seed: number, shape?: [number]) =>
    tf.layers.dense({
      units,
      activation: 'tanh',
      kernelInitializer: tf.initializers.glorotNormal({ seed }),
      ...(shape && { inputShape: shape }),
    })
  const model = tf.sequential({ layers: [dense(4, 1, [1]), tf.layers.batchNormalization(), dense(1, 2)] })
  model.compile({ loss: 'meanSquaredError', optimizer: tf.train.adam(0.05) })
  return model
}
const plain = { batchSize: 4, shuffle: false, lint: false } as const
const best = earlyStopping({ monitor: 'loss', patience: 9, restoreBestWeights: true })

/** Training on two machines differs in the last bits. */
const closeTo = (model: ReturnType<typeof network>, other: ReturnType<typeof network>): void => {
  const [a, b] = [model, other].map((one) => one.getWeights().flatMap((weight) => [...weight.dataSync()]))
  a?.forEach((value, i) => {
    expect(value).toBeCloseTo(b?.[i] ?? NaN, 4)
  })
}

describe(`format 1 on ${backend}`, () => {
  it('of checkpoints is read, and gone on from', async () => {
    const path = fixture('1/checkpoint')
    const model = network()
    const { epoch, step, learningRate } = await loadCheckpoint(tf, model, path)
    expect([epoch, step, learningRate]).toEqual([3, 12, 0.05])
    const whole = network()
    await fit(whole, x, y, { ...plain, epochs: 3 })
    closeTo(model, whole)

    const saves = modelCheckpoint({ filepath: 'test/fixtures/formats/1/checkpoint', what: 'checkpoint' })
    const handlers = { SaveModel: () => TE.right([]) }
    const callbacks = all(best, saves)
    const { epoch: trained } = await fit(network(), x, y, { ...plain, epochs: 5, callbacks, handlers, resume: path })
    expect(trained).toEqual([3, 4])
  })
  it('of records is read', async () => {
    const log = await readLog(fixture('1/record.jsonl'))
    expect([log.format, log.epochs]).toEqual(['rxfit', 3])
  })
})

describe(`format 2 on ${backend}`, () => {
  it('of backups is read, and gone on from', async () => {
    const own = join(dir, 'backup')
    const callbacks = [best, backupAndRestore({ dir: own, deleteCheckpoint: false })]
    // how it was made: RXFIT_FIXTURE=1 npx vitest run test/tfjs/formats.test.ts
    if (process.env['RXFIT_FIXTURE'] !== undefined) {
      await fit(network(), x, y, { ...plain, epochs: 3, callbacks })
      rmSync(fixture('2/backup'), { recursive: true, force: true })
      cpSync(own, fixture('2/backup'), { recursive: true })
      rmSync(own, { recursive: true })
    }
    expect(existsSync(fixture('2/backup'))).toBe(true)
    cpSync(fixture('2/backup'), own, { recursive: true })
    const loaded = network()
    expect((await loadCheckpoint(tf, loaded, join(own, 'checkpoint-000003'))).epoch).toBe(3)
    const whole = network()
    await fit(whole, x, y, { ...plain, epochs: 3 })
    closeTo(loaded, whole)
    const { epoch, history } = await fit(network(), x, y, { ...plain, epochs: 5, callbacks })
    expect([epoch, history['loss']?.length]).toEqual([[0, 1, 2, 3, 4], 5])
  })
  it('that is newer is refused clearly', async () => {
    const own = join(dir, 'newer')
    cpSync(fixture('2/backup/checkpoint-000003'), own, { recursive: true })
    const manifest = join(own, 'model.json')
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"version":2', '"version":7'))
    const version = 'is a checkpoint of version 7, and this rxfit reads up to 2'
    await expect(loadCheckpoint(tf, network(), own)).rejects.toThrow(version)
    await expect(fit(network(), x, y, { ...plain, resume: own })).rejects.toThrow(version)
  })
})
