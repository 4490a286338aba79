import { pipe } from 'fp-ts/lib/function.js'
import * as fc from 'fast-check'
import { filter, map, pairwise, scan } from 'rxjs'
import * as rx from 'rxfit'
import { events } from 'rxfit/testing'
import type { Enricher, Policy, Schedule, Signal, SpecFunctions, Trigger, TrainingEvent } from 'rxfit'

type AnyPolicy = Policy
type AnySignal = Signal
type AnyTrigger = Trigger
type AnyEnricher = Enricher

// ------------------------------------------------------------------------------- functions, which a spec can only name

const overfits = (e: { readonly logs: rx.Logs }): boolean => (e.logs['val_loss'] as number) > (e.logs['loss'] as number)
const heavyBatch = (e: { readonly logs: rx.Logs }): boolean => (e.logs['loss'] as number) > 3
const greet = (e: TrainingEvent): rx.Command => rx.log(`epoch ${e.epoch + 1}: ${e.logs['loss']}`)
const sometimes = (e: TrainingEvent): ReadonlyArray<rx.Command> | undefined =>
  e.epoch % 2 === 0 ? [rx.log('even'), rx.saveModel('m-{epoch:02d}')] : undefined
const gap = (logs: rx.Logs): number => (logs['val_loss'] as number) - (logs['loss'] as number)
const hook = (): void => undefined
const decayed = (epoch: number, lr: number): number => (Number.isFinite(lr) ? lr / (epoch + 1) : 0.1)
const portrait = (): rx.Picture => ({ width: 1, height: 1, rgba: new Uint8Array(4) })
const spell = ({ texts }: rx.TextBatch): ReadonlyArray<string> => texts
export const functions: SpecFunctions = { spell, portrait, overfits, heavyBatch, greet, sometimes, gap, hook, decayed }

// ---------------------------------------------------------------------------------------------------- arbitrary options

const unit = fc.constantFrom('epochs' as const, 'batches' as const)
const small = fc.integer({ min: 0, max: 4 })
const from1 = fc.integer({ min: 1, max: 4 })
const delta = fc.constantFrom(0, 0.25, 1)
const name = fc.constantFrom('loss', 'val_loss', 'acc', 'val_acc')
const onMissing = fc.constantFrom('error' as const, 'skip' as const)
const partly = { requiredKeys: [] as [] }

/** A plain run. Dialects fail where their framework does (a metric of another name, best-only saving by batches). */
const probe = events(
  [2, 1, 3].map((x) => ({
    ...{ loss: x, val_loss: x, acc: x, val_acc: x },
    batches: Array.from({ length: 6 }, () => ({ loss: x })),
  })),
)

/** Under rxfit's own rules options may be refused, but nothing else may go wrong. */
const mayFail = (options: unknown, error: unknown): boolean => {
  const { dialect = 'rxfit' } = (Array.isArray(options) ? options[1] : options) as { readonly dialect?: string }
  return dialect !== 'rxfit' || error instanceof rx.OptionError
}

/** What these options make, where they are allowed together and a plain run gets through. */
const valid = <O>(options: fc.Arbitrary<O>, make: (options: O) => Policy): fc.Arbitrary<Policy> =>
  options
    .map((o) => {
      try {
        const policy = make(o)
        rx.machine.run(policy)(probe)
        return policy
      } catch (error) {
        if (mayFail(o, error)) return undefined
        throw error
      }
    })
    .filter((x) => x !== undefined)

/** Some of these, each as likely. */
const any = <T>(...arbitraries: ReadonlyArray<fc.Arbitrary<T>>): fc.Arbitrary<T> => fc.oneof(...arbitraries)

/** Counterexamples show what was made, not the text of a function. */
const printable = <X extends { readonly spec: rx.Spec }>(
  table: Readonly<Record<string, fc.Arbitrary<X>>>,
): Readonly<Record<string, fc.Arbitrary<X>>> =>
  Object.fromEntries(
    Object.entries(table).map(([name, arbitrary]) => [
      name,
      arbitrary.map((x) =>
        fc.toStringMethod in x ? x : Object.defineProperty(x, fc.toStringMethod, { value: () => rx.explain(x) }),
      ),
    ]),
  )

