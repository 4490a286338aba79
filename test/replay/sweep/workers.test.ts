import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { all, earlyStopping, modelCheckpoint, reduceLROnPlateau, stopIf, terminateOnNaN } from 'rxfit'
import { fromEpochs, type TrainingLog } from 'rxfit/logs'
import { grid, sweep, SweepError, sweepToJson, type Sweep } from 'rxfit/replay'
import { packLog, sweepInWorkers } from 'rxfit/replay/node'
import { unpack } from '../../../src/replay/sweep/PackedLog.js'
import { training } from '../../laws/runs.js'

const curve = (seed: number, epochs: number): TrainingLog => {
  const [values] = fc.sample(fc.array(fc.integer({ min: 0, max: 99 }), { minLength: epochs, maxLength: epochs }), {
    seed,
    numRuns: 1,
  }) as unknown as [ReadonlyArray<number>]
  const rows = values.map((noise, i) => {
    const val_loss = noise === 99 ? NaN : 1 + Math.exp(-i / 5) + noise / 200
    return { loss: 1, val_loss, val_accuracy: 1 / val_loss, batches: [{ loss: noise === 98 ? NaN : 1 }] }
  })
  return fromEpochs(rows, { learningRate: 0.1 })
}

const base = all(
  earlyStopping({ restoreBestWeights: true }),
  reduceLROnPlateau({ factor: 0.5 }),
  modelCheckpoint({ filepath: 'm-{epoch}', saveBestOnly: true }),
  terminateOnNaN(),
)
const policies = grid(base, {
  'earlyStopping.patience': '1..8',
  'earlyStopping.minDelta': '0,1e-4,1e-2',
  'reduceLROnPlateau.patience': '1..6',
})
const logs = Array.from({ length: 7 }, (_, i) => curve(i + 1, 10 + 5 * i))

describe('sweepInWorkers', () => {
  it('comes to the same, however many they are', async () => {
    const options = { judge: 'val_accuracy', bootstrap: 50, splits: 20, seed: 3 }
    expect(policies.length).toBe(144)
    const digits = (result: Sweep): string => JSON.stringify(sweepToJson(result))
    const here = digits(sweep(policies, logs, options))
    for (const workers of [1, 2, 3])
      expect(digits(await sweepInWorkers(policies, logs, { ...options, workers }))).toBe(here)
  })

  it('starts no more threads than there is work for', async () => {
    const { choice } = await sweepInWorkers([earlyStopping()], logs, { judge: 'val_loss', workers: 1e6 })
    expect(choice?.policy).toBe(0)
  })

  it('fails where one thread would have failed', async () => {
    // a name in a path that only some epochs have
    const odd = fromEpochs([{ val_loss: 3 }, { val_loss: 2, f1: 0.5 }, { val_loss: 2 }, { val_loss: 1 }])
    const some = grid(all(base, modelCheckpoint({ filepath: 'm-{epoch}-{f1:.2f}' })), {
      'earlyStopping.patience': '1..2',
      'reduceLROnPlateau.patience': '1..300',
    })
    const options = { judge: 'val_loss', bootstrap: 0, splits: 0 }
    const caught = (error: unknown): unknown => error
    const one = await Promise.resolve()
      .then(() => sweep(some, [logs[0] as TrainingLog, odd], options))
      .catch(caught)
    const two = await sweepInWorkers(some, [logs[0] as TrainingLog, odd], { ...options, workers: 2 }).catch(caught)
    expect(one).toBeInstanceOf(SweepError)
    expect(two).toEqual(one)
  })

  it('refuses what cannot go to a thread, and numbers of workers that there are not', async () => {
    const options = { judge: 'val_loss' }
    await expect(sweepInWorkers([stopIf(() => true, 'x')], logs, options)).rejects.toThrow(/holds a function/)
    await expect(sweepInWorkers([earlyStopping()], logs, { ...options, workers: 0 })).rejects.toThrow(
      /whole number from 1/,
    )
  })
})

describe('a packed log', () => {
  it('has every event that a policy acts at, as it was', () => {
    fc.assert(
      fc.property(training, (events) => {
        const log: TrainingLog = {
          ...{ format: 'epochs', path: 'a', metrics: ['loss'], epochs: 1, hasLearningRate: true, end: 'unknown' },
          notes: ['a note'],
          events,
        }
        const kept = new Set(['TrainBegin', 'BatchEnd', 'EpochEnd', 'TrainEnd'])
        expect(unpack(packLog(log, [all(earlyStopping(), terminateOnNaN())]))).toEqual({
          ...log,
          events: events.filter((event, i) => kept.has(event._tag) || i === 0 || i === events.length - 1),
        })
      }),
    )
  })
})
