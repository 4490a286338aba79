import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inflateSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readEvents } from 'rxfit/logs'
import { summaryWriter } from 'rxfit/node'
import { describeOracles, hasOracles } from '../oracles.js'
import { readWithTensorBoard } from './tensorboard.js'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rxfit-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true })
})

const red = { width: 2, height: 1, channels: 3, data: [255, 0, 0, 0, 255, 0] } as const
const base64 = (text: string): string => Buffer.from(text).toString('base64')

describe('summaryWriter', () => {
  it('makes its file with the first write, and each has its own', () => {
    const writers = [summaryWriter(join(dir, 'new')), summaryWriter(join(dir, 'new'))]
    expect(existsSync(join(dir, 'new'))).toBe(false)
    for (const writer of writers) writer.scalar('x', 1, 0)
    expect(readdirSync(join(dir, 'new'))).toHaveLength(2)
    for (const writer of writers) writer.close()
    const unused = summaryWriter(join(dir, 'unused'))
    unused.flush()
    unused.close()
    expect(existsSync(join(dir, 'unused'))).toBe(false)
  })
  it('has in the file what was written, closed or not', () => {
    const writer = summaryWriter(dir)
    for (let step = 0; step < 5; step += 1) {
      writer.scalar('loss', step / 4, step)
      expect(readEvents(dir).series[0]?.steps).toHaveLength(step + 1)
    }
    writer.close()
    writer.close()
    expect(() => {
      writer.scalar('loss', 1, 6)
    }).toThrow('is closed')
  })
  it('leaves whole records when its process is killed', async () => {
    const source = fileURLToPath(new URL('../../src/sinks/tensorBoard/summaryWriter.ts', import.meta.url))
    const code = `
      const { createJiti } = await import('jiti')
      const { summaryWriter } = await createJiti(${JSON.stringify(import.meta.url)}).import(${JSON.stringify(source)})
      const writer = summaryWriter(${JSON.stringify(dir)})
      for (let step = 0; ; step += 1) {
        writer.scalar('loss', step, step)
        if (step === 100) process.stdout.write('far enough')
      }`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    const { series, notes } = readEvents(dir)
    expect(series[0]?.steps.length).toBeGreaterThan(100)
    expect(series[0]?.values).toEqual(series[0]?.steps)
    expect(notes.filter((note) => !note.includes('cut off'))).toEqual([])
    if (!hasOracles) return
    const [points] = Object.values(readWithTensorBoard(dir)['.']?.tags ?? {}).map((tag) => tag.points)
    expect(points?.map(({ step, value }) => [step, value])).toEqual(series[0]?.steps.map((step) => [step, step]))
  })
  it('refuses what can’t be shown', () => {
    const writer = summaryWriter(dir)
    const given: ReadonlyArray<readonly [() => void, string]> = [
      [() => writer.scalar('', 1, 0), 'a tag must be a name, got an empty text'],
      [() => writer.scalar('x', 1, 0.5), "the step of 'x' must be a whole number, got 0.5"],
      [() => writer.image('x', Uint8Array.of(1, 2), 0), 'an image must be the bytes of a PNG file'],
      [() => writer.image('x', { ...red, data: [1] }, 0), 'an image of 2 x 1 x 3 has 6 numbers, got 1'],
      [() => writer.image('x', [red, { ...red, width: 1, height: 2 }], 0), 'must have one size, got 2 x 1, 1 x 2'],
      [() => writer.image('x', [], 0), 'there is no image'],
      [() => writer.prCurve('x', [1], [1.5], 0), 'probabilities must be from 0 to 1'],
      [() => writer.prCurve('x', [1, 0], [0.5], 0), '2 labels and 1 probabilities'],
      [() => writer.histogram('x', [1], 0, { buckets: 0 }), 'buckets must be a whole number from 1'],
      [() => writer.projector([{ name: 'e', vectors: [[1, 2], [1]] }]), 'that at 1 has 1'],
      [() => writer.projector([{ name: 'e', vectors: [[1]], metadata: ['a', 'b'] }]), 'want as many labels, got 2'],
    ]
    for (const [write, message] of given) expect(write).toThrow(message)
    expect(() => summaryWriter(dir, { clock: Date.now } as never)).toThrow('unknown option')
    expect(readdirSync(dir)).toEqual([])
  })
  it('encodes pixels as PNG', () => {
    const writer = summaryWriter(dir)
    writer.image('x', red, 0)
    writer.close()
    const file = readFileSync(writer.path)
    const at = file.indexOf('IDAT')
    const length = file.readUInt32BE(at - 4)
    expect([...inflateSync(file.subarray(at + 4, at + 4 + length))]).toEqual([0, 255, 0, 0, 0, 255, 0])
  })
  it('writes what the projector looks for', () => {
    const vectors = [
      [1, 2],
      [3, 4],
    ]
    summaryWriter(dir).projector([
      { name: 'words', vectors, metadata: { word: ['a', 'b\tc'], size: ['1', '2'] } },
      { name: 'a/b', vectors, metadata: ['x', 'y'] },
    ])
    const read = (name: string): string => readFileSync(join(dir, name), 'utf8')
    expect(read('projector_config.pbtxt').match(/tensor_path: "(.*)"/g)).toHaveLength(2)
    expect(read('0-words.vectors.tsv')).toBe('1\t2\n3\t4\n')
    expect(read('0-words.metadata.tsv')).toBe('word\tsize\na\t1\nb c\t2\n')
    expect(read('1-a_b.metadata.tsv')).toBe('x\ny\n')
  })
})

