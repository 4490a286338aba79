import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { csvLogger, on, run, saveModel, tensorBoard, type Command, type Policy } from 'rxfit'
import { readEvents, readLog } from 'rxfit/logs'
import { fit, loadCheckpoint, loadWeights } from 'rxfit/tfjs'
import { run as cli } from '../../src/cli/run.js'
import { backend, line, tf } from './backend.js'

const root = mkdtempSync(join(tmpdir(), 'rxfit-disk-'))
const disk = join(root, 'disk')

const mount = (...args: ReadonlyArray<string>): boolean => spawnSync('mount', args).status === 0

/** A disk of its own, as small as that; false where this user or system can't have one. */
const mountDisk = (): boolean => {
  execFileSync('mkdir', ['-p', disk])
  return process.platform === 'linux' && mount('-t', 'tmpfs', '-o', 'size=128k', 'tmpfs', disk)
}
const unmount = (): void => {
  spawnSync('umount', ['-l', disk])
}

const canMount = mountDisk()
unmount()
if (!canMount) console.warn('tests on a full disk are skipped: a small one can not be mounted here')

afterAll(() => {
  rmSync(root, { recursive: true, force: true })
})

const { x, y } = line(8)
/** Two of them go on the disk at once, the earlier and the one that takes its place. */
const make = () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 3000, inputShape: [1] }), tf.layers.dense({ units: 1 })],
  })
  model.compile({ loss: 'meanSquaredError', optimizer: tf.train.sgd(1e-6) })
  return model
}

/** The first few weights. */
const kernelOf = (model: ReturnType<typeof make>): ReadonlyArray<number> =>
  Array.from(model.getWeights()[0]?.dataSync() ?? []).slice(0, 5)

/** Fills the disk to its last byte, or gives the room back. */
const fill = (): void => {
  try {
    writeFileSync(join(disk, 'filler'), Buffer.alloc(2 ** 20))
  } catch {
    // that is the point
  }
}
const free = (): void => {
  rmSync(join(disk, 'filler'), { force: true })
}

/** Does something at the end of an epoch, before what follows it. */
const at = (epoch: number, task: () => void): Policy<never> =>
  on('EpochBegin', (event) => (event.epoch === epoch ? run('task', task) : undefined))
const atEnds = (f: (epoch: number) => Command): Policy<never> => on('EpochEnd', (event) => f(event.epoch))

const weightsOf = async (
  load: (model: ReturnType<typeof make>) => Promise<unknown>,
): Promise<ReadonlyArray<number>> => {
  const model = make()
  await load(model)
  return kernelOf(model)
}

const message = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'trained',
    (error: unknown) => (error as Error).message,
  )

describe.runIf(canMount)(`a disk that is full, on ${backend}`, () => {
  beforeEach(() => {
    mountDisk()
  })
  afterEach(unmount)

  it.each(['model', 'weights', 'checkpoint'] as const)('leaves the %s that was saved before', async (what) => {
    const path = join(disk, 'saved')
    const load = (model: ReturnType<typeof make>) =>
      what === 'checkpoint' ? loadCheckpoint(tf, model, path) : loadWeights(tf, model, path)
    let first: ReadonlyArray<number> = []
    let saved: ReadonlyArray<string> = []
    const model = make()
    const before = tf.memory().numTensors
    const failed = await message(
      fit(model, x, y, {
        epochs: 3,
        lint: false,
        callbacks: [
          at(1, () => {
            first = kernelOf(model)
            saved = readdirSync(path).sort()
            fill()
          }),
          atEnds(() => saveModel(path, { what })),
        ],
      }),
    )
    expect(failed).toMatch(
      /SaveModel '.*saved'.* at EpochEnd of epoch 1 .*can't be written: the disk is full \(ENOSPC\)/,
    )
    expect(tf.memory().numTensors - before).toBe(0)
    // nothing half written is left, and what was there is whole
    expect(readdirSync(path).sort()).toEqual(saved)
    expect(await weightsOf(load)).toEqual(first)
    // training is intact: with room again, the same model goes on and is saved
    free()
    expect(
      await message(fit(model, x, y, { epochs: 1, lint: false, callbacks: atEnds(() => saveModel(path, { what })) })),
    ).toBe('trained')
    expect(await weightsOf(load)).not.toEqual(first)
  })

  it('costs rows and summaries, and not the fit', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    try {
      const { epoch } = await fit(make(), x, y, {
        epochs: 12,
        lint: false,
        callbacks: [
          csvLogger({ filename: join(disk, 'log.csv') }),
          tensorBoard(join(disk, 'board'), { writeGraph: false }),
          at(4, fill),
        ],
      })
      expect(epoch).toHaveLength(12)
      const warnings = warn.mock.calls.map(([text]) => String(text)).filter((text) => text.includes('disk is full'))
      for (const what of ['AppendRow', 'WriteScalar'])
        expect(warnings.filter((text) => text.includes(what)).length).toBeLessThanOrEqual(1)
    } finally {
      warn.mockRestore()
    }
    free()
    const log = await readLog(join(disk, 'log.csv'))
    expect(log.notes.filter((note) => note.includes('cut off'))).toEqual([])
    expect(log.epochs).toBeGreaterThanOrEqual(4)
    const { series, notes } = readEvents(join(disk, 'board'))
    expect(notes.filter((note) => /cut off|CRC/.test(note))).toEqual([])
    expect(series[0]?.steps.length).toBeGreaterThanOrEqual(4)
  })

  it('ends a fit that is recorded, in words, and the record holds whole lines', async () => {
    const record = join(disk, 'run.jsonl')
    const failed = await message(
      fit(make(), x, y, {
        epochs: 500,
        record,
        lint: false,
        callbacks: [at(2, fill), on('BatchEnd', () => undefined)],
      }),
    )
    expect(failed).toMatch(/run\.jsonl: can't be written: the disk is full \(ENOSPC\)/)
    free()
    expect(readFileSync(record, 'utf8').endsWith('\n')).toBe(true)
    expect((await readLog(record)).epochs).toBeGreaterThanOrEqual(2)
    expect(existsSync(`${record}.lock`)).toBe(false)
  })

  it('leaves the page and the expectation that the command line wrote before', async () => {
    const [log, callbacks, page, expectation] = ['log.csv', 'callbacks.json', 'page.html', 'expect.json'].map((name) =>
      join(disk, name),
    ) as [string, string, string, string]
    writeFileSync(log, 'epoch,loss\n0,1\n1,2\n')
    writeFileSync(callbacks, '[{"earlyStopping": {"monitor": "loss", "patience": 1}}]')
    const html = ['replay', log, '--callbacks', callbacks, '--html', page]
    const update = ['gate', log, '--callbacks', callbacks, '--expect', expectation, '--update']
    for (const args of [html, update]) expect((await cli(args)).code).toBe(0)
    const before = [page, expectation].map((path) => readFileSync(path, 'utf8'))
    fill()
    for (const args of [html, update])
      expect(await cli(args)).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringMatching(/^rxfit: .*disk is full/) as string,
      })
    expect([page, expectation].map((path) => readFileSync(path, 'utf8'))).toEqual(before)
    expect(readdirSync(disk).sort()).toEqual(['callbacks.json', 'expect.json', 'filler', 'log.csv', 'page.html'])
  })

  it('that may only be read says so', async () => {
    const path = join(disk, 'saved')
    const model = make()
    await fit(model, x, y, { epochs: 1, lint: false, callbacks: atEnds(() => saveModel(path)) })
    const first = await weightsOf((other) => loadWeights(tf, other, path))
    mount('-o', 'remount,ro', disk)
    const callbacks = atEnds(() => saveModel(path))
    expect(await message(fit(model, x, y, { epochs: 1, lint: false, callbacks }))).toMatch(
      /the file system is read-only/,
    )
    expect(await message(fit(model, x, y, { epochs: 1, record: join(disk, 'r.jsonl') }))).toMatch(/read-only \(EROFS\)/)
    expect(await weightsOf((other) => loadWeights(tf, other, path))).toEqual(first)
  })
})

