import { describe, expect, it, vi } from 'vitest'
import * as E from 'fp-ts/lib/Either.js'
import {
  writeGraph,
  startProfile,
  writeEmbeddings,
  writeHistogram,
  writeHParams,
  writeHParamsEnd,
  writeProfile,
  writeImage,
  writeScalar,
  writeText,
  all,
  appendRow,
  emit,
  everyN,
  keepGradients,
  log,
  on,
  reduceLR,
  reportGradientNorms,
  run,
  saveModel,
  setGradientClipping,
  setLR,
  stopTraining,
  trackGradientNorms,
  type Command,
  type Policy,
  type TrainingEvent,
} from 'rxfit'
import { events } from 'rxfit/testing'
import { drive, type FailureRules } from '../../src/runtime/drive.js'
import type { Picture, SummaryWriter } from '../../src/tfevents/SummaryWriter.js'
import { interpret, type Handlers } from '../../src/runtime/interpret.js'

/** A world that writes down what was done to it; `broken` says what fails. */
const world = (broken: (what: string) => boolean = () => false) => {
  const done: Array<string> = []
  const act = (what: string): void => {
    if (broken(what)) throw new Error(`${what} is broken`)
    done.push(what)
  }
  const later = (what: string) =>
    Promise.resolve().then(() => {
      act(what)
    })
  const handlers = interpret({
    backUp: () => undefined,
    stop: () => {
      act('stop')
    },
    setLearningRate: (value) => {
      act(`rate ${value}`)
    },
    snapshotWeights: (slot) => {
      act(`snapshot ${slot}`)
    },
    restoreWeights: (slot) => {
      act(`restore ${slot}`)
    },
    averageWeights: (slot, share) => {
      act(`average ${slot} ${share}`)
    },
    trackAverage: ({ slot }) => {
      act(`track ${slot}`)
    },
    swapWeights: (slot) => {
      act(`swap ${slot}`)
    },
    accumulateGradients: (batches) => {
      act(`accumulate ${batches}`)
    },
    clipGradients: (mode, limit) => {
      act(`clip ${mode} ${limit}`)
    },
    trackGradientNorms: ({ name, every, per, clipped }) => {
      act(`norms ${name} ${every} ${per} ${clipped}`)
    },
    gradientNorms: (name) => {
      act(`tell ${name}`)
      return Promise.resolve({ [name]: 2 })
    },
    keepGradients: () => {
      act('keep gradients')
    },
    gradients: () => Promise.resolve([{ name: 'a', shape: [2], values: [3, 4] }]),
    freezeLayers: (layers) => {
      act(`freeze ${layers.join()}`)
    },
    unfreezeLayers: (layers) => {
      act(`unfreeze ${layers.join()}`)
    },
    post: ({ url, by }) => {
      act(`post ${url}`)
      return url === 'lost' ? [{ by, message: 'lost' }] : []
    },
    saveModel: ({ path }) => later(`save ${path}`),
    evaluate: ({ name }, onCurve) => {
      act(`evaluate ${name}`)
      onCurve({ tag: '/0', truth: [0, 1], scores: [0.25, 0.75] })
      return Promise.resolve({ [`${name}_loss`]: 1 })
    },
    deleteModel: (path) => later(`delete ${path}`),
    append: (path, row) => later(`append ${path} ${row}`),
    remember: (name) => {
      act(`remember ${name}`)
    },
    print: (message) => {
      act(`print ${message}`)
    },
    progress: (line) => {
      act(`progress ${line}`)
    },
    summaries: (folder) =>
      ({
        scalar: (tag: string, value: number, step: number) => act(`scalar ${folder} ${tag} ${value} ${step}`),
        histogram: (tag: string, values: ArrayLike<number>) => act(`histogram ${tag} ${Array.from(values).join(' ')}`),
        image: (tag: string, images: ReadonlyArray<Picture>) => act(`image ${tag} ${images.length}`),
        text: (tag: string, text: string) => act(`text ${tag} ${text}`),
        prCurve: (tag: string, truth: unknown, scores: unknown, step: number) =>
          act(`curve ${folder} ${tag} ${JSON.stringify([truth, scores])} ${step}`),
        modelGraph: (json: string, tag: string) => act(`graph ${tag} ${json}`),
        hparams: (given: unknown) => act(`hparams ${folder} ${JSON.stringify(given)}`),
        hparamsEnd: (status: string) => act(`hparams end ${status}`),
        projector: (embeddings: unknown) => act(`projector ${folder} ${JSON.stringify(embeddings)}`),
      }) as unknown as SummaryWriter,
    weights: () =>
      Promise.resolve([
        { name: 'a', shape: [2], values: [0, 1] },
        { name: 'b', shape: [2, 2, 2, 2], values: new Float32Array(16) },
      ]),
    sync: ({ path }) => {
      act(`sync ${path}`)
      return []
    },
    compareTexts: () => Promise.resolve({ logs: {}, texts: [] }),
    draw: () => Promise.resolve({ width: 1, height: 1, rgba: new Uint8Array(4) }),
    writePicture: (path) => later(`picture ${path}`),
    writeFrame: (path, _, frame) => later(`frame ${frame} ${path}`),
    embeddings: () => Promise.resolve([{ name: 'words', shape: [2, 1], values: [0.5, 1] }]),
    startProfile: () => {
      act('profile')
    },
    stopProfile: () =>
      Promise.resolve([
        { name: 'Add', ms: 1, bytes: 8, inputShapes: [[2], null], outputShapes: [[2]] },
        { name: 'MatMul', ms: 3, bytes: 2 ** 20, inputShapes: [], outputShapes: [[2, 2]] },
        { name: 'Add', ms: 0.5, bytes: 8, inputShapes: [], outputShapes: [[]] },
      ]),
    topology: () => '{}',
  })
  return { done, handlers }
}