describeOracles('TensorBoard reads', () => {
  const write = (use: (writer: ReturnType<typeof summaryWriter>) => void) => {
    const writer = summaryWriter(dir, { now: () => 1_700_000_000_500 })
    use(writer)
    writer.close()
    return readWithTensorBoard(dir)['.']!
  }
  it('every kind of summary', () => {
    const { tags, hparams, graph } = write((writer) => {
      writer.scalar('loss', 0.5, 0)
      writer.scalar('loss', NaN, 1, { at: 2000 })
      writer.scalar('far', -Infinity, 2 ** 40)
      writer.histogram('h', [1, 2, 3, 3, 3, 9.5, NaN], 0, { buckets: 4 })
      writer.histogram('same', [2, 2], 0, { buckets: 2 })
      writer.image('im', [red, red], 3)
      writer.text('t', 'größe **x**', 5)
      writer.prCurve('pr', [0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8], 0, { thresholds: 5 })
      writer.hparams({ hparams: { lr: 0.1, opt: 'adam', nest: true }, metrics: ['loss'], group: 'g' })
      writer.hparamsEnd('failure')
      writer.graph([
        { name: 'x', op: 'Placeholder' },
        { name: 'y', op: 'Relu', inputs: ['x'] },
      ])
    })
    const shown = (tag: string): unknown => tags[tag]?.points.map(({ step, value }) => [step, value])
    expect(tags['loss']?.points.map(({ step, at, value }) => [step, at, value])).toEqual([
      [0, 1_700_000_000.5, 0.5],
      [1, 2, 'NaN'],
    ])
    expect(shown('far')).toEqual([[2 ** 40, '-Infinity']])
    const h = [1, 3.125, 5.25, 7.375, 9.5]
    expect(shown('h')).toEqual([[0, [5, 0, 0, 1].map((n, i) => [h[i], h[i + 1], n])]])
    expect(shown('same')).toEqual([[0, [[2, 2, 0], [2, 2, 2]]]]) // prettier-ignore
    const [, image] = (shown('im') as ReadonlyArray<readonly [number, ReadonlyArray<string>]>)[0]!
    expect(image.slice(0, 2)).toEqual([base64('2'), base64('1')])
    expect(image.slice(2).every((png) => png.startsWith('iVBORw0KGgo'))).toBe(true)
    expect(shown('t')).toEqual([[5, base64('größe **x**')]])
    const rows = tags['pr']?.points[0]?.value as ReadonlyArray<ReadonlyArray<number>>
    expect(rows.slice(0, 4)).toEqual([
      [2, 2, 1, 1, 0],
      [2, 1, 0, 0, 0],
      [0, 1, 2, 2, 2],
      [0, 0, 1, 1, 2],
    ])
    expect(Object.entries(tags).map(([tag, { plugin, class: kind }]) => [tag, plugin, kind])).toEqual([
      ['loss', 'scalars', 1],
      ['far', 'scalars', 1],
      ['h', 'histograms', 2],
      ['same', 'histograms', 2],
      ['im', 'images', 3],
      ['t', 'text', 2],
      ['pr', 'pr_curves', 2],
      ...['experiment', 'session_start_info', 'session_end_info'].map((tag) => [`_hparams_/${tag}`, 'hparams', 2]),
    ])
    expect(hparams).toEqual({
      '_hparams_/experiment': {
        infos: [
          { name: 'lr', type: 3 },
          { name: 'opt', type: 1 },
          { name: 'nest', type: 2 },
        ],
        metrics: ['loss'],
      },
      '_hparams_/session_start_info': {
        hparams: { lr: 0.1, opt: 'adam', nest: true },
        group: 'g',
        at: 1_700_000_000.5,
      },
      '_hparams_/session_end_info': { status: 2, at: 1_700_000_000.5 },
    })
    expect(graph).toEqual([
      { name: 'x', op: 'Placeholder', inputs: [] },
      { name: 'y', op: 'Relu', inputs: ['x'] },
    ])
  })
})
