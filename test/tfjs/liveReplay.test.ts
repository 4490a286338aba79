import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { pipe } from 'fp-ts/lib/function.js'
import {
  all,
  and,
  cooldown,
  cosine,
  baseLogger,
  controlledStoppingCheckpoint,
  csvLogger,
  derive,
  earlyStopping,
  ema,
  emit,
  encodeJson,
  enrich,
  everyN,
  detectOverfitting,
  divergence,
  gradientAccumulationScheduler,
  history,
  historyRecorder,
  nothingCallback,
  prechelt,
  stepwiseLRReduction,
  stopAfterSteps,
  timeStopping,
  log,
  modelCheckpoint,
  monitor,
  on,
  progbarLogger,
  reduceLR,
  reduceLROnPlateau,
  remoteMonitor,
  scheduleLR,
  stochasticWeightAveraging,
  stopIf,
  stopTraining,
  swapEMAWeights,
  terminateOnNaN,
  warmup,
  whenAbove,
  whenDiverges,
  whenPlateau,
  type Policy,
} from 'rxfit'
import { readLog } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { fit } from 'rxfit/tfjs'
import { backend, line, linear, tf } from './backend.js'

const dir = mkdtempSync(join(tmpdir(), 'rxfit-law-'))
afterAll(() => {
  rmSync(dir, { recursive: true, force: true })
})
const { x, y } = line(24)

/** Pipelines out of which one is drawn: between them they use everything that decides. */
const pipelines: Readonly<Record<string, () => Policy>> = {
  'named callbacks': () =>
    all(
      earlyStopping({ monitor: 'val_loss', patience: 2, restoreBestWeights: true }),
      reduceLROnPlateau({ monitor: 'loss', patience: 1, factor: 0.5, minDelta: 0.05 }),
      modelCheckpoint({ filepath: join(dir, 'm'), saveBestOnly: true, saveWeightsOnly: true }),
      terminateOnNaN(),
      csvLogger({ filename: join(dir, 'log.csv') }),
      history(),
    ),
  'batch level': () =>
    all(
      scheduleLR(warmup({ steps: 4 })(cosine({ initial: 0.5, steps: 10 })), { per: 'batch' }),
      modelCheckpoint({ filepath: join(dir, 'b-{epoch}-{batch}'), saveFreq: 4, saveWeightsOnly: true }),
      pipe(and(everyN(2, 'batches'), whenAbove('loss', 0.1, { at: 'BatchEnd' })), emit(reduceLR(0.9))),
      on('Saved', (e) => log(`saved ${e.path}`)),
    ),
  'more named callbacks': () =>
    enrich(baseLogger({ running: true }))(
      all(
        progbarLogger({ interval: 0.1, statefulMetrics: [] }),
        historyRecorder({ path: join(dir, 'h.csv'), batches: true, everyNEpochs: 2 }),
        nothingCallback(),
        stepwiseLRReduction({ epochSteps: 2, reductionFactor: 0.5, minLr: 0.01 }),
        controlledStoppingCheckpoint({ filepath: join(dir, 'c'), epochs: 5, saveWeightsOnly: true, saveFreq: '0.3 s' }),
        timeStopping({ seconds: 1.5, interval: 'step', verbose: 1 }),
        stopAfterSteps({ maxSteps: 30 }),
        detectOverfitting({ patience: 2 }),
        divergence({ monitor: 'loss', divergenceThreshold: 100 }),
        prechelt({ criterion: 'PQ', k: 2, everyEpoch: true }),
      ),
    ) as Policy,
  'weights and gradients': () =>
    all(
      swapEMAWeights({ momentum: 0.9, swapOnEpoch: true }),
      stochasticWeightAveraging({ swaLrs: 0.05, swaEpochStart: 2, annealingEpochs: 2 }),
      gradientAccumulationScheduler({ scheduling: { 0: 2, 2: 3 } }),
      earlyStopping({ monitor: 'val_loss', patience: 2, restoreBestWeights: true }),
      remoteMonitor(),
    ),
  signals: () =>
    all(
      enrich(derive('gap', (logs) => (logs['val_loss'] as number) - (logs['loss'] as number)))(
        pipe(whenPlateau(pipe(monitor('gap'), ema(0.5)), { patience: 2, mode: 'min' }), emit(reduceLR(0.5))),
      ),
      pipe(whenDiverges('loss', { factor: 2 }), cooldown(2), emit(stopTraining('diverged'))),
      stopIf((e) => (e.logs['loss'] as number) < 1e-3, 'good enough'),
      progbarLogger({ verbose: 2 }),
    ) as Policy,
}

describe(`live ≡ replay on ${backend}`, () => {
  it.each(Object.entries(pipelines))(
    '%s: replaying the record gives the commands that were recorded',
    async (name, make) => {
      await fc.assert(
        fc.asyncProperty(
          fc.record({
            rate: fc.constantFrom(0.01, 0.3, 1.2, 40),
            epochs: fc.integer({ min: 1, max: 7 }),
            batchSize: fc.constantFrom(4, 8, 24),
            optimizer: fc.constantFrom(tf.train.sgd, tf.train.adam, tf.train.rmsprop),
          }),
          async ({ rate, epochs, batchSize, optimizer }) => {
            const record = join(dir, `${name}.jsonl`)
            rmSync(record, { force: true })
            const policy = make()
            let clock = 0
            const model = linear(optimizer(rate))
            const live = await fit(model, x, y, {
              epochs,
              batchSize,
              validationData: [x, y],
              callbacks: policy,
              record,
              now: () => (clock += 37),
              handlers: {
                HttpPost: () => async () => ({ _tag: 'Right', right: [] }),
                Log: () => async () => ({ _tag: 'Right', right: [] }),
                Progress: () => async () => ({ _tag: 'Right', right: [] }),
              },
            })
            model.dispose()
            const written = await readLog(record)
            const [asked] = [[...commandsOf(policy, written.events)]]
            expect(encodeJson(asked)).toEqual(written.commands?.map((line) => line.command))
            const again = replay(policy, written)
            expect(encodeJson(again.decisions)).toEqual(encodeJson(live.decisions))
            expect(again.outcome.verdict).toBe('exact')
            expect(again.outcome.epochsRun).toBe(live.epoch.length)
          },
        ),
        { numRuns: 12 },
      )
    },
  )
})

/** The pure fold, without anything of replay's own. */
function* commandsOf(policy: Policy, events: ReadonlyArray<Parameters<Policy['step']>[1]>) {
  let state = policy.init
  for (const event of events) {
    const [commands, next] = policy.step(state, event)
    state = next
    yield* commands
  }
}
