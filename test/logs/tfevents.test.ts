import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findLogs, LogError, readEvents, readLog } from 'rxfit/logs'
import { summaryWriter } from 'rxfit/node'
import { frame } from '../../src/tfevents/records.js'
import { describeOracles } from '../oracles.js'
import { describeShared, hasShared, shared } from '../shared.js'
import { readWithTensorBoard } from '../sinks/tensorboard.js'
import { temporary } from './temp.js'

const { folder: temp } = temporary()
let folders = 0
const tempFolder = (): string => join(temp, String((folders += 1)))

const write = (dir: string, points: ReadonlyArray<readonly [tag: string, value: number, step: number]>): string => {
  const writer = summaryWriter(dir)
  for (const [tag, value, step] of points) writer.scalar(tag, value, step)
  writer.close()
  return writer.path
}
const steps = (n: number, from = 0) =>
  Array.from({ length: n }, (_, i) => ['loss', 1 / (from + i + 1), from + i] as const)
const seriesOf = (path: string, tag = 'loss') => readEvents(path).series.find((one) => one.tag === tag)

describe('event files', () => {
  it('of one folder are one run, and a resumed one takes the place of what it redid', () => {
    const dir = tempFolder()
    write(dir, steps(5))
    write(dir, [...steps(1, 3).map(([tag, , step]) => [tag, 9, step] as const), ...steps(4, 4)])
    const { series, notes, files } = readEvents(dir)
    expect(files).toHaveLength(2)
    expect(series[0]?.steps).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(series[0]?.values[3]).toBe(9)
    expect(notes).toEqual(['loss: its steps go back, as when a run is resumed: 2 points gave way to later ones'])
  })
  it('that were cut off end with their last whole record', () => {
    const dir = tempFolder()
    const path = write(dir, steps(4))
    const bytes = readFileSync(path)
    for (const cut of [1, 10, 40]) {
      writeFileSync(path, bytes.subarray(0, bytes.length - cut))
      const { notes } = readEvents(path)
      expect(seriesOf(path)?.steps.length).toBe(cut <= 40 && cut > 0 ? 3 : 4)
      expect(notes[0]).toContain('its last record was cut off')
    }
  })
  it('that are damaged end before it', () => {
    const path = write(tempFolder(), steps(4))
    const bytes = readFileSync(path)
    bytes[bytes.length - 10] = (bytes[bytes.length - 10] as number) ^ 1
    writeFileSync(path, bytes)
    expect(seriesOf(path)?.steps).toEqual([0, 1, 2])
    expect(readEvents(path).notes[0]).toMatch(/left out what follows byte \d+: the CRC of its data is wrong/)
  })
  it('may hold records that are none', () => {
    const path = write(tempFolder(), steps(2))
    appendFileSync(path, frame(Uint8Array.of(7, 7, 7)))
    write(join(path, '..'), steps(1, 2))
    expect(seriesOf(join(path, '..'))?.steps).toEqual([0, 1, 2])
    expect(readEvents(path).notes[0]).toContain('left out 1 records that are no events')
  })
  it('are known by their content', async () => {
    const dir = tempFolder()
    const path = write(dir, steps(3))
    renameSync(path, join(dir, 'renamed'))
    expect((await readLog(join(dir, 'renamed'))).format).toBe('tfevents')
  })
  it('that are none are refused', async () => {
    const dir = tempFolder()
    mkdirSync(dir)
    const path = join(dir, 'x.tfevents.csv')
    writeFileSync(path, 'epoch,loss\n0,1\n')
    expect(() => readEvents(path)).toThrow('is no event file: its first record is bad')
    expect((await readLog(path)).format).toBe('keras-csv')
    writeFileSync(path, frame(Uint8Array.of(7, 7, 7)))
    expect(() => readEvents(path)).toThrow('none of them is an event')
    expect(() => readEvents(join(dir, 'none'))).toThrow(LogError)
    mkdirSync(join(dir, 'empty'))
    expect(() => readEvents(join(dir, 'empty'))).toThrow('there is no event file in it')
    writeFileSync(path, '')
    expect(readEvents(path).series).toEqual([])
    await expect(readLog(path, { format: 'tfevents' })).rejects.toThrow('there is no scalar')
  })
  it('of several runs at once are told apart', async () => {
    const dir = tempFolder()
    write(join(dir, 'a'), steps(2))
    write(join(dir, 'b'), steps(3))
    await expect(readLog(dir)).rejects.toThrow('is a directory with 2 logs')
    expect((await findLogs(dir)).logs).toEqual([join(dir, 'a'), join(dir, 'b')])
    expect((await readLog(join(dir, 'a'))).metrics).toEqual(['loss'])
    expect((await readLog(dir, { format: 'tfevents' })).metrics).toEqual(['a/loss', 'b/loss'])
    write(join(dir, 'c', 'train'), [['epoch_loss', 1, 0]])
    write(join(dir, 'd', 'train'), [['epoch_loss', 1, 0]])
    await expect(readLog(dir, { format: 'tfevents' })).rejects.toThrow("'loss' is there more than once")
  })
})

