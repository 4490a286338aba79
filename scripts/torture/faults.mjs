// Faults inside a fit: whatever a policy, a command's handler, somebody else's callback, the record or the clock does (throws,
// rejects, hangs, is slow, gives nonsense), the failure rules hold, no tensor is left, model and optimizer are as they were,
// and the next fit works.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'

export const name = 'faults'

const built = async () => {
  const dist = (path) => import(new URL(`../../dist/${path}.js`, import.meta.url).href)
  const { tf } = await import('../../examples/support/tensorflow.mjs')
  return { root: await dist('index'), tfjs: await dist('tfjs/index'), tf }
}

const steering = [
  ...['StopTraining', 'SetLearningRate', 'SaveModel', 'DeleteModel', 'SnapshotWeights', 'RestoreWeights', 'Evaluate'],
  ...['AverageWeights', 'TrackAverage', 'SwapWeights', 'AccumulateGradients', 'FreezeLayers', 'UnfreezeLayers', 'Own'],
]
const observing = [
  ...[
    'AppendRow',
    'Remember',
    'Log',
    'Progress',
    'HttpPost',
    'WriteScalar',
    'WriteHistogram',
    'WriteImage',
    'WriteText',
  ],
  ...['WriteGraph'],
]
const hooks = ['onTrainBegin', 'onEpochBegin', 'onBatchBegin', 'onBatchEnd', 'onEpochEnd', 'onTrainEnd']
const events = [
  'TrainBegin',
  'EpochBegin',
  'BatchBegin',
  'BatchEnd',
  'Evaluating',
  'EpochEnd',
  'TrainEnd',
  'Saved',
  'TestEnd',
]

const nonsense = [
  undefined,
  null,
  3,
  'x',
  {},
  [],
  () => 3,
  () => Promise.resolve(3),
  () => Promise.resolve({ right: [] }),
]

class Injected extends Error {}

/** What goes wrong, as data. */
const fault = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      where: fc.constantFrom('steering'),
      what: fc.constantFrom(...steering),
      how: fc.constantFrom('throw', 'reject', 'left', 'text', 'nonsense', 'slow'),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      where: fc.constantFrom('observing'),
      what: fc.constantFrom(...observing),
      how: fc.constantFrom('throw', 'reject', 'left', 'text', 'nonsense', 'slow', 'hang'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      where: fc.constantFrom('policy'),
      what: fc.constantFrom(...events),
      how: fc.constantFrom('throw', 'text', 'nonsense'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      where: fc.constantFrom('other'),
      what: fc.constantFrom(...hooks),
      how: fc.constantFrom('throw', 'reject', 'slow'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ where: fc.constantFrom('record'), what: fc.constant('line'), how: fc.constant('throw') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      where: fc.constantFrom('clock'),
      what: fc.constant('now'),
      how: fc.constantFrom('throw', 'nonsense'),
    }),
  },
)

const cases = fc.record({
  fault,
  /** how often it goes well before */
  after: fc.integer({ min: 0, max: 2 }),
  /** and whether it goes on going wrong */
  always: fc.boolean(),
  failures: fc.record(
    {
      steering: fc.constantFrom('fail', 'warn'),
      observing: fc.constantFrom('switchOff', 'fail'),
      attempts: fc.integer({ min: 1, max: 3 }),
    },
    { requiredKeys: [] },
  ),
  optimizer: fc.constantFrom('sgd', 'adam', 'rmsprop'),
  nonsense: fc.integer({ min: 0, max: nonsense.length - 1 }),
})

/** What others need done: it fails from the beginning on, or they would fail for want of it. */
const needed = ['TrackAverage', 'SnapshotWeights']
const settled = ({ fault, ...rest }) =>
  needed.includes(fault.what)
    ? { ...rest, fault: { ...fault, how: fault.how === 'slow' ? 'throw' : fault.how }, after: 0, always: true }
    : { fault, ...rest }

const epochs = 3