export const schedules: Readonly<Record<string, fc.Arbitrary<Schedule>>> = (() => {
  const initial = fc.constantFrom(0, 0.1, 1)
  const steps = fc.integer({ min: 1, max: 20 })
  const rate = fc.constantFrom(0, 0.5, 0.96, 1)
  const staircase = fc.boolean()
  const simple = any(
    initial.map(rx.constant),
    fc.record({ initial, rate, steps, staircase }).map(rx.exponential),
    fc.record({ initial, steps }).map(rx.cosine),
  )
  return {
    constant: initial.map(rx.constant),
    stepDecay: fc
      .record({ initial, every: steps, drop: rate }, { requiredKeys: ['initial', 'every'] })
      .map(rx.stepDecay),
    exponential: fc
      .record({ initial, rate, steps, staircase }, { requiredKeys: ['initial', 'rate'] })
      .map(rx.exponential),
    polynomial: fc
      .record(
        { initial, steps, end: initial, power: fc.constantFrom(0.5, 1, 2), cycle: fc.boolean() },
        { requiredKeys: ['initial', 'steps'] },
      )
      .map(rx.polynomial),
    cosine: fc
      .record(
        { initial, steps, alpha: rate, warmupTarget: initial, warmupSteps: small },
        { requiredKeys: ['initial', 'steps'] },
      )
      .map(rx.cosine),
    cosineRestarts: fc
      .record(
        { initial, firstSteps: steps, tMul: fc.constantFrom(1, 1.5, 2), mMul: fc.constantFrom(0.5, 1), alpha: rate },
        { requiredKeys: ['initial', 'firstSteps'] },
      )
      .map(rx.cosineRestarts),
    inverseTime: fc
      .record({ initial, rate, steps, staircase }, { requiredKeys: ['initial', 'rate'] })
      .map(rx.inverseTime),
    oneCycle: fc
      .record(
        {
          max: fc.constantFrom(0.1, 1),
          steps,
          pctStart: fc.constantFrom(0, 0.3, 1),
          anneal: fc.constantFrom('cos', 'linear'),
        },
        { requiredKeys: ['max', 'steps'] },
      )
      .map(rx.oneCycle),
    piecewise: fc.constantFrom(
      rx.piecewise({ boundaries: [], values: [0.5] }),
      rx.piecewise({ boundaries: [2, 5], values: [1, 0.5, 0.25] }),
    ),
    warmup: fc
      .tuple(simple, fc.record({ steps, from: initial }, { requiredKeys: ['steps'] }))
      .map(([s, o]) => rx.warmup(o)(s)),
    join: fc.tuple(simple, simple, from1).map(([a, b, at]) => rx.join([a, b], [at])),
    scale: fc.tuple(simple, initial).map(([s, factor]) => rx.scale(factor)(s)),
  }
})()
export const schedule: fc.Arbitrary<Schedule> = any(...Object.values(schedules))

const monitors: fc.Arbitrary<AnySignal> = any<AnySignal>(
  fc.tuple(name, fc.record({ onMissing }, partly)).map(([metric, options]) => rx.monitor(metric, options)),
  fc.constantFrom(
    rx.monitor('loss', { at: 'BatchEnd' }),
    rx.monitor('loss', { at: 'TestEnd' }),
    rx.monitor('accuracy'),
  ),
)

const averaged: fc.Arbitrary<AnySignal> = monitors.map((signal) => rx.ema(0.5)(signal))
const inner: fc.Arbitrary<AnySignal> = any(monitors, averaged)
const direction = fc.constantFrom('min' as const, 'max' as const)

export const signals = printable<AnySignal>({
  monitor: monitors,
  ema: fc
    .tuple(inner, fc.constantFrom(0, 0.5, 0.9), fc.record({ debias: fc.boolean() }, partly))
    .map(([s, decay, options]) => rx.ema(decay, options)(s)),
  window: fc
    .tuple(
      inner,
      from1,
      fc.constantFrom('mean', 'median', 'min', 'max', 'slope', 'std'),
      fc.record({ partial: fc.boolean() }, partly),
    )
    .map(([s, size, summary, options]) => rx.window(size, summary, options)(s)),
  best: fc.tuple(inner, direction).map(([s, mode]) => rx.best(mode)(s)),
  delta: inner.map((s) => rx.delta()(s)),
  ratio: fc.tuple(inner, inner).map(([a, b]) => rx.ratio(a, b)),
})
export const signal: fc.Arbitrary<AnySignal> = any(...Object.values(signals))