// file, scalars in it, tags: as SOURCES.md counts them
const recorded = [
  ['tfevents/keras_tf1_lenet', 720, 4],
  ['tfevents/ray_deepcomp_transfer_93911', 1505, 43],
  ['tfevents/torch_testtube_20200204', 2046, 2],
  ['tfevents/torch_testtube_v15', 124, 2],
  ['tfevents/torch_testtube_v15_partial', 18, 2],
  ['tfevents/torch_empty_header_only', 0, 0],
  ['local_keras_tf2/batch_level_tb/tb/train', 435, 5],
  ['local_keras_tf2/batch_level_tb/tb/validation', 60, 4],
  ['local_keras_tf2/diverge_nan_lr_ramp/tb/train', 60, 3],
  ['local_keras_tf2/diverge_nan_lr_ramp/tb/validation', 80, 4],
  ['local_keras_tf2/es8_rlrop3_semicolon/tb/train', 33, 3],
  ['local_keras_tf2/es8_rlrop3_semicolon/tb/validation', 44, 4],
  ['local_keras_tf2/validation_freq3_NA/tb/train', 60, 3],
  ['local_keras_tf2/validation_freq3_NA/tb/validation', 24, 4],
] as const

describeShared('recorded event files', () => {
  it.each(recorded)('%s: %d scalars', (path, scalars, tags) => {
    const { series, notes } = readEvents(shared(`logs/${path}`))
    expect(series.reduce((sum, { steps: all }) => sum + all.length, 0)).toBe(scalars)
    expect(series).toHaveLength(tags)
    expect(notes.filter((note) => !note.startsWith('left out, being no scalars'))).toEqual([])
  })
  it.each([
    ['train', 3],
    ['validation', 4],
  ])('of a run that was started again: the later one is taken (%s)', (part, tags) => {
    const { series, notes } = readEvents(shared(`logs/local_keras_tf2/append_resume_restart/tb/${part}`))
    expect(series.map(({ steps: all }) => all.length)).toEqual(Array.from({ length: tags }, () => 12))
    expect(notes.filter((note) => note.includes('12 points gave way to later ones'))).toHaveLength(tags)
  })
  it('of Lightning has a tag written twice at a step', () => {
    const { series, notes } = readEvents(shared('logs/tfevents/torch_binn_version_251'))
    const kept = series.reduce((sum, { steps: all }) => sum + all.length, 0)
    const twice = Number(/^epoch: written twice at (\d+) steps/m.exec(notes.join('\n'))?.[1])
    expect(kept + twice).toBe(517)
  })
  it.each(['es8_rlrop3_semicolon', 'diverge_nan_lr_ramp', 'validation_freq3_NA'])(
    '%s says of metrics what the CSV of the same run says',
    async (run) => {
      const folder = shared(`logs/local_keras_tf2/${run}`)
      const [board, csv] = await Promise.all([readLog(join(folder, 'tb')), readLog(join(folder, 'training.log'))])
      const ends = ({ events }: typeof board) => events.filter((event) => event._tag === 'EpochEnd')
      expect(board.epochs).toBe(csv.epochs)
      ends(board).forEach(({ epoch, logs }, i) => {
        const other = ends(csv)[i]
        expect(epoch).toBe(other?.epoch)
        for (const name of ['loss', 'val_loss'] as const)
          expect(Math.fround((logs as Record<string, number>)[name] ?? -1)).toBe(
            Math.fround((other?.logs as Record<string, number> | undefined)?.[name] ?? -1),
          )
      })
    },
  )
})

if (hasShared)
  describeOracles('TensorBoard reads the same of', () => {
    it.each(['batch_level_tb', 'diverge_nan_lr_ramp', 'es8_rlrop3_semicolon'])('%s', (run) => {
      const folder = shared(`logs/local_keras_tf2/${run}/tb`)
      const theirs = Object.entries(readWithTensorBoard(folder)).flatMap(([name, { tags }]) =>
        Object.entries(tags).map(([tag, { points }]) => [
          `${name} ${tag}`,
          points.map(({ step, value }) => [step, value]),
        ]),
      )
      const ours = readEvents(folder).series.map(({ run: name, tag, steps: all, values }) => [
        `${name} ${tag}`,
        all.map((step, i) => [step, Number.isFinite(values[i]) ? values[i] : String(values[i])]),
      ])
      expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs))
    })
  })
