import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csvLogger, pythonRepr } from 'rxfit'
import { fromEpochs, LogError, readLog, type TrainingLog } from 'rxfit/logs'
import { commands } from 'rxfit/testing'
import { temporary } from './temp.js'

const { file, folder } = temporary()

const ends = (log: TrainingLog) => log.events.filter((event) => event._tag === 'EpochEnd')
const series = (log: TrainingLog, metric: string) => ends(log).map((event) => event.logs[metric])
const epochs = (log: TrainingLog) => ends(log).map((event) => event.epoch)

const refusal = async (path: string, options = {}): Promise<LogError> => {
  const error: unknown = await readLog(path, options).then(
    () => expect.fail('was read'),
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(LogError)
  return error as LogError
}

describe('what is read', () => {
  it.each([
    ['commas', 'epoch,loss\r\n0,1.5\r\n1,0.5\r\n'],
    ['semicolons', 'epoch;loss\n0;1.5\n1;0.5\n'],
    ['tabs', 'epoch\tloss\n0\t1.5\n1\t0.5\n'],
    ['line feeds', 'epoch,loss\n0,1.5\n1,0.5\n'],
    ['carriage returns', 'epoch,loss\r0,1.5\r1,0.5\r'],
    ['both, as Windows doubles them', 'epoch,loss\r\r\n0,1.5\r\r\n1,0.5\r\r\n'],
    ['a byte order mark', '\uFEFFepoch,loss\r\n0,1.5\r\n1,0.5\r\n'],
    ['no line end at the end', 'epoch,loss\r\n0,1.5\r\n1,0.5'],
    ['blank lines', '\nepoch,loss\n\n0,1.5\n\n1,0.5\n\n\n'],
    ['blanks around cells', 'epoch, loss\n0, 1.5\n1, 0.5\n'],
    ['quotes', '"epoch","loss"\n"0","1.5"\n"1","0.5"\n'],
    ['epochs written as floats', 'epoch,loss\n0.0,1.5\n1.0,0.5\n'],
    ['exponents and signs', 'epoch,loss\n0,+15e-1\n1,.5\n'],
    ['another order of columns', 'loss,epoch\n1.5,0\n0.5,1\n'],
  ])('%s', async (_, text) => {
    const log = await readLog(file(text))
    expect(log).toMatchObject({
      format: 'keras-csv',
      metrics: ['loss'],
      epochs: 2,
      hasLearningRate: false,
      end: 'unknown',
    })
    expect(series(log, 'loss')).toEqual([1.5, 0.5])
    expect(epochs(log)).toEqual([0, 1])
  })

  it('numbers that are not finite, in any case', async () => {
    const log = await readLog(file('epoch,a\n0,nan\n1,NaN\n2,inf\n3,-Inf\n4,Infinity\n5,+INF\n'))
    expect(series(log, 'a')).toEqual([NaN, NaN, Infinity, -Infinity, Infinity, Infinity])
  })

  it('NA as missing, also for the policies', async () => {
    const log = await readLog(file('epoch,loss,val_loss\n0,1,NA\n1,2,3\n'))
    expect(series(log, 'val_loss')).toEqual([undefined, 3])
    expect(ends(log).map((event) => event.missing)).toEqual([['val_loss'], undefined])
  })

  it('leaves out what is no number, and says so', async () => {
    const text = 'epoch,loss,per_class,val_loss,when,\n0,1,"[0.5, 0.25]",NA,monday,7\n1,2,"[1, 2]",NA,tuesday,8\n'
    const log = await readLog(file(text))
    expect(log.metrics).toEqual(['loss'])
    expect(log.notes).toContain(
      'left out: per_class (lists, not numbers), val_loss (NA in every row), when (text, such as "monday")',
    )
    expect(log.notes).toContain('left out: a column without a name')
  })

  it.each(['learning_rate', 'lr'])('%s as the rate in that epoch', async (name) => {
    const log = await readLog(file(`epoch,${name},loss\n0,0.5,1\n1,0.25,1\n`))
    expect(log.hasLearningRate).toBe(true)
    expect(ends(log).map((event) => event.lr)).toEqual([0.5, 0.25])
    expect(log.notes).toContain(`learning rate: column '${name}', as in force during the epoch`)
  })

  it('the learning rate and the batches that are given', async () => {
    const log = await readLog(file('epoch,loss\n0,1\n1,1\n'), { learningRate: 0.5, batchesPerEpoch: 3 })
    expect(log.hasLearningRate).toBe(true)
    expect(log.events.filter((event) => event._tag === 'BatchEnd')).toHaveLength(6)
    expect(log.events.at(-1)).toMatchObject({ lr: 0.5, step: 6 })
  })

  it('epoch numbers as they stand in the file', async () => {
    const log = await readLog(file('epoch,loss\n5,1\n6,2\n9,3\n'))
    expect(epochs(log)).toEqual([5, 6, 9])
    expect(log.events[0]).toMatchObject({ epoch: 5, params: { initialEpoch: 5, epochs: 10 } })
    expect(log.notes).toContain('line 4: epoch 9 follows on epoch 6; those between are not in the log')
  })

  it('the last of several runs', async () => {
    const log = await readLog(file('epoch,loss\n0,1\n1,2\n2,3\n0,4\n1,5\n'))
    expect(series(log, 'loss')).toEqual([4, 5])
    expect(log.notes).toContain('2 runs in this file (lines 2 to 4, lines 5 to 6): the last is taken, lines 5 to 6')
  })

  it('a file to which the same header was written again', async () => {
    const log = await readLog(file('epoch,loss\n0,1\nepoch,loss\n0,4\n1,5\n'))
    expect(series(log, 'loss')).toEqual([4, 5])
    expect(log.notes).toContain('line 3: the header once more, left out')
  })

  it.each(['2,0.', '2', '2,0.1,', '2,0.1,0.5e-', '2,0.1,na', '2,0.1,"[0'])(
    'leaves out a torn last line: %s',
    async (torn) => {
      const log = await readLog(file(`epoch,loss,val_loss\n0,1,2\n1,2,3\n${torn}`))
      expect(epochs(log)).toEqual([0, 1])
      expect(log.notes).toContain('line 4: cut off in the middle, left out')
    },
  )

  it('one row', async () => {
    expect((await readLog(file('epoch,loss\n0,1\n'))).epochs).toBe(1)
  })

  it('names that every object has', async () => {
    const log = await readLog(file('epoch,__proto__,constructor,batches\n0,1,2,3\n'))
    expect(log.metrics).toEqual(['__proto__', 'constructor', 'batches'])
    expect(Object.getPrototypeOf(ends(log)[0]?.logs)).toBe(Object.prototype)
  })
})

describe('what is refused', () => {
  it.each<[string, string, number | null, string]>([
    ['no rows', 'epoch,loss\n', 1, 'no rows'],
    ['nothing but a torn row', 'epoch,loss\n0', 1, 'no rows'],
    ['too few cells', 'epoch,loss\n0,1\n1\n2,3\n', 3, '1 cell, expected 2'],
    ['too many cells', 'epoch,loss\n0,1\n1,2,3\n', 3, '3 cells, expected 2'],
    ['half a number', 'epoch,loss\n0,1\n1,1.5abc\n', 3, '"1.5abc" in column \'loss\' is not a number'],
    ['only such', 'epoch,loss\n0,1.5abc\n', 2, "no column of numbers beside 'epoch': loss (text"],
    ['a decimal comma', 'epoch;loss\n0;1,5\n', 2, 'no column of numbers'],
    ['no metric', 'epoch\n0\n1\n', 2, 'no column of numbers'],
    ['two columns of one name', 'epoch,loss,loss\n0,1,2\n', 1, "two columns are called 'loss'"],
    ['a merge conflict', 'epoch,loss\n0,1\n<<<<<<< HEAD\n1,2\n=======\n1,3\n>>>>>>> b\n', 3, 'a merge conflict marker'],
    ['a merge conflict at once', '<<<<<<< HEAD\nepoch,loss\n', 1, 'a merge conflict marker'],
    ['another header in the middle', 'epoch,loss\n0,1\nepoch,mae\n0,1\n', 3, '"epoch" in column \'epoch\''],
    [
      'an epoch that is none',
      'epoch,loss\n0,1\n1.5,1\n',
      3,
      '"1.5" in column \'epoch\': expected a whole number from 0',
    ],
    ['a negative epoch', 'epoch,loss\n-1,1\n', 2, 'expected a whole number from 0'],
    ['an open quote', 'epoch,loss\n0,"1\n1,2\n', 2, 'a quote is opened and never closed'],
    ['an empty file', '', null, 'is empty'],
    ['a blank file', ' \n\n', null, 'is empty'],
    ['another format', 'hello\nworld\n', 1, 'not a log that rxfit knows'],
  ])('%s', async (_, text, line, message) => {
    const path = file(text)
    const error = await refusal(path)
    expect(error).toMatchObject({ path, line })
    expect(error.message).toContain(message)
    expect(error.message.startsWith(`${path}${line === null ? '' : `:${line}`}: `)).toBe(true)
    expect(error.message).not.toContain('\n')
  })

  it('a missing file, with the name that was probably meant', async () => {
    const path = file('epoch,loss\n0,1\n', 'training.csv')
    expect((await refusal(path.replace('training', 'trainig'))).message).toContain(`did you mean '${path}'?`)
  })
  it('a directory', async () => {
    expect((await refusal(folder)).message).toContain('is a directory')
  })
  it('a binary file', async () => {
    expect((await refusal(file(new Uint8Array([1, 0, 2, 255])))).message).toContain('is a binary file')
    expect((await refusal(file(new Uint8Array([0xff, 0xfe, 0x65, 0])))).message).toContain('is UTF-16')
    expect((await refusal(file(new Uint8Array([0x65, 0xff, 0x65])))).message).toContain('is not UTF-8')
  })
  it('an unknown format, and a file that is not of the format asked for', async () => {
    const path = file('a,b\n1,2\n')
    expect((await refusal(path, { format: 'keras-cvs' })).message).toContain("did you mean 'keras-csv'?")
    expect((await refusal(path, { format: 'keras-csv' })).message).toContain("no column 'epoch'")
    expect((await refusal(path, { format: 'rxfit' })).message).toContain('expected the header of an rxfit record')
  })
})

describe('laws', () => {
  const name = fc
    .stringMatching(/^[a-z_][a-zA-Z0-9_ ,;"\t/é:-]{0,8}[a-z0-9]$/)
    .filter((metric) => !['epoch', 'step'].includes(metric))
  const value = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity, 0, 1e-7))
  const table = fc
    .uniqueArray(name, { minLength: 1, maxLength: 4 })
    .chain((names) =>
      fc.tuple(
        fc.constant(names),
        fc.tuple(...names.map(() => value)),
        fc.array(fc.tuple(...names.map(() => fc.option(value))), { maxLength: 5 }),
      ),
    )
  const quoted = (cell: string): string => (/[,;\t"]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
  const rowOf = (names: ReadonlyArray<string>, values: ReadonlyArray<number | null>) =>
    Object.fromEntries(names.flatMap((metric, i) => (values[i] === null ? [] : [[metric, values[i] as number]])))

  it('reads what Keras would have written of these epochs', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.constantFrom(',', ';', '\t'),
        fc.constantFrom('\r\n', '\n'),
        async ([names, first, more], separator, end) => {
          const rows = [first, ...more] as ReadonlyArray<ReadonlyArray<number | null>>
          const cells = rows.map((row, i) => [String(i), ...row.map((x) => (x === null ? 'NA' : pythonRepr(x)))])
          const text = [['epoch', ...names], ...cells].map((row) => row.map(quoted).join(separator) + end).join('')
          const log = await readLog(file(text, 'law.csv'))
          const expected = fromEpochs(rows.map((row) => rowOf(names, row)))
          expect(log.metrics).toEqual(expected.metrics)
          expect(log.events).toEqual(expected.events)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('reads back what csvLogger writes', async () => {
    const rows = [{ loss: 1.5, val_loss: 2 }, { loss: NaN }, { loss: 1e-7, val_loss: -Infinity }]
    const written = commands(csvLogger({ filename: 'x', separator: ';' }), rows)
    const text = written.map((c) => (c._tag === 'AppendRow' ? (c.header ?? '') + c.row : '')).join('')
    expect((await readLog(file(text))).events).toEqual(fromEpochs(rows).events)
  })
})
