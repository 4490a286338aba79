import { basename } from 'node:path'
import { mkdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { run, type Result } from '../../src/cli/run.js'
import { readLog } from 'rxfit/logs'
import { temporary } from '../logs/temp.js'
import { describeShared, shared } from '../shared.js'

const { file, folder } = temporary()

const log = file('epoch,loss,val_loss\n0,3,3\n1,2,2\n2,1,2.5\n3,0.5,2.25\n4,0.25,nan\n', 'log.csv')
const short = file('epoch,val_loss\n0,3\n1,2\n', 'short.csv')
const json = (callbacks: unknown, name?: string): string =>
  file(typeof callbacks === 'string' ? callbacks : JSON.stringify(callbacks), name ?? `${Math.random()}.json`)
const stopping = json([{ earlyStopping: { patience: 2, restoreBestWeights: true } }], 'callbacks.json')

const answer = async (...args: ReadonlyArray<string>): Promise<string> => {
  const { code, stdout, stderr } = await run(args)
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return stdout
}

const answerJson = async (...args: ReadonlyArray<string>) =>
  JSON.parse(await answer(...args, '--json')) as Record<string, never>

/** Nothing on stdout, code 2, and so many lines on stderr. */
const refusal = (result: Result, lines = 1): string => {
  expect(result).toMatchObject({ code: 2, stdout: '' })
  expect(result.stderr.trimEnd().split('\n')).toHaveLength(lines)
  expect(result.stderr).toMatch(/^(rxfit: .*\n)+$/)
  expect(result.stderr).not.toMatch(/ {4}at |node:internal/)
  return result.stderr
}

describe('replay', () => {
  it('answers in JSON for one log', async () => {
    expect(await answerJson('replay', log, '--callbacks', stopping)).toEqual({
      log: { path: log, format: 'keras-csv', epochs: 5, metrics: ['loss', 'val_loss'] },
      decisions: expect.arrayContaining([
        {
          epoch: 3,
          batch: null,
          step: 0,
          command: { _tag: 'StopTraining', reason: 'val_loss has not improved for 2 epochs' },
          by: 'earlyStopping',
          why: { observed: 2.25, best: 2, bestEpoch: 1, wait: 2, patience: 2 },
          validity: 'exact',
        },
      ]) as unknown,
      outcome: {
        epochsRun: 4,
        stoppedEpoch: 3,
        reason: 'val_loss has not improved for 2 epochs',
        bestEpoch: 1,
        restoredEpoch: 1,
        learningRates: [1, 1, 1, 1],
        saves: [],
        verdict: 'exact',
        divergedAt: null,
      },
      notes: expect.arrayContaining(["epoch: column 'epoch', 0 to 4"]) as unknown,
    })
  })

  it('answers for several logs, in their order', async () => {
    const { replays } = (await answerJson('replay', log, short, '-c', stopping)) as unknown as {
      replays: ReadonlyArray<{ log: { path: string }; outcome: { verdict: string } }>
    }
    expect(replays.map((r) => [r.log.path, r.outcome.verdict])).toEqual([
      [log, 'exact'],
      [short, 'censored'],
    ])
  })

  it('spells out what JSON cannot hold', async () => {
    const callbacks = json([{ earlyStopping: { patience: 3 } }])
    const { decisions } = (await answerJson('replay', log, '-c', callbacks)) as unknown as {
      decisions: ReadonlyArray<{ why: object }>
    }
    expect(decisions.at(-1)?.why).toMatchObject({ observed: 'NaN', wait: 3 })
  })

  it('shows people decisions, reasons, validity and verdict', async () => {
    const text = await answer('replay', log, short, '-c', stopping)
    expect(text).toMatch(/3 +stop: val_loss has not improved for 2 epochs +earlyStopping +observed 2.25.* exact/)
    expect(text).toContain('verdict        exact')
    expect(text).toContain('verdict        censored')
    expect(text).toContain("note: epoch: column 'epoch', 0 to 4")
  })

  it('tries another learning rate', async () => {
    const callbacks = json([{ reduceLROnPlateau: { patience: 1, factor: 0.5 } }])
    const { outcome } = (await answerJson('replay', log, '-c', callbacks, '--learning-rate', '0.1')) as unknown as {
      outcome: { learningRates: ReadonlyArray<number> }
    }
    expect(outcome.learningRates).toEqual([0.1, 0.1, 0.05, 0.025, 0.0125])
  })

  it('counts batches', async () => {
    const callbacks = json([{ modelCheckpoint: { filepath: 'm{epoch}', saveFreq: 3 } }])
    const { outcome } = (await answerJson('replay', log, '-c', callbacks, '--batches-per-epoch', '2')) as unknown as {
      outcome: { saves: ReadonlyArray<unknown> }
    }
    expect(outcome.saves).toHaveLength(3)
  })

  it('prints nothing of the first log if the second fails', async () => {
    expect(refusal(await run(['replay', log, `${folder}/nope.csv`, '-c', stopping]))).toContain(
      'nope.csv: no such file',
    )
  })

  it('says which metric the log does not have', async () => {
    const callbacks = json([{ earlyStopping: { monitor: 'val_los', mode: 'min' } }])
    const line = refusal(await run(['replay', log, '-c', callbacks]))
    expect(line).toContain(`rxfit: ${log}: policy 'earlyStopping(val_los)'`)
    expect(line).toContain("did you mean 'val_loss'?")
  })

  it('names the line of a broken log', async () => {
    const broken = file('epoch,val_loss\n0,1\n1\n', 'broken.csv')
    expect(refusal(await run(['replay', broken, '-c', stopping]))).toContain(`${broken}:3: 1 cell, expected 2`)
  })
})

describe('--dialect', () => {
  const poisoned = file('epoch,val_loss\n0,nan\n1,1\n2,0.5\n', 'poisoned.csv')
  const epochsRun = async (callbacks: unknown, ...more: ReadonlyArray<string>): Promise<number> => {
    const { outcome } = (await answerJson('replay', poisoned, '-c', json(callbacks), ...more)) as unknown as {
      outcome: { epochsRun: number }
    }
    return outcome.epochsRun
  }

  it('holds for callbacks that do not say their own', async () => {
    // in Keras 3 a NaN in the first epoch is the best value, and nothing beats it
    expect(await epochsRun([{ earlyStopping: { patience: 1 } }])).toBe(3)
    expect(await epochsRun([{ earlyStopping: { patience: 1 } }], '--dialect', 'keras3')).toBe(2)
    expect(await epochsRun([{ earlyStopping: { patience: 1, dialect: 'rxfit' } }], '--dialect', 'keras3')).toBe(3)
    const spec = { kind: 'all', children: [{ kind: 'earlyStopping', options: { patience: 1 } }] }
    expect(await epochsRun(spec, '--dialect', 'keras3')).toBe(2)
  })

  it('is known to every callback that is said to have one', async () => {
    const callbacks = json([
      { earlyStopping: {} },
      { reduceLROnPlateau: {} },
      { modelCheckpoint: { filepath: 'm' } },
      { terminateOnNaN: {} },
      { learningRateScheduler: { schedule: { constant: { value: 1 } } } },
    ])
    await answer('replay', log, '-c', callbacks, '--dialect', 'tfkeras2')
  })

  it('must be one there is, and is refused with a module', async () => {
    expect(refusal(await run(['replay', log, '-c', stopping, '--dialect', 'keras']))).toContain(
      "did you mean 'keras3'?",
    )
    const module = file("import { idle } from 'rxfit'\nexport default idle\n", 'idle.ts')
    expect(refusal(await run(['replay', log, '-c', module, '--dialect', 'keras3']))).toContain(
      'has already built its policy',
    )
  })
})

describe('callbacks in JSON', () => {
  it.each<[string, string, string]>([
    [
      'a comma too many',
      '[\n  {"earlyStopping": {"patience": 3,}}\n]',
      ':2:36: not valid JSON: expected a key in double quotes',
    ],
    [
      'an end too early',
      '[{"earlyStopping": {}',
      ":1:22: not valid JSON: expected ',' or '}', found the end of the file",
    ],
    ['text behind it', '[]\n]', ':2:1: not valid JSON: expected nothing more'],
    ['single quotes', "[{'a': 1}]", ':1:3: not valid JSON: expected a key in double quotes'],
    ['NaN', '[{"earlyStopping": {"minDelta": NaN}}]', ':1:33: not valid JSON: expected a value'],
    ['a key that is there twice', '[{"a": 1, "a": 2}]', ':1:11: not valid JSON: key "a" is there twice'],
    ['a prototype', '[{"earlyStopping": {"__proto__": {}}}]', ':1:21: not valid JSON: key "__proto__" is not allowed'],
    ['an escaped prototype', '[{"\\u005f_proto__": {}}]', ':1:3: not valid JSON: key'],
    ['too many levels', '['.repeat(5000), ':1:202: not valid JSON: expected no more than 200 levels'],
    ['a number too large', '[{"earlyStopping": {"patience": 1e400}}]', ':1:33: not valid JSON: 1e400 is larger than'],
    ['a number', '3', ': expected a list such as'],
    ['nothing', ' \n', ': is empty'],
    ['a list of numbers', '[3]', ':1:2: [0]: must be an object, got 3'],
    ['two keys in one object', '[{"a": {}, "b": {}}]', ':1:2: [0]: must have one key'],
    ['a part', '{"monitor": {"metric": "loss"}}', ':1:1: spec: must be a policy'],
    [
      'a function',
      '[{"on": {"event": "EpochEnd", "f": {"$function": "f"}}}]',
      ":1:31: [0].on.f: is a function, which JSON can't hold",
    ],
  ])('%s', async (_, text, message) => {
    const path = json(text)
    expect(refusal(await run(['explain', path]))).toContain(`rxfit: ${path}${message}`)
  })

  it('every problem has its line', async () => {
    const path = json('[\n  {"earlyStopping": {"patience": -1, "monitr": "x"}},\n  {"earlyStoping": {}}\n]')
    const lines = refusal(await run(['explain', path]), 3)
    expect(lines).toContain(`${path}:2:22: [0].earlyStopping.patience: must be 0 or more, got -1`)
    expect(lines).toContain(`${path}:2:38: [0].earlyStopping.monitr: unknown option (did you mean 'monitor'?)`)
    expect(lines).toContain(`${path}:3:4: [1].earlyStoping: unknown name (did you mean 'earlyStopping'?)`)
  })

  it('may begin with a byte order mark', async () => {
    expect(await answer('explain', json('\uFEFF[{"terminateOnNaN": {}}]'))).toBe('all\n└─ terminateOnNaN\n')
  })
})

describe('callbacks in a module', () => {
  const imports = "import { earlyStopping, reduceLROnPlateau, stopIf } from 'rxfit'\n"
  it.each([
    ['ts.ts', `${imports}const patience: number = 2\nexport default earlyStopping({ patience })`],
    ['mts.mts', `${imports}export default earlyStopping({ patience: 2 } satisfies object)`],
    ['js.js', `${imports}export default earlyStopping({ patience: 2 })`],
    ['mjs.mjs', `${imports}export default await Promise.resolve(earlyStopping({ patience: 2 }))`],
    ['cjs.cjs', "const { earlyStopping } = require('rxfit')\nmodule.exports = earlyStopping({ patience: 2 })"],
    ['default.cjs', "const { earlyStopping } = require('rxfit')\nexports.default = earlyStopping({ patience: 2 })"],
    ['cts.cts', "import rxfit = require('rxfit')\nexport = rxfit.earlyStopping({ patience: 2 })"],
  ])('%s', async (name, text) => {
    expect(await answer('explain', file(text, name))).toBe('earlyStopping patience=2\n')
  })

  it('may export a promise', async () => {
    const path = file(`${imports}export default Promise.resolve(earlyStopping())`, 'promise.mjs')
    expect(await answer('explain', path)).toBe('earlyStopping\n')
  })

  it('may export a list', async () => {
    const path = file(`${imports}export default [earlyStopping(), reduceLROnPlateau()]`, 'list.ts')
    expect(await answer('explain', path)).toBe('all\n├─ earlyStopping\n└─ reduceLROnPlateau\n')
  })

  it('may use all that belongs to rxfit, wherever it lies', async () => {
    file('export const patience = 1', 'beside.ts')
    const text = `import { pipe } from 'fp-ts/lib/function.js'
      import { filter, map } from 'rxjs'
      import { all, emit, everyN, fromOperator, stopTraining, log } from 'rxfit'
      import { fromEpochs } from 'rxfit/logs'
      import { replay } from 'rxfit/replay'
      import { firings } from 'rxfit/testing'
      import { patience } from './beside'
      replay(pipe(everyN(patience), emit(stopTraining())), fromEpochs([{}]))
      firings(everyN(1), [{}])
      const late = fromOperator('late', (e$) => e$.pipe(filter((e) => e._tag === 'EpochEnd' && e.epoch === 2), map(() => stopTraining('late'))))
      export default all(late, pipe(everyN(2), emit(log('hello'))))`
    const { outcome } = (await answerJson('replay', log, '-c', file(text, 'rich.ts'))) as unknown as {
      outcome: { stoppedEpoch: number }
    }
    expect(outcome.stoppedEpoch).toBe(2)
  })

  it.each<[string, string, string]>([
    ['rejected.mjs', "export default Promise.reject(new Error('no'))", 'is a promise that was rejected: no'],
    ['promises.mjs', 'export default [Promise.resolve(1)]', 'must be a policy, got a promise: await it'],
    ['proxy.mjs', "export default new Proxy(() => {}, { get() { throw new Error('trap') } })", "can't be read: trap"],
    ['object.mjs', 'throw { a: 1 }', 'can\'t be loaded: threw {"a":1}'],
    ['colour.mjs', "throw new Error('\\x1b[31mred\\x07')", "can't be loaded: red\n"],
    ['throws.ts', "throw new Error('boom\\nand more')", "can't be loaded: boom and more"],
    ['null.ts', 'throw null', "can't be loaded: threw null"],
    ['none.ts', 'export const policy = 1', "has no default export, expected 'export default'"],
    ['number.ts', 'export default 3', 'must be a policy or a list of policies, got a number'],
    ['uncalled.ts', `${imports}export default earlyStopping`, 'did you mean to call it?'],
    ['trigger.ts', "import { everyN } from 'rxfit'\nexport default everyN(2)", 'got a trigger'],
    [
      'mixed.ts',
      `${imports}export default [earlyStopping(), 3]`,
      'item 1 of its default export must be a policy, got a number',
    ],
    ['syntax.ts', 'export default {', 'syntax.ts:'],
    ['missing.ts', "import './nowhere.js'", "Cannot find module './nowhere.js'"],
    [
      'options.ts',
      `${imports}export default earlyStopping({ patience: -1 })`,
      'earlyStopping.patience: must be 0 or more, got -1',
    ],
    ['names.ts', "import { earlyStoping } from 'rxfit'\nexport default earlyStoping()", 'earlyStoping'],
    ['callbacks.yaml', '- a', "unknown kind of callbacks file '.yaml'"],
  ])('refuses %s', async (name, text, message) => {
    const path = file(text, name)
    const line = refusal(await run(['explain', path]))
    expect(line).toContain(`rxfit: ${path}: `)
    expect(line).toContain(message)
  })

  it('that throws while it decides is named with its log', async () => {
    const path = file(`${imports}export default stopIf((e) => e.logs.val_los > 1)`, 'predicate.ts')
    const line = refusal(await run(['replay', log, '-c', path]))
    expect(line).toContain(log)
    expect(line).toContain("did you mean 'val_loss'?")
  })

  it('must be there', async () => {
    expect(refusal(await run(['explain', `${folder}/nowhere.ts`]))).toContain('nowhere.ts: no such file')
    expect(refusal(await run(['explain', folder]))).toContain('is a directory')
  })
})

describe('inspect', () => {
  it('says what is in a log', async () => {
    const text = await answer('inspect', log)
    expect(text).toContain('format         keras-csv')
    expect(text).toContain('epochs         5 (0 to 4, from 0)')
    expect(text).toMatch(/val_loss +3 +NaN +2 +3 +1 {2}█▁▅▃×/)
    expect(text).toContain('learning rate  not in the log')
  })
  it('in JSON, for one and for several', async () => {
    const one = await answerJson('inspect', log)
    expect(one).toMatchObject({ path: log, format: 'keras-csv', epochs: 5, end: 'unknown', learningRate: null })
    expect((one['metrics'] as unknown as ReadonlyArray<unknown>)[1]).toEqual({
      name: 'val_loss',
      measured: 5,
      first: 3,
      last: 'NaN',
      min: 2,
      max: 3,
      direction: 'min',
      bestEpoch: 1,
    })
    expect((await answerJson('inspect', log, short))['logs']).toHaveLength(2)
  })
})

describe('how logs are read', () => {
  const text = file('step 1 loss 3\nstep 2 loss 2\nstep 1 loss 5\nstep 2 loss 4\n', 'steps.txt')
  const pattern = ['--pattern', 'step {step} loss {loss}']
  it('by a pattern, and one run of several', async () => {
    const last = await answerJson('inspect', text, ...pattern)
    expect(last).toMatchObject({ format: 'text', epochs: 2, unit: 'row', rows: 2, metrics: [{ first: 5 }] })
    expect(await answerJson('inspect', text, ...pattern, '--segment', '1')).toMatchObject({ metrics: [{ first: 3 }] })
    const replayed = await answerJson('replay', text, '-c', json([{ earlyStopping: { monitor: 'loss' } }]), ...pattern)
    expect(replayed['log']).toMatchObject({ format: 'text', epochs: 2 })
  })
  it('by a format, and by what counts as an epoch', async () => {
    const path = file('step,loss,val_loss\n1,3,\n2,2,4\n', 'unit.csv')
    expect(await answerJson('inspect', path)).toMatchObject({ unit: 'evaluation', epochs: 1 })
    expect(await answerJson('inspect', path, '--unit', 'row', '--format', 'table')).toMatchObject({ epochs: 2 })
    expect(await answer('inspect', path)).toContain('1 (0 to 0, from 0), each an evaluation, of 2 rows')
  })
  it('from folders, and what is no log there is said', async () => {
    const root = `${folder}/runs`
    mkdirSync(root)
    file('epoch,loss\n0,1\n', 'runs/a.csv')
    file('{"step":1,"loss":2}\n', 'runs/b.jsonl')
    file('hello\n', 'runs/c.txt')
    expect((await answerJson('inspect', root))['logs']).toHaveLength(2)
    expect(await answer('inspect', root)).toContain(`no logs, passed over: ${root}/c.txt`)
    expect(await answer('replay', root, '-c', json([{ earlyStopping: { monitor: 'loss' } }]))).toContain(
      'b.jsonl: jsonl, 1 epoch',
    )
  })
  it.each<[string, ReadonlyArray<string>, string]>([
    ['another segment', ['--segment', '0'], "Expected 'last', 'joined' or a whole number from 1"],
    ['another unit', ['--unit', 'batch'], 'Allowed choices are epoch, evaluation, row'],
    ['another format', ['--format', 'keras-cvs'], "did you mean 'keras-csv'?"],
  ])('not by %s', async (_, args, message) => {
    expect(refusal(await run(['inspect', log, ...args]))).toContain(message)
  })
})

describe('names of a file', () => {
  const odd = file('epoch,\u001b[31mloss\u009b1m\u0007\n0,1\n', 'odd.csv')
  // eslint-disable-next-line no-control-regex -- what is tested
  const steering = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/
  it('steer no terminal', async () => {
    expect(await answer('inspect', odd)).toMatch(/^loss +1 /m)
    for (const text of [await answer('inspect', odd), await answer('inspect', odd, '--json')])
      expect(text).not.toMatch(steering)
    expect((await run(['inspect', `${folder}/\u001b[31m`])).stderr.trim()).not.toMatch(steering)
  })
  it('are whole in JSON', async () =>
    expect((await answerJson('inspect', odd))['metrics']).toMatchObject([{ name: '\u001b[31mloss\u009b1m\u0007' }]))
})

describe('explain', () => {
  it('prints no callbacks file where a function is inside, and that is said when it is given back', async () => {
    const path = file("import { stopIf } from 'rxfit'\nexport default stopIf(() => true, 'x')", 'function.mjs')
    const spec = await answer('explain', path, '--json')
    expect(refusal(await run(['explain', json(spec)]))).toContain("is a function, which JSON can't hold")
  })
  it('says when a file is UTF-16', async () => {
    const path = file(Uint8Array.from(Buffer.from('\uFEFF[]', 'utf16le')), 'utf16.json')
    expect(refusal(await run(['explain', path]))).toContain(`${path}: is UTF-16 text, expected UTF-8`)
  })
  it('says why a path cannot be read', async () =>
    expect(refusal(await run(['explain', `${log}/x.json`]))).toContain(
      "x.json: can't be read (ENOTDIR: not a directory)",
    ))

  it('prints a callbacks file that says the same', async () => {
    const spec = await answer('explain', stopping, '--json')
    expect(await answer('explain', json(spec))).toBe(await answer('explain', stopping))
  })
})

describe('usage', () => {
  it.each<[string, ReadonlyArray<string>, string]>([
    ['no command', [], 'expected a command: replay, sweep, compare, gate, inspect, watch, explain or lint'],
    ['another command', ['replai'], 'Did you mean replay?'],
    ['no log', ['inspect'], "missing required argument 'logs'"],
    ['no callbacks', ['replay', log], "required option '-c, --callbacks <file>' not specified"],
    ['another option', ['inspect', log, '--jsn'], "unknown option '--jsn'"],
    ['a rate that is none', ['replay', log, '-c', stopping, '--learning-rate', '1e'], 'Expected a number from 0'],
    ['no batches', ['replay', log, '-c', stopping, '--batches-per-epoch', '0'], 'Expected a whole number from 1'],
    ['two files', ['explain', stopping, stopping], 'too many arguments'],
  ])('%s', async (_, args, message) => {
    expect(refusal(await run(args))).toContain(message)
  })

  it.each([['--help'], ['replay', '--help'], ['inspect', '--help'], ['explain', '--help'], ['help', 'replay']])(
    'help with an example: %s %s',
    async (...args) =>
      expect(await answer(...args.filter((arg) => arg !== undefined))).toContain('Examples:\n  rxfit '),
  )
  it('version', async () => expect(await answer('--version')).toMatch(/^\d+\.\d+\.\d+\n$/))
})

describeShared('a recorded run', () => {
  /** Keras' EarlyStopping for a metric that should fall, written out: first improvement in epoch 0, stops from epoch 1 on. */
  const keras = (values: ReadonlyArray<number>, patience: number) => {
    let [best, bestEpoch, wait] = [Infinity, 0, 0]
    for (const [epoch, value] of values.entries()) {
      wait += 1
      if (value < best) [best, bestEpoch, wait] = [value, epoch, 0]
      else if (wait >= patience && epoch > 0)
        return { stoppedEpoch: epoch, bestEpoch, epochsRun: epoch + 1, verdict: 'exact' }
    }
    return { stoppedEpoch: null, bestEpoch, epochsRun: values.length, verdict: 'censored' }
  }

  it.each(Array.from({ length: 21 }, (_, patience) => patience))(
    'stops where Keras would, patience %i',
    async (patience) => {
      const path = shared('logs/keras_csv/oarriaga_gender.csv')
      const values = (await readLog(path)).events.flatMap((e) =>
        e._tag === 'EpochEnd' ? [e.logs['val_loss'] as number] : [],
      )
      const { outcome } = await answerJson('replay', path, '-c', json([{ earlyStopping: { patience } }]))
      expect(outcome).toMatchObject(keras(values, patience))
    },
  )
})

describe('sweep', () => {
  const curve = (values: ReadonlyArray<number>, name: string): string =>
    file(`epoch,loss,val_loss\n${values.map((x, i) => `${i},1,${x}`).join('\n')}\n`, name)
  const runs = [curve([5, 4, 4.5, 3, 3.5, 3.25], 'sweep1.csv'), curve([2, 1, 1.5, 1.25, 1.75, 1.5], 'sweep2.csv')]
  const restoring = json([{ earlyStopping: { restoreBestWeights: true } }], 'sweep.json')
  const sweep = ['sweep', ...runs, '-c', restoring, '-j', 'val_loss', '-g', 'earlyStopping.patience=1..3']

  it('answers in JSON', async () => {
    const found = (await answerJson(...sweep)) as unknown as {
      policies: ReadonlyArray<{ epochs: number; regret: number; verdicts: object; runs: ReadonlyArray<object> }>
      choice: object
      front: ReadonlyArray<number>
    }
    expect(found.policies.map(({ epochs, regret }) => [epochs, regret])).toEqual([
      [3, 0.5],
      [5, 0],
      [5, 0],
    ])
    expect(found.policies[2]?.verdicts).toEqual({ exact: 1, diverged: 0, censored: 1, unjudged: 0 })
    expect(found.policies[0]?.runs[1]).toMatchObject({ stoppedEpoch: 2, keptEpoch: 1, regret: 0, verdict: 'exact' })
    expect(found.choice).toMatchObject({ policy: 1 })
  })
  it('refuses a log that is named twice', async () => {
    const again = `${folder}/../${basename(folder)}/sweep1.csv`
    expect(refusal(await run([...sweep.slice(0, 3), again, ...sweep.slice(3)]))).toContain('is given twice')
  })
  it('shows people the front, the choice and what it is worth', async () => {
    const text = await answer(...sweep)
    expect(text).toMatch(/^3 policies on 2 runs of 12 epochs, judged by val_loss \(min\)\n/)
    expect(text).toMatch(/\* {2}earlyStopping.patience=2 +5/)
    expect(text).toContain('held out')
    expect(text).toContain('note: 1 of 6 outcomes are censored')
  })
  it('writes CSV', async () => {
    const out = `${folder}/sweep-out.csv`
    await answer(...sweep, '--csv', out)
    const [header, first, ...more] = readFileSync(out, 'utf8').trimEnd().split('\n')
    expect(header).toMatch(/^policy,earlyStopping.patience,epochs,/)
    expect(first).toMatch(/^0,1,3,/)
    expect(more).toHaveLength(2)
    refusal(await run([...sweep, '--csv', `${folder}/nowhere/out.csv`]))
  })
  it('writes a page', async () => {
    const out = `${folder}/sweep-out.html`
    const text = await answer(...sweep, '--html', out)
    const page = readFileSync(out, 'utf8')
    expect(text).toBe(await answer(...sweep))
    expect(page).toContain('3 policies on 2 runs of 12 epochs')
    // epochs against regret, and a curve each run
    expect(page.match(/<svg/g)).toHaveLength(3)
    refusal(await run([...sweep, '--html', `${folder}/nowhere/out.html`]))
  })
  it('varies a module, and takes it as it is without a grid', async () => {
    const module = file(
      "import { all, earlyStopping, stopIf } from 'rxfit'\nexport default all(stopIf(() => false, 'x'), earlyStopping())",
      'sweep.ts',
    )
    const given = ['sweep', ...runs, '-c', module, '-j', 'val_loss']
    expect(await answer(...given, '-g', 'earlyStopping.patience=1,2')).toContain('2 policies on 2 runs')
    expect(await answer(...given)).toContain('1 policy on 2 runs')
    expect(refusal(await run([...given, '-g', 'stopIf.reason=a,b']))).toContain("'stopIf' holds a function")
    expect(refusal(await run([...given, '--workers', '2']))).toContain("can't go to another thread")
  })
  it('comes to the same in threads', async () => {
    expect(await answer(...sweep, '--workers', '2')).toBe(await answer(...sweep, '--workers', '1'))
  })
  it('is told that the runs ended as planned', async () => {
    expect(await answer(...sweep, '--completed')).not.toContain('censored:')
  })
  it('draws at random', async () => {
    const drawn = ['sweep', ...runs, '-c', restoring, '-j', 'val_loss', '-g', 'earlyStopping.minDelta=1e-5..1e-1*']
    const once = await answer(...drawn, '--random', '5', '--seed', '3', '--json')
    expect(await answer(...drawn, '--random', '5', '--seed', '3', '--json')).toBe(once)
    expect(await answer(...drawn, '--random', '5', '--seed', '4', '--json')).not.toBe(once)
    expect(refusal(await run(drawn))).toContain('needs a factor')
  })
  it.each([
    [['-g', 'earlyStoping.patience=1'], "did you mean 'earlyStopping'?"],
    [['-g', 'earlyStopping.patiense=1'], "did you mean 'patience'?"],
    [['-g', 'earlyStopping.patience'], 'expected an option and its values'],
    [['-g', 'earlyStopping.patience=3..1'], 'ends below'],
    [['-g', 'earlyStopping.patience=-1'], 'must be 0 or more'],
    [['-g', 'earlyStopping.patience=1', '-g', 'earlyStopping.patience=2'], 'is there twice'],
    [['--random', '3'], '--random draws from a grid'],
    [['--judge-mode', 'up'], '--judge-mode must be min, max or auto'],
    [['--workers', '0'], 'whole number from 1'],
    [['--bootstrap', 'x'], 'whole number from 0'],
    [['--bootstrap', '100000000'], 'must be 100000 or less'],
    [['-g', 'earlyStopping.patience=1..3', '--random', '300000'], 'from 1 to 200000'],
    [['-g', 'earlyStopping.patience='], 'empty value'],
  ])('refuses %j', async (options, message) => {
    expect(refusal(await run(['sweep', ...runs, '-c', restoring, '-j', 'val_loss', ...options]))).toContain(message)
  })
  it('names the nearest metric for each log, where none has the judge', async () => {
    const lines = refusal(await run(['sweep', ...runs, '-c', restoring, '-j', 'val_los']), 2)
    expect(lines).toMatch(/sweep1.csv: .*did you mean 'val_loss'[^]*sweep2.csv: .*did you mean 'val_loss'/)
  })
  it('needs a judge', async () => {
    expect(refusal(await run(['sweep', ...runs, '-c', restoring]))).toContain("required option '-j, --judge <metric>'")
  })
})