describe(`a folder that vanishes, on ${backend}`, () => {
  it('is made anew for models, rows and summaries', async () => {
    const folder = join(root, 'gone')
    const { epoch } = await fit(make(), x, y, {
      epochs: 4,
      lint: false,
      callbacks: [
        at(2, () => {
          rmSync(folder, { recursive: true })
        }),
        csvLogger({ filename: join(folder, 'log.csv') }),
        tensorBoard(join(folder, 'board'), { writeGraph: false }),
        atEnds(() => saveModel(join(folder, 'saved'))),
      ],
    })
    expect(epoch).toHaveLength(4)
    expect((await readLog(join(folder, 'log.csv'))).epochs).toBe(2)
    expect(readEvents(join(folder, 'board')).series[0]?.steps).toEqual([2, 3])
    await loadWeights(tf, make(), join(folder, 'saved'))
  })

  it('with the record in it ends the fit, rather than write into nothing', async () => {
    const folder = join(root, 'recorded')
    const vanish = at(1, () => {
      rmSync(folder, { recursive: true })
    })
    const failed = await message(
      fit(make(), x, y, { epochs: 3, record: join(folder, 'run.jsonl'), lint: false, callbacks: vanish }),
    )
    expect(failed).toMatch(/run\.jsonl: can't be written: it was deleted while it was being written/)
  })
})

describe.runIf(process.platform === 'linux')('a limit of how large a file may be', () => {
  it('leaves the file before it, and whole lines', () => {
    const files = new URL('../../src/sinks/files.ts', import.meta.url).href
    const host = new URL('../../src/sinks/host.node.ts', import.meta.url).href
    const source = `
      import { createJiti } from 'jiti'
      const jiti = createJiti(import.meta.url, { fsCache: false, alias: { '#host': ${JSON.stringify(host)} } })
      const { writeWhole } = await jiti.import(${JSON.stringify(files)})
      const { host } = await jiti.import(${JSON.stringify(host)})
      const says = (error) => console.log(error.message)
      await writeWhole('small', 'one')
      await writeWhole('small', 'x'.repeat(100_000)).catch(says)
      for (let i = 0; i < 100; i += 1) await host.append('rows', 'x'.repeat(99) + '\\n', {}).catch((error) => { if (i === 99) says(error) })
    `
    const folder = mkdtempSync(join(root, 'limit-'))
    const code = `ulimit -f 8; cd '${folder}'; exec '${process.execPath}' --input-type=module`
    const input = source.replace(
      "'jiti'",
      JSON.stringify(new URL('../../node_modules/jiti/lib/jiti.mjs', import.meta.url).href),
    )
    const { stdout } = spawnSync('sh', ['-c', code], { encoding: 'utf8', input })
    expect(stdout.trim().split('\n')).toEqual([
      "small: can't be written: it would be larger than a file may be here (EFBIG)",
      "rows: can't be written: it would be larger than a file may be here (EFBIG)",
    ])
    expect(readFileSync(join(folder, 'small'), 'utf8')).toBe('one')
    expect(readFileSync(join(folder, 'rows'), 'utf8')).toMatch(/^(x{99}\n)+$/)
    expect(readdirSync(folder).sort()).toEqual(['rows', 'small'])
  })
})