const source = any<AnySignal | string>(name, signal)
const timed = any<AnyTrigger>(
  fc.tuple(from1, unit).map(([n, u]) => rx.everyN(n, u)),
  fc.constantFrom(0.5, 2).map((n) => rx.everyN(n, 'seconds')),
)
const ambient = any<AnyTrigger>(
  fc.tuple(small, unit).map(([n, u]) => rx.after(n, u)),
  fc.tuple(small, unit).map(([n, u]) => rx.before(n, u)),
  fc.constantFrom('train' as const, 'test' as const, 'predict' as const).map(rx.during),
)
const plain = any<AnyTrigger>(
  timed,
  ambient,
  source.map((s) => rx.whenAbove(s as 'loss', 1)),
)

export const triggers = printable<AnyTrigger>({
  whenPlateau: fc
    .tuple(
      source,
      fc.record({ patience: small, minDelta: delta, cooldown: small, baseline: delta, onMissing }, partly),
      direction,
    )
    .map(([s, options, mode]) => rx.whenPlateau(s as 'loss', { ...options, mode })),
  whenImproves: fc
    .tuple(source, fc.record({ minDelta: delta, threshold: fc.constantFrom(0.5, 1), onMissing }, partly), direction)
    .map(([s, options, mode]) => rx.whenImproves(s as 'loss', { ...options, mode })),
  whenBelow: fc
    .tuple(source, delta, fc.record({ onMissing }, partly))
    .map(([s, limit, options]) => rx.whenBelow(s as 'loss', limit, options)),
  whenAbove: fc
    .tuple(source, delta, fc.record({ onMissing }, partly))
    .map(([s, limit, options]) => rx.whenAbove(s as 'loss', limit, options)),
  whenNaN: any<AnyTrigger>(
    fc.constant(rx.whenNaN()),
    fc.tuple(source, fc.record({ onMissing }, partly)).map(([s, options]) => rx.whenNaN(s as 'loss', options)),
  ),
  whenDiverges: fc
    .tuple(source, fc.record({ factor: fc.constantFrom(0.5, 3), onMissing }, partly), direction)
    .map(([s, options, mode]) => rx.whenDiverges(s as 'loss', { ...options, mode })),
  whenGeneralizationLoss: fc
    .tuple(source, fc.record({ alpha: fc.constantFrom(1, 50), onMissing }, partly))
    .map(([s, options]) => rx.whenGeneralizationLoss(s as 'loss', options)),
  whenProgressQuotient: fc
    .tuple(
      source,
      source,
      fc.record(
        { alpha: fc.constantFrom(0.1, 1), k: fc.constantFrom(2, 3), everyEpoch: fc.boolean(), tol: delta, onMissing },
        partly,
      ),
    )
    .map(([a, b, options]) => rx.whenProgressQuotient(a as 'loss', b as 'loss', options)),
  whenIncreases: fc
    .tuple(source, fc.record({ s: from1, k: fc.integer({ min: 1, max: 2 }), onMissing }, partly))
    .map(([s, options]) => rx.whenIncreases(s as 'loss', options)),
  whenElapsed: fc
    .tuple(
      fc.constantFrom<rx.Duration>(0.5, 5, '3 seconds', { minutes: 0.1 }),
      fc.record({ at: fc.constantFrom('EpochEnd' as const, 'BatchEnd' as const) }, partly),
    )
    .map(([limit, options]) => rx.whenElapsed(limit, options)),
  everyN: timed,
  onceAt: fc.tuple(from1, unit).map(([n, u]) => rx.onceAt(n, u)),
  after: fc.tuple(small, unit).map(([n, u]) => rx.after(n, u)),
  before: fc.tuple(small, unit).map(([n, u]) => rx.before(n, u)),
  between: fc.tuple(small, from1, unit).map(([from, length, u]) => rx.between(from, from + length, u)),
  during: fc.constantFrom('train' as const, 'test' as const, 'predict' as const).map(rx.during),
  cooldown: fc.tuple(plain, small, unit).map(([t, n, u]) => rx.cooldown(n, u)(t)),
  atMost: fc.tuple(plain, small).map(([t, n]) => rx.atMost(n)(t)),
  and: fc.tuple(plain, plain, plain).map(([a, b, c]) => rx.and(a, b, c)),
  or: fc.tuple(plain, plain, plain).map(([a, b, c]) => rx.or(a, b, c)),
  not: plain.map((t) => rx.not(t)),
  always: fc.constant(rx.always),
  never: fc.constant(rx.never),
})
export const trigger: fc.Arbitrary<AnyTrigger> = any(...Object.values(triggers))