/** Tries `count` faults, on the backend at hand. */
export const run = async ({ count = 200, seed = 7, modules } = {}) => {
  const { root: rx, tfjs, tf } = modules ?? (await built())
  const folder = mkdtempSync(join(tmpdir(), 'rxfit-faults-'))
  const failures = []
  let tried = 0
  let unhandled
  const hear = (error) => {
    unhandled = error
  }
  process.on('unhandledRejection', hear)
  const consoles = { log: console.log, warn: console.warn }
  let warnings = []
  console.log = () => undefined
  console.warn = (message) => warnings.push(String(message))

  const x = tf.randomNormal([8, 2], 0, 1, 'float32', 1)
  const y = tf.randomNormal([8, 1], 0, 1, 'float32', 2)
  const make = (optimizer) => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ name: 'first', units: 2, inputShape: [2], kernelInitializer: 'ones' }),
        tf.layers.dense({ name: 'second', units: 1, kernelInitializer: 'ones' }),
      ],
    })
    model.compile({ loss: 'meanSquaredError', optimizer })
    return model
  }
  const dispose = (model) => {
    model.optimizer.dispose()
    model.dispose()
  }

  /** Every command there is, in a fit that trains to its last epoch and is then told to stop. */
  const asking = (event) => {
    const path = join(folder, 'model')
    switch (event._tag) {
      case 'TrainBegin':
        return [
          rx.trackAverage('ema', 0.9),
          rx.accumulateGradients(2),
          rx.snapshotWeights('best'),
          rx.writeGraph(join(folder, 'board')),
        ]
      case 'EpochBegin':
        return [rx.setLR(0.01 / (event.epoch + 1)), rx.freeze('first')]
      case 'BatchEnd':
        return [{ _tag: 'Progress', line: 'line', done: false }, rx.log('batch')]
      case 'EpochEnd':
        return [
          rx.unfreeze('first'),
          rx.averageWeights('mean', 1 / (event.epoch + 1)),
          rx.swapWeights('ema'),
          rx.saveModel(path, { what: 'checkpoint' }),
          rx.deleteModel(join(folder, 'another')),
          rx.appendRow(join(folder, 'rows.csv'), `${event.epoch}\n`),
          { _tag: 'Remember', name: 'kept', epoch: event.epoch, logs: event.logs, lr: event.lr },
          rx.httpPost('http://127.0.0.1:9/', 'x'),
          rx.writeScalar(join(folder, 'board'), 'loss', event.logs.loss, event.epoch),
          rx.writeHistogram(join(folder, 'board'), 'histogram', 'weights', event.epoch),
          rx.writeImage(join(folder, 'board'), 'image', 'weights', event.epoch),
          rx.writeText(join(folder, 'board'), 'text', 'x', event.epoch),
          { _tag: 'Own' },
          { _tag: 'Evaluate', name: 'holdout', prefix: 'holdout_', metrics: [], batchSize: 4 },
          ...(event.epoch === epochs - 1 ? [rx.restoreWeights('best'), rx.stopTraining('done')] : []),
        ]
      default:
        return []
    }
  }
  const quiet = rx.all(
    ...['TrainBegin', 'EpochBegin', 'BatchEnd', 'EpochEnd'].map((tag) => rx.named('asker')(rx.on(tag, asking))),
  )

  const done = () => Promise.resolve({ _tag: 'Right', right: [] })

  /** Options of a fit in which that goes wrong; `met` says whether it has come to it. */
  const sabotage = ({ fault: { where, what, how }, after, always, nonsense: which, failures: rules }) => {
    const error = new Injected(`${what} was made to fail`)
    const state = { met: 0, calls: 0, ended: 0, begun: 0, error }
    const due = () => {
      const n = (state.calls += 1) - 1
      const now = n === after || (always && n > after)
      if (now) state.met += 1
      return now
    }
    const pause = () => new Promise((resolve) => setTimeout(resolve, 2))
    const handler = () => {
      if (!due()) return done
      switch (how) {
        case 'throw':
          throw error
        case 'reject':
          return () => Promise.reject(error)
        case 'left':
          return () => Promise.resolve({ _tag: 'Left', left: error })
        case 'text':
          return () => Promise.resolve({ _tag: 'Left', left: error.message })
        case 'hang':
          return () => new Promise(() => undefined)
        case 'slow':
          return () => pause().then(done)
        default:
          return nonsense[which]
      }
    }
    const spoil = () => {
      if (!due()) return undefined
      if (how === 'text') throw error.message
      if (how === 'nonsense') return [nonsense[which]].flat()
      throw error
    }
    const other = (hook) => () => {
      if (hook === 'onTrainBegin') state.begun += 1
      if (hook === 'onTrainEnd') state.ended += 1
      if (where !== 'other' || hook !== what || !due()) return undefined
      if (how === 'throw') throw error
      return how === 'slow' ? pause() : Promise.reject(error)
    }
    const options = {
      epochs,
      batchSize: 4,
      shuffle: false,
      validationData: [x, y],
      data: { holdout: [x, y] },
      lint: false,
      http: { attempts: 1, drain: 0 },
      failures: { timeout: 20, ...rules },
      handlers: {
        Own: () => done,
        // nothing is sent from here
        HttpPost: () => done,
        ...((where === 'steering' || where === 'observing') && { [what]: handler }),
      },
      otherCallbacks: [Object.fromEntries(hooks.map((hook) => [hook, other(hook)]))],
      ...(where === 'record' && { record: () => void spoil() }),
      ...(where === 'clock' && { now: () => (due() ? (how === 'throw' ? fail(error) : NaN) : 0) }),
      callbacks: where === 'policy' ? rx.all(quiet, rx.named('culprit')(rx.on(what, spoil))) : quiet,
    }
    return { state, options }
  }
  const fail = (error) => {
    throw error
  }

  const outcome = (promise) =>
    promise.then(
      (result) => ({ result }),
      (error) => ({ error }),
    )

  const must = (holds, what) => {
    if (!holds) throw new Error(what)
  }

  const attempt = async (given) => {
    const { where, what, how } = given.fault
    const { steering: onSteering = 'fail', observing: onObserving = 'switchOff' } = given.failures
    const model = make(given.optimizer)
    // makes the optimizer's slots
    await model.fit(x, y, { epochs: 1, batchSize: 4, verbose: 0 })
    const { state, options } = sabotage(given)
    warnings = []
    unhandled = undefined
    const tensors = tf.memory().numTensors
    const flags = JSON.stringify(model.layers.map((layer) => layer.trainable))
    const { applyGradients } = model.optimizer
    const { result, error } = await outcome(tfjs.fit(model, x, y, options))
    await new Promise((resolve) => setTimeout(resolve))
    const met = state.met > 0 && how !== 'slow'
    const told = error === undefined ? '' : String(error?.message ?? error)

    // the failure rules
    if (!met) must(error === undefined, `nothing went wrong, and the fit rejected: ${told}`)
    else if (where === 'steering') {
      const fatal = onSteering === 'fail'
      must(
        fatal === (error !== undefined),
        `steering '${onSteering}', and the fit ${error ? `rejected: ${told}` : 'resolved'}`,
      )
      if (fatal) {
        must(error.name === 'CommandError' && error.command._tag === what, `the error is not ${what}'s: ${told}`)
        must(told.includes("'asker'"), `the error doesn't say whose: ${told}`)
      } else
        must(
          warnings.some((warning) => warning.includes(what)),
          'nobody was warned',
        )
    } else if (where === 'observing') {
      const fatal = onObserving === 'fail'
      must(
        fatal === (error !== undefined),
        `observing '${onObserving}', and the fit ${error ? `rejected: ${told}` : 'resolved'}`,
      )
      const own = warnings.filter((warning) => warning.includes(`${what} `) || warning.includes(`${what},`))
      if (fatal)
        must(error.name === 'CommandError' && error.command._tag === what, `the error is not ${what}'s: ${told}`)
      else must(own.length <= 1, `warned ${own.length} times: ${own.join(' | ')}`)
    } else if (where === 'policy' && how !== 'nonsense') {
      must(error?.name === 'PolicyError' && error.policy === 'culprit', `the error is not the policy's: ${told}`)
      must(told.includes(state.error.message), `the error doesn't say what: ${told}`)
    } else if (where === 'policy')
      // commands that are none: refused in words, or passed over
      must(error === undefined || !/Cannot read|is not a function|undefined/.test(told), `not in our words: ${told}`)
    else if (where === 'other' || where === 'record')
      must(error === state.error, `the error is not the one thrown: ${told}`)
    // once may have been for an observer, which tries again
    else if (how === 'throw' && given.always) must(error !== undefined, 'a clock that throws was passed over')
    if (!error) must(result.epoch.length === epochs, `${result.epoch.length} epochs were trained`)

    // nothing is left behind
    must(state.ended === state.begun, `others heard ${state.begun} beginnings and ${state.ended} ends`)
    must(unhandled === undefined, `a promise was rejected, and nobody heard of it: ${String(unhandled)}`)
    const left = tf.memory().numTensors - tensors
    must(left === 0, `${left} tensors were left behind`)
    must(
      JSON.stringify(model.layers.map((layer) => layer.trainable)) === flags,
      'layers are frozen otherwise than before',
    )
    must(model.optimizer.applyGradients === applyGradients, "the optimizer's methods are not its own")

    // and the next fit works, on this model and under the same policies
    const next = await outcome(
      tfjs.fit(model, x, y, sabotage({ ...given, fault: { where: 'nowhere' }, failures: {} }).options),
    )
    must(next.error === undefined, `the next fit rejected: ${String(next.error?.message)}`)
    must(next.result.epoch.length === epochs, 'the next fit ended early')
    must(tf.memory().numTensors === tensors, `the next fit left ${tf.memory().numTensors - tensors} tensors`)
    dispose(model)
  }

  try {
    // no shrinking: a fit that failed once is told as it is, and the others are tried all the same
    for (const given of fc.sample(cases, { seed, numRuns: count }).map(settled)) {
      tried += 1
      try {
        await attempt(given)
      } catch (error) {
        failures.push(`${fc.stringify(given)}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  } finally {
    Object.assign(console, consoles)
    process.off('unhandledRejection', hear)
    tf.dispose([x, y])
    rmSync(folder, { recursive: true, force: true })
  }
  return { tried, lost: failures.length, failures }
}