const rows = (n: number) => Array.from({ length: n }, () => ({ loss: 1 }))

const go = async (
  policy: Policy<never>,
  handlers: Handlers,
  { failures, n = 3 }: { readonly failures?: FailureRules; readonly n?: number } = {},
) => {
  const warnings: Array<string> = []
  const lines: Array<string> = []
  const seen: Array<TrainingEvent> = []
  const driver = drive(policy, {
    handlers,
    ...(failures && { failures }),
    warn: (message) => warnings.push(message),
    record: (text) => lines.push(text),
    onEvent: (event) => seen.push(event),
  })
  for (const event of events(rows(n))) await driver.handle(event)
  return {
    warnings,
    lines: lines
      .join('')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    seen,
    driver,
  }
}

const atEnds = (f: (epoch: number) => Command | ReadonlyArray<Command>): Policy<never> =>
  on('EpochEnd', (e) => f(e.epoch))

describe('drive', () => {
  it('finishes one event before the next begins', async () => {
    const { done, handlers } = world()
    await go(
      atEnds((epoch) => [saveModel(`m${epoch}`), log(`saved ${epoch}`)]),
      handlers,
      { n: 2 },
    )
    expect(done).toEqual(['print saved 0', 'save m0', 'print saved 1', 'save m1'])
  })
  it('returns nothing to wait for where nothing was asked', () => {
    const driver = drive(all(), { handlers: world().handlers, warn: () => undefined })
    expect(events(rows(1)).map((event) => driver.handle(event))).toEqual([undefined, undefined, undefined, undefined])
  })
  it('queues feedback behind the event, and records it', async () => {
    const { done, handlers } = world()
    const { lines, seen } = await go(
      all(
        atEnds((epoch) => (epoch === 0 ? saveModel('m') : [])),
        on('Saved', (e) => log(`heard ${e.path}`)),
      ),
      handlers,
      { n: 2 },
    )
    expect(done).toEqual(['save m', 'print heard m'])
    expect(seen.map((e) => e._tag)).toEqual([
      'TrainBegin',
      'EpochBegin',
      'EpochEnd',
      'Saved',
      'EpochBegin',
      'EpochEnd',
      'TrainEnd',
    ])
    expect(lines).toHaveLength(1 + 7 + 2)
  })
  it('fails the run when steering fails, naming command, policy and place', async () => {
    const { handlers } = world((what) => what.startsWith('save'))
    const policy = emit(saveModel('m'))(everyN(2))
    await expect(go(policy, handlers)).rejects.toThrow(
      "SaveModel 'm', asked for by 'everyN' at EpochEnd of epoch 1 (0-based), failed: save m is broken",
    )
  })
  it('can go on without steering that failed, if told to, and says so to policies', async () => {
    const { handlers } = world((what) => what.startsWith('save'))
    const heard: Array<string> = []
    const policy = all(
      emit(saveModel('m'))(everyN(2)),
      on('CommandFailed', (e) => void heard.push(e.message)),
    )
    const { warnings } = await go(policy, handlers, { failures: { steering: 'warn' } })
    expect(warnings).toHaveLength(1)
    expect(heard).toEqual(['save m is broken'])
  })
  it('tries observers again in order, and loses no row when the trouble passes', async () => {
    let calls = 0
    const { done, handlers } = world((what) => what.startsWith('append') && (calls += 1) <= 2)
    await go(
      atEnds((epoch) => appendRow('log', `${epoch}`)),
      handlers,
      { n: 4 },
    )
    expect(done).toEqual(['append log 0', 'append log 1', 'append log 2', 'append log 3'])
  })
  it('switches an observer off after three attempts, with one warning, and others go on', async () => {
    const { done, handlers } = world((what) => what.startsWith('append bad'))
    const { warnings } = await go(
      atEnds((epoch) => [appendRow('bad', `${epoch}`), appendRow('good', `${epoch}`)]),
      handlers,
      { n: 6 },
    )
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/AppendRow 'bad'.*Tried 3 times; switched off/)
    expect(done).toHaveLength(6)
  })
  it('switches an observer off that takes too long, and lets it run twice never', async () => {
    vi.useFakeTimers()
    try {
      const { handlers } = world()
      let calls = 0
      const hang = () => () => {
        calls += 1
        return new Promise<never>(() => undefined)
      }
      const policy = atEnds((epoch) => [appendRow('stuck', `${epoch}`), log('on')])
      const ending = go(policy, { ...handlers, AppendRow: hang }, { n: 4, failures: { timeout: 500 } })
      await vi.advanceTimersByTimeAsync(500)
      const { warnings, lines } = await ending
      expect(warnings).toEqual([
        expect.stringMatching(/AppendRow 'stuck'.* it took longer than 500 ms \(failures\.timeout\)/),
      ])
      expect(calls).toBe(1)
      expect(JSON.stringify(lines)).toContain('CommandFailed')
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
  it('keeps no more than a thousand commands waiting for another try', async () => {
    const { handlers } = world((what) => what.startsWith('append'))
    const rows = Array.from({ length: 700 }, (_, i) => appendRow('log', `${i}`))
    const { warnings, driver } = await go(
      atEnds(() => rows),
      handlers,
      { n: 4, failures: { attempts: 1e9 } },
    )
    await driver.finish()
    expect(warnings[0]).toMatch(/AppendRow log: 1800 commands were dropped: more than 1000 waited/)
    expect(warnings[1]).toMatch(/Not done when training ended: 1000 such/)
  })
  it('counts one attempt an event, however many rows it asks for', async () => {
    const { handlers } = world((what) => what.startsWith('append'))
    const policy = atEnds(() => [appendRow('log', 'a'), appendRow('log', 'b'), appendRow('log', 'c')])
    const { warnings } = await go(policy, handlers, { n: 1 })
    expect(warnings).toEqual([])
  })
  it('says at the end what was not done, after trying once more', async () => {
    let calls = 0
    const { done, handlers } = world((what) => what.startsWith('append') && (calls += 1) <= 1)
    const once = await go(
      atEnds((epoch) => (epoch === 2 ? appendRow('log', 'x') : [])),
      handlers,
    )
    await once.driver.finish()
    expect(done).toEqual(['append log x'])
    const broken = world((what) => what.startsWith('append'))
    const never = await go(
      atEnds((epoch) => (epoch === 2 ? appendRow('log', 'x') : [])),
      broken.handlers,
    )
    await never.driver.finish()
    expect(never.warnings[0]).toMatch(/AppendRow 'log'.*Not done when training ended: 1 such/)
  })
  it('says at the end which pictures could not be drawn, though another came about', async () => {
    const { handlers } = world()
    const draw: Command = {
      by: 'visualize',
      _tag: 'Draw',
      drawing: 'confusionMatrix',
      title: '',
      name: 'd',
      batchSize: 1,
      path: 'p.png',
    }
    for (const failing of [[0], [1], [0, 1]]) {
      let calls = 0
      const { warnings, driver } = await go(
        atEnds(() => draw),
        {
          ...handlers,
          Draw: (_: Command) => () =>
            failing.includes(calls++)
              ? Promise.reject(new Error('no colours'))
              : Promise.resolve({ _tag: 'Right' as const, right: [] }),
        },
        { n: 2 },
      )
      expect(warnings).toEqual([])
      await driver.finish()
      await driver.finish()
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toMatch(`no colours. Not done, and too late now: ${failing.length} such.`)
    }
  })
  it('takes a Left of any kind for a failure, and nonsense too', async () => {
    const { handlers } = world()
    const left = {
      ...handlers,
      SaveModel: () => async () => ({ _tag: 'Left', left: 'disk full' }),
    } as unknown as Handlers
    await expect(
      go(
        atEnds(() => saveModel('m')),
        left,
      ),
    ).rejects.toThrow(/SaveModel 'm'.*disk full/)
    const nonsense = { ...handlers, SaveModel: () => Promise.resolve() } as unknown as Handlers
    await expect(
      go(
        atEnds(() => saveModel('m')),
        nonsense,
      ),
    ).rejects.toThrow(/must give a TaskEither/)
  })
  it('leaves the rate as it was when setting it failed', async () => {
    const { done, handlers } = world((what) => what === 'rate 99')
    const rates = [99, 0.5, 0.25]
    await go(
      atEnds((epoch) => (epoch === 1 ? reduceLR(0.5) : setLR(rates[epoch] as number))),
      handlers,
      {
        failures: { steering: 'warn' },
      },
    )
    expect(done).toEqual(['rate 0.5', 'rate 0.125'])
  })
  it('fails the run when an observer fails, if told to', async () => {
    const { handlers } = world((what) => what.startsWith('append'))
    await expect(
      go(
        atEnds(() => appendRow('log', 'x')),
        handlers,
        { failures: { observing: 'fail' } },
      ),
    ).rejects.toThrow(/AppendRow 'log'/)
  })
  it('treats a failing Run as steering, unless it only observes', async () => {
    const boom = () => {
      throw new Error('boom')
    }
    const { handlers } = world()
    await expect(
      go(
        atEnds(() => run('mine', boom)),
        handlers,
      ),
    ).rejects.toThrow(/Run.*boom/)
    const { warnings } = await go(
      atEnds(() => run('mine', boom, { observes: true })),
      handlers,
      { n: 5 },
    )
    expect(warnings).toHaveLength(1)
  })
  it('says which handler is missing, with the nearest name', async () => {
    const { handlers } = world()
    const policy = atEnds(() => ({ _tag: 'StopTrainin' }) as unknown as Command)
    await expect(go(policy, handlers)).rejects.toThrow(/no handler.*did you mean 'StopTraining'/)
  })
  it('carries out commands of your own by handlers of your own', async () => {
    const { handlers } = world()
    const pages: Array<string> = []
    const extended = {
      ...handlers,
      Page:
        ({ text }: { readonly text: string }) =>
        async () => {
          pages.push(text)
          return E.right([])
        },
    }
    await go(
      atEnds(() => ({ _tag: 'Page', text: 'hello' }) as unknown as Command),
      extended as Handlers,
      { n: 1 },
    )
    expect(pages).toEqual(['hello'])
  })
  it('ends a conversation of policies with themselves', async () => {
    const { handlers } = world()
    const policy = all(
      atEnds(() => saveModel('m')),
      on('Saved', () => saveModel('m')),
    )
    await expect(go(policy, handlers, { n: 1 })).rejects.toThrow(/answer each other without end/)
  })
  it('names the policy that throws, and records the event it threw at', async () => {
    const { handlers } = world()
    const policy = all(
      atEnds(() => stopTraining()),
      on('EpochEnd', () => {
        throw new Error('oops')
      }),
    )
    await expect(go(policy, handlers)).rejects.toThrow("policy 'on' failed at EpochEnd of epoch 0 (0-based): oops")
  })
  it('lists what steers as decisions, with author and grounds', async () => {
    const { handlers } = world()
    const { driver } = await go(
      all(
        emit(stopTraining('two'))(everyN(2)),
        atEnds(() => log('x')),
      ),
      handlers,
    )
    expect(driver.decisions).toEqual([
      {
        epoch: 1,
        batch: null,
        step: 0,
        command: { _tag: 'StopTraining', reason: 'two' },
        by: 'everyN',
        why: { epochs: 2 },
        validity: 'exact',
      },
    ])
  })
})

describe('commands on gradients', () => {
  it('are carried out, and norms come back as an event', async () => {
    const { done, handlers } = world()
    const heard: Array<unknown> = []
    const policy = all(
      on('TrainBegin', () => [setGradientClipping('norm', 1), trackGradientNorms('n', { every: 2 })]),
      on('EpochEnd', () => reportGradientNorms('n')),
      on('Evaluated', ({ name, logs }) => void heard.push([name, logs])),
    )
    const { driver } = await go(policy as Policy<never>, handlers, { n: 1 })
    expect(done).toEqual(['clip norm 1', 'norms n 2 global false', 'tell n'])
    expect(heard).toEqual([['n', { n: 2 }]])
    // to look is to decide nothing
    expect(driver.decisions.map(({ command }) => command._tag)).toEqual(['SetGradientClipping'])
  })
})

describe('summaries', () => {
  it('are written of what commands hold, and of weights', async () => {
    const { done, handlers } = world()
    const png = btoa('png')
    const policy = on('EpochEnd', () => [
      writeScalar('logs', 'gap', 0.5, 7),
      writeText('logs', 'notes', 'fine', 7),
      writeGraph('logs'),
      writeHistogram('logs', 'own', [1, 2], 7),
      writeHistogram('logs', 'histogram', 'weights', 7),
      keepGradients(),
      writeHistogram('logs', 'gradient', 'gradients', 7),
      writeImage('logs', 'own', { png }, 7),
      writeImage('logs', 'image', 'weights', 7),
    ])
    await go(policy as Policy<never>, handlers, { n: 1 })
    expect(done).toEqual([
      'scalar logs gap 0.5 7',
      'text notes fine',
      'graph keras {}',
      'histogram own 1 2',
      'histogram a/histogram 0 1',
      `histogram b/histogram ${Array(16).fill(0).join(' ')}`,
      'keep gradients',
      'histogram a/gradient 3 4',
      'image own 1',
      // a kernel of four dimensions is no image
      'image a/image 1',
    ])
  })
  it('are written of hyperparameters and embeddings', async () => {
    const { done, handlers } = world()
    const policy = on('TrainBegin', () => [
      writeHParams('logs', { rate: 0.1 }, [{ tag: 'epoch_loss', group: 'train' }]),
      writeHParamsEnd('logs', 'failure'),
      writeEmbeddings('logs'),
      writeEmbeddings('logs', 'all.tsv'),
      writeEmbeddings('logs', { words: 'words.tsv' }),
    ])
    await go(policy as Policy<never>, handlers, { n: 1 })
    const vectors = { name: 'words', vectors: [[0.5], [1]] }
    expect(done).toEqual([
      'hparams logs {"hparams":{"rate":0.1},"metrics":[{"tag":"epoch_loss","group":"train"}]}',
      'hparams end failure',
      ...[vectors, { ...vectors, metadataPath: 'all.tsv' }, { ...vectors, metadataPath: 'words.tsv' }].map(
        (embedding) => `projector logs ${JSON.stringify([embedding])}`,
      ),
    ])
    const { warnings } = await go(
      on('TrainBegin', () => writeEmbeddings('logs', { word: 'w.tsv' })),
      world().handlers,
    )
    expect(warnings.join()).toContain("no Embedding layer is called 'word' (did you mean 'words'?); there is words")
  })
  it('are written of what was timed', async () => {
    const { done, handlers } = world()
    const policy = on('TrainBegin', () => [startProfile(), writeProfile('logs', 'profile', 7)])
    await go(policy as Policy<never>, handlers, { n: 1 })
    expect(done[0]).toBe('profile')
    const table = done[1] ?? ''
    expect(table.startsWith('text profile 3 operations, 4.500 ms\n\n')).toBe(true)
    expect(table.split('\n').slice(4, 6)).toEqual([
      '| MatMul | 1 | 3.000 | 66.7 | 1.000 |',
      '| Add | 2 | 1.500 | 33.3 | 0.000 |',
    ])
    const [at, trace] = [(done[2] ?? '').indexOf('{'), done[2] ?? '']
    const { traceEvents } = JSON.parse(trace.slice(at)) as {
      readonly traceEvents: ReadonlyArray<{ readonly name: string; readonly ts: number; readonly dur: number }>
    }
    expect(trace).toMatch(/^append logs\/profile-7\.trace\.json /)
    expect(traceEvents.map(({ name, ts, dur }) => [name, ts, dur])).toEqual([
      ['Add', 0, 1000],
      ['MatMul', 1000, 3000],
      ['Add', 4000, 500],
    ])
  })
})