export const enrichers = printable<AnyEnricher>({
  derive: any<AnyEnricher>(
    fc.constant(rx.derive('gap', gap)),
    signal.map((s) => rx.derive('smooth', s)),
    fc.constant(rx.derive('__proto__', rx.monitor('loss'))),
  ),
  baseLogger: fc
    .record({ statefulMetrics: fc.constantFrom([], ['loss']), running: fc.boolean() }, partly)
    .map((options) => rx.baseLogger(options) as AnyEnricher),
})

const emission = fc.constantFrom<rx.Command | ReadonlyArray<rx.Command> | typeof greet>(
  rx.stopTraining('enough'),
  rx.reduceLR(0.5, { min: 1e-3 }),
  [rx.log('one'), rx.saveModel('m-{epoch:02d}')],
  greet,
)
const emitted: fc.Arbitrary<AnyPolicy> = fc.tuple(trigger, emission).map(([t, what]) => rx.emit(what)(t))
const dialect = fc.constantFrom(...rx.dialectNames)
const verbose = fc.constantFrom(0 as const, 1 as const)
const watched = { monitor: name, patience: small, minDelta: delta, verbose, mode: direction, dialect, onMissing }

/** What a pipeline of the user's own may be made of: memory, several answers to an event, none. */
const rawPipelines: ReadonlyArray<AnyPolicy> = [
  rx.fromOperator(
    'rising',
    (events$) =>
      events$.pipe(
        map((e) => rx.machine.run(rx.monitor('loss'))([e as never])[0][0]),
        filter((x) => x !== undefined),
        pairwise(),
        filter(([a, b]) => b > a),
        map(([a, b]) => rx.log(`${a} -> ${b}`)),
      ),
    { events: ['EpochEnd'] },
  ) as AnyPolicy,
  rx.fromOperator('count', (events$) =>
    events$.pipe(
      scan((n) => n + 1, 0),
      map((n) => rx.log(String(n))),
    ),
  ) as AnyPolicy,
]

