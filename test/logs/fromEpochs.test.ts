import { describe, expect, it } from 'vitest'
import { fromEpochs, LogError, readLog } from 'rxfit/logs'
import { temporary } from './temp.js'

interface Typed {
  readonly loss: number
  readonly val_loss?: number | null
}

const { file } = temporary()
const anything = fromEpochs as (rows: unknown, options?: unknown) => ReturnType<typeof fromEpochs>
const ends = (log: ReturnType<typeof fromEpochs>) => log.events.filter((event) => event._tag === 'EpochEnd')

describe('fromEpochs', () => {
  it('takes rows of an interface, and of a class with fields', () => {
    const rows: ReadonlyArray<Typed> = [{ loss: 1 }, { loss: 2, val_loss: null }]
    expect(fromEpochs(rows).metrics).toEqual(['loss', 'val_loss'])
    class Row {
      loss = 1
    }
    expect(fromEpochs([new Row()]).metrics).toEqual(['loss'])
    // @ts-expect-error a metric is a number
    expect(() => fromEpochs([{ loss: 'x' }])).toThrow(LogError)
  })

  // eslint-disable-next-line no-sparse-arrays -- what is tested
  const sparse = [{ loss: 1 }, , { loss: 2 }]
  it.each<[string, unknown, unknown, string]>([
    ['a hole', sparse, {}, 'row 1 must be an object of metrics, got nothing'],
    ['a Date', [new Date()], {}, 'row 0 must be an object of metrics, got an object of class Date'],
    ['a Map', [new Map([['loss', 1]])], {}, 'got an object of class Map'],
    ['a typed array', [new Float32Array(2)], {}, 'got an object of class Float32Array'],
    ['a batch that is none', [{ batches: [3] }], {}, 'row 0, batch 0 must be an object of metrics, got 3'],
    ['a BigInt', [{ loss: 1n }], {}, "row 0: 'loss' must be a number"],
    ['a circle', [{ loss: [sparse, new Proxy({}, {})] }], {}, "row 0: 'loss' must be a number"],
    ['no list', { loss: [1] }, {}, 'rows must be a list of objects, one an epoch, got {"loss":[1]}'],
    ['a promise', Promise.resolve([]), {}, 'got a promise: await it'],
    ['nothing', undefined, {}, 'got nothing'],
    ['a mistyped option', [{}], { learningrate: 1 }, "unknown option 'learningrate' (did you mean 'learningRate'?)"],
    ['no options', [{}], null, 'options must be an object, got null'],
    ['an option that is no number', [{}], { batchesPerEpoch: 2n }, 'batchesPerEpoch must be a whole number from 1'],
    [
      'too many batches',
      Array(3).fill({}),
      { batchesPerEpoch: 1e9 },
      'batchesPerEpoch 1000000000: 3 epochs of so many batches are 6000000000 events, and no more than 20000000',
    ],
    ['batches that cannot be counted', [{}], { batchesPerEpoch: 1e6, initialEpoch: 1e15 }, "can't be counted"],
    ['falling epochs', [{ epoch: 1 }, { epoch: 1 }], {}, "row 1: 'epoch' is 1 after 1: expected whole numbers"],
    ['an epoch in some rows', [{ epoch: 0 }, {}], {}, "row 1: 'epoch' is nothing after 0"],
    ['half an epoch', [{ epoch: 0.5 }], {}, "row 0: 'epoch' is 0.5: expected"],
    [
      'another first epoch',
      [{ epoch: 3 }],
      { initialEpoch: 2 },
      "initialEpoch is 2, and 'epoch' in the rows begins at 3",
    ],
  ])('refuses %s', (_, rows, options, message) => {
    expect(() => anything(rows, options)).toThrow(LogError)
    expect(() => anything(rows, options)).toThrow(message)
  })

  it('takes epochs from the rows', () => {
    const log = fromEpochs([
      { epoch: 3, loss: 1 },
      { epoch: 5, loss: 2 },
    ])
    expect(ends(log).map(({ epoch, logs }) => [epoch, logs])).toEqual([
      [3, { loss: 1 }],
      [5, { loss: 2 }],
    ])
    expect(log.metrics).toEqual(['loss'])
    expect(log.notes).toEqual(["epoch: 'epoch' in the rows, 3 to 5"])
    expect(log.events[0]).toMatchObject({ epoch: 3, params: { initialEpoch: 3, epochs: 6 } })
  })

  it('passes over rates that are none, and says so', () => {
    const log = fromEpochs([NaN, 0.5, -1, Infinity, 0.25].map((lr) => ({ lr })))
    expect(ends(log).map(({ lr }) => lr)).toEqual([0.5, 0.5, 0.5, 0.5, 0.25])
    expect(ends(log).map(({ logs }) => logs['lr'])).toEqual([NaN, 0.5, -1, Infinity, 0.25])
    expect(log.notes.join()).toContain("learning rate: 'lr' is NaN in row 0, -1 in row 2, Infinity in row 3, which no")
    expect(fromEpochs([{ lr: NaN }])).toMatchObject({ hasLearningRate: false })
  })

  it('counts batches from where a resumed run does', () => {
    const log = fromEpochs([{}], { initialEpoch: 2, batchesPerEpoch: 3 })
    expect(log.events.map(({ step }) => step)).toEqual([6, 6, 6, 7, 7, 8, 8, 9, 9])
  })
})

describe('readLog', () => {
  const refusal = (path: string, options = {}) => readLog(path, options).catch((error: unknown) => error)
  const csv = (text: string) => file(`epoch,loss,lr\n${text}\n`)

  it('names an unknown option', async () =>
    expect(await refusal(csv('0,1,1'), { fromat: 'rxfit' })).toMatchObject({
      name: 'LogError',
      message: expect.stringContaining("unknown option 'fromat' (did you mean 'format'?)") as unknown,
    }))

  it('refuses digits that no number can be, and takes a written inf', async () => {
    const path = csv('0,inf,1\n1,-1e400,1')
    expect(await refusal(path)).toMatchObject({
      line: 3,
      message: `${path}:3: -1e400 in column 'loss' is larger than a number can be: expected a number, nan, inf, -inf or NA`,
    })
    expect(ends(await readLog(csv('0,inf,1')))[0]?.logs['loss']).toBe(Infinity)
  })

  it('passes over rates that are none', async () => {
    const log = await readLog(csv('0,1,0.5\n1,1,nan'))
    expect(ends(log).map(({ lr }) => lr)).toEqual([0.5, 0.5])
    expect(log.notes.join()).toContain("'lr' is NaN in line 3")
  })

  it('says why a path cannot be read', async () => {
    const path = `${csv('0,1,1')}/x`
    expect(await refusal(path)).toMatchObject({ message: `${path}: can't be read (ENOTDIR: not a directory)` })
  })
})