export const policies = printable<AnyPolicy>({
  emit: emitted,
  idle: fc.constant(rx.idle),
  all: fc.array(emitted, { maxLength: 3 }).map((list) => rx.all(...list)),
  named: emitted.map((p) => rx.named('someone')(p)),
  enrich: fc
    .tuple(any(...Object.values(enrichers)), any<AnyPolicy | AnySignal | AnyTrigger>(emitted, signal, trigger))
    .map(([enricher, x]) => {
      const placed = rx.enrich(enricher)(x) as AnyPolicy | AnySignal | AnyTrigger
      if (rx.policy.isPolicy(placed)) return placed as AnyPolicy
      return pipe(
        rx.signal.isSignal(placed) ? rx.whenAbove(placed as never, 1) : placed,
        rx.emit(rx.log('x')),
      ) as AnyPolicy
    }),
  on: any<AnyPolicy>(
    fc.constantFrom('TrainBegin', 'EpochEnd', 'BatchEnd', 'TestEnd', 'Saved').map((tag) => rx.on(tag as rx.Tag, greet)),
    fc.constant(rx.on('EpochEnd', sometimes)),
  ),
  stopIf: fc.constantFrom<AnyPolicy>(
    rx.stopIf(overfits, 'overfitting'),
    rx.stopIf(overfits),
    rx.stopIf(heavyBatch, 'heavy', { at: 'BatchEnd' }),
  ),
  lambda: fc.constantFrom<AnyPolicy>(
    rx.lambda({}),
    rx.lambda({ onEpochEnd: hook, onTrainBatchEnd: hook, onTestEnd: hook }),
  ),
  scheduleLR: fc
    .tuple(schedule, fc.record({ per: fc.constantFrom('epoch' as const, 'batch' as const) }, partly))
    .map(([s, options]) => rx.scheduleLR(s, options)),
  fromOperator: fc.constantFrom(...rawPipelines),
  earlyStopping: valid(fc.record({ ...watched, baseline: delta, startFromEpoch: small }, partly), (options) =>
    rx.earlyStopping(options as rx.EarlyStoppingOptions),
  ),
  'earlyStopping with weights': valid(
    fc.record({ ...watched, restoreBestWeights: fc.constant(true) }, { requiredKeys: ['restoreBestWeights', 'mode'] }),
    (options) => rx.earlyStopping(options as rx.EarlyStoppingOptions),
  ),
  reduceLROnPlateau: valid(
    fc.record(
      { ...watched, factor: fc.constantFrom(0, 0.5), cooldown: small, minLr: fc.constantFrom(0, 1e-3) },
      partly,
    ),
    (options) => rx.reduceLROnPlateau(options as rx.ReduceLROnPlateauOptions),
  ),
  learningRateScheduler: valid(
    fc.tuple(any<Schedule | typeof decayed>(schedule, fc.constant(decayed)), fc.record({ verbose, dialect }, partly)),
    ([s, options]) => rx.learningRateScheduler(s, options),
  ),
  modelCheckpoint: valid(
    fc.record(
      {
        filepath: fc.constantFrom('m', 'm-{epoch:02d}', 'm.keras', '{epoch}.weights.h5'),
        monitor: fc.constant('loss'),
        mode: direction,
        verbose,
        saveBestOnly: fc.boolean(),
        saveWeightsOnly: fc.boolean(),
        saveFreq: fc.constantFrom('epoch' as const, 1, 2, 5, '2 seconds'),
        initialValueThreshold: delta,
        dialect,
        onMissing,
      },
      { requiredKeys: ['filepath', 'monitor', 'mode'] },
    ),
    (options) => rx.modelCheckpoint(options as rx.ModelCheckpointOptions),
  ),
  terminateOnNaN: fc.constant(rx.terminateOnNaN()),
  tensorBoard: fc
    .record(
      {
        histogramFreq: small,
        writeGraph: fc.boolean(),
        writeImages: fc.boolean(),
        writeStepsPerSecond: fc.boolean(),
        updateFreq: fc.constantFrom('epoch' as const, 'batch' as const, 2, 3),
        writeGrads: fc.boolean(),
        profileBatch: fc.constantFrom<number | readonly [number, number]>(0, 1, [2, 4], [3, 100]),
        embeddingsFreq: small,
        embeddingsMetadata: fc.constantFrom<string | Readonly<Record<string, string>>>('words.tsv', { e: 'words.tsv' }),
        hparams: fc.constantFrom({}, { rate: 0.1, name: 'a', nesterov: false }),
      },
      partly,
    )
    .map((options) => rx.tensorBoard('logs', options)),
  csvLogger: fc
    .record(
      { filename: fc.constant('log.csv'), separator: fc.constantFrom(',', ';'), append: fc.boolean() },
      { requiredKeys: ['filename'] },
    )
    .map((options) => rx.csvLogger(options)),
  history: fc.constantFrom(rx.history(), rx.history({ name: 'kept' })),
  'modelCheckpoint of lightning': valid(
    fc.record(
      {
        monitor: fc.constantFrom(null, 'loss', 'val_loss'),
        saveTopK: fc.constantFrom(-1, 0, 1, 2),
        saveLast: fc.constantFrom(true, false, 'link' as const),
        everyNEpochs: fc.constantFrom(0, 1, 2),
        everyNTrainSteps: fc.constantFrom(0, 1, 3),
        trainTimeInterval: fc.constantFrom(0.5, '2 seconds'),
        dialect: fc.constant('lightning' as const),
      },
      { requiredKeys: ['dialect'] },
    ),
    (options) => rx.modelCheckpoint({ filepath: '{epoch}-{step}', ...options } as rx.ModelCheckpointOptions),
  ),
  historyRecorder: fc
    .record(
      {
        name: fc.constantFrom('kept', '__proto__'),
        batches: fc.boolean(),
        path: fc.constantFrom('h.json', 'h.csv'),
        everyNEpochs: from1,
      },
      { requiredKeys: ['path'] },
    )
    .map((options) => rx.historyRecorder(options)),
  nothingCallback: fc.record({ batches: fc.boolean() }, partly).map((o) => rx.nothingCallback(o)),
  controlledStoppingCheckpoint: any<Partial<rx.ControlledStoppingCheckpointOptions>>(
    fc.record({ epochs: from1, saveWeightsOnly: fc.boolean() }, { requiredKeys: ['epochs'] }),
    fc.record({ stoppingEpoch: small, verbose }, { requiredKeys: ['stoppingEpoch'] }),
  ).map((o) => rx.controlledStoppingCheckpoint({ filepath: 'm-{epoch:02d}', ...o })),
  stepwiseLRReduction: fc
    .record(
      { epochSteps: from1, reductionFactor: fc.constantFrom(0, 0.5), minLr: fc.constantFrom(0, 0.25) },
      { requiredKeys: ['epochSteps', 'reductionFactor'] },
    )
    .map(rx.stepwiseLRReduction),
  scheduledLRReduction: fc
    .record(
      {
        epochSchedule: fc.constantFrom([3, 1], [0, 0]),
        reductionFactor: fc.constantFrom(0.5, [0.5, 0.1]),
        minLr: fc.constantFrom(0, 0.25),
      },
      { requiredKeys: ['epochSchedule', 'reductionFactor'] },
    )
    .map(rx.scheduledLRReduction),
  detectOverfitting: fc
    .record({ threshold: fc.constantFrom(0.7, 1.3), patience: from1, verbose, onMissing }, partly)
    .map((o) => rx.detectOverfitting(o) as AnyPolicy),
  divergence: fc
    .record(
      {
        monitor: name,
        mode: direction,
        checkFinite: fc.boolean(),
        stoppingThreshold: delta,
        divergenceThreshold: fc.constantFrom(1.5, null),
        onMissing,
      },
      partly,
    )
    .map((o) => rx.divergence(o) as AnyPolicy),
  prechelt: any<rx.PrecheltOptions>(
    fc.record(
      { criterion: fc.constant('GL' as const), alpha: fc.constantFrom(1, 50) },
      { requiredKeys: ['criterion'] },
    ),
    fc.record(
      { criterion: fc.constant('PQ' as const), k: fc.constantFrom(2, 3), everyEpoch: fc.boolean() },
      { requiredKeys: ['criterion'] },
    ),
    fc.record(
      { criterion: fc.constant('UP' as const), s: from1, k: from1, monitor: name },
      { requiredKeys: ['criterion'] },
    ),
  ).map((o) => rx.prechelt(o) as AnyPolicy),
  stopAtThreshold: fc
    .record(
      { monitor: name, threshold: delta, mode: direction, inclusive: fc.boolean(), onMissing },
      { requiredKeys: ['monitor', 'threshold'] },
    )
    .map((o) => rx.stopAtThreshold(o) as AnyPolicy),
  evaluateEvery: fc
    .record(
      {
        data: fc.constantFrom<string | ReadonlyArray<string>>('holdout', ['a', 'b']),
        every: from1,
        unit,
        metrics: fc.constantFrom([], ['rocAuc'], [{ precisionAtRecall: { recall: 0.9, as: 'p90' } }, 'f1']),
        prefix: fc.constantFrom('{name}_', 'x/{name}'),
        prCurves: fc.constant('logs'),
        batchSize: from1,
      },
      { requiredKeys: ['data'] },
    )
    .map((o) => rx.evaluateEvery(o)),
  backupAndRestore: fc
    .record({ saveFreq: fc.constantFrom<'epoch' | number>('epoch', 1, 3), doubleCheckpoint: fc.boolean() })
    .map((o) => rx.backupAndRestore({ dir: 'backup', ...o })),
  textComparison: fc
    .record(
      {
        data: fc.constantFrom<string | ReadonlyArray<string>>('holdout', ['a', 'b']),
        decode: fc.constant(spell),
        every: from1,
        prefix: fc.constantFrom('{name}_', 'x/{name}'),
        show: from1,
        batchSize: from1,
        logDir: fc.constant('logs'),
        tag: fc.constant('{name}'),
        path: fc.constant('texts.md'),
      },
      { requiredKeys: ['data', 'decode'] },
    )
    .map((o) => rx.textComparison(o)),
  syncDirectory: fc
    .record(
      {
        command: fc.constant(['rsync', '-a', '{path}/', 'there']),
        every: fc.constantFrom<rx.Duration>(0.5, '2 seconds'),
      },
      { requiredKeys: ['command'] },
    )
    .map((o) => rx.syncDirectory('logs', o)),
  visualize: any<rx.VisualizeOptions>(
    fc.record(
      {
        data: fc.constantFrom<string | ReadonlyArray<string>>('holdout', ['a', 'b/c']),
        draw: fc.constantFrom<rx.VisualizeOptions['draw']>('confusionMatrix', { imageGrid: { count: 4 } }, portrait),
        every: from1,
        folder: fc.constantFrom('pictures', 'p/'),
        gif: fc.boolean(),
        logDir: fc.constant('logs'),
        tag: fc.constant('x/{name}'),
        batchSize: from1,
      },
      { requiredKeys: ['data', 'draw'] },
    ),
    fc.record({ draw: fc.constantFrom('learningCurves', { learningCurves: { log: true } }), every: from1 }),
  ).map((o) => rx.visualize(o)),
  stopAfterSteps: fc.constantFrom(-1, 1, 4).map((maxSteps) => rx.stopAfterSteps({ maxSteps })),
  timeStopping: fc
    .record(
      {
        duration: fc.constantFrom<rx.Duration>(1, '00:00:00:05', { seconds: 2 }),
        interval: fc.constantFrom('epoch' as const, 'step' as const),
        verbose,
      },
      partly,
    )
    .map((o) => rx.timeStopping(o)),
  progbarLogger: fc
    .record(
      {
        verbose: fc.constantFrom('auto' as const, 0 as const, 1 as const, 2 as const),
        countMode: fc.constantFrom('steps' as const, 'samples' as const),
        statefulMetrics: fc.constantFrom([], ['loss']),
        width: from1,
        interval: fc.constantFrom(0, 0.5),
        color: fc.boolean(),
      },
      partly,
    )
    .map((o) => rx.progbarLogger(o)),
  swapEMAWeights: fc
    .record(
      { swapOnEpoch: fc.boolean(), momentum: fc.constantFrom(0, 0.9), overwriteFrequency: fc.constantFrom(null, 3) },
      partly,
    )
    .map((o) => rx.swapEMAWeights(o)),
  weightAveraging: fc
    .record(
      {
        decay: fc.constantFrom(0, 0.9),
        updateEveryNSteps: from1,
        updateStartingAtEpoch: small,
        useBuffers: fc.boolean(),
      },
      partly,
    )
    .map((o) => rx.weightAveraging(o)),
  stochasticWeightAveraging: fc
    .record(
      {
        swaLrs: fc.constantFrom(0.05, 1),
        swaEpochStart: fc.constantFrom(0, 0.5, 0.8, 1, 3),
        annealingEpochs: small,
        annealingStrategy: fc.constantFrom('cos' as const, 'linear' as const),
        useBuffers: fc.boolean(),
      },
      { requiredKeys: ['swaLrs'] },
    )
    .map((o) => rx.stochasticWeightAveraging(o)),
  gradientAccumulationScheduler: fc
    .record(
      {
        scheduling: fc.constantFrom({ 0: 4 }, { 2: 3, 5: 1 }, { 0: 1 }),
        dialect: fc.constantFrom('rxfit' as const, 'lightning' as const),
      },
      { requiredKeys: ['scheduling'] },
    )
    .map((o) => rx.gradientAccumulationScheduler(o)),
  gradientNorms: fc
    .record(
      {
        every: from1,
        per: fc.constantFrom('global' as const, 'layer' as const, 'weight' as const),
        clipped: fc.boolean(),
        name: fc.constantFrom('gradient_norm', 'norm'),
      },
      partly,
    )
    .map((o) => rx.gradientNorms(o)),
  clipGradients: fc.constantFrom({ norm: 1 }, { value: 0.5 }, { global: 2 }).map((o) => rx.clipGradients(o)),
  layerFreezing: fc
    .record(
      { layers: fc.constantFrom('conv_*', ['a', 'b']), until: fc.constantFrom(null, 1, 3) },
      { requiredKeys: ['layers'] },
    )
    .map((o) => rx.layerFreezing(o)),
  remoteMonitor: fc
    .record({ root: fc.constant('http://x'), field: fc.constantFrom('data', 'a b'), sendAsJson: fc.boolean() }, partly)
    .map((o) => rx.remoteMonitor(o)),
})
export const policy: fc.Arbitrary<AnyPolicy> = any(...Object.values(policies))
export type { AnyEnricher, AnyPolicy, AnySignal, AnyTrigger }
