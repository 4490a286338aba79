import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { fileURLToPath } from 'node:url'
import type { LayersModel, Tensor } from '@tensorflow/tfjs'
import { afterAll, describe, expect, it, vi } from 'vitest'
import {
  all,
  csvLogger,
  earlyStopping,
  evaluateEvery,
  fromSpec,
  stopAtThreshold,
  textComparison,
  toSpec,
  type Decode,
  type TextBatch,
} from 'rxfit'
import { readLog } from 'rxfit/logs'
import { replay } from 'rxfit/replay'
import { fit, trainWith } from 'rxfit/tfjs'
import { backend, line, linear, tf } from './backend.js'
import { leakFree } from './models.js'

const dir = mkdtempSync(join(tmpdir(), 'rxfit-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

interface Seq2seq {
  readonly model: LayersModel
  readonly x: (texts: ReadonlyArray<string>) => Tensor
  readonly training: (pairs: ReadonlyArray<{ given: string; truth: string }>) => { x: Array<Tensor>; y: Tensor }
  readonly greedy: Decode
  readonly forced: Decode
}
const example = fileURLToPath(new URL('../../examples/support/seq2seq.mjs', import.meta.url))
const { seq2seq } = (await import(/* @vite-ignore */ example)) as {
  readonly seq2seq: (library: unknown, options: object) => Seq2seq
}

/** Words of three letters, to be written backwards in capitals. */
const letters = [...'abcd']
const pairs = letters.flatMap((a) =>
  letters.flatMap((b) => letters.map((c) => ({ given: a + b + c, truth: (c + b + a).toUpperCase() }))),
)

const shout = ({ x }: TextBatch<unknown, ReadonlyArray<string>>) => x.map((word) => word.toUpperCase())
const { x: one, y: two } = line(4)

describe(`textComparison on ${backend}`, () => {
  it('sees a model learn to write, by itself and with the teacher’s help', async () => {
    const { model, x, training, greedy, forced } = seq2seq(tf, {
      from: 'abcd',
      to: 'ABCD',
      longest: 3,
      length: 3,
      units: 16,
      embedding: 8,
      rate: 0.03,
    })
    const lesson = training(pairs)
    const held = pairs.filter((_, i) => i % 4 === 0)
    const inputs = x(held.map(({ given }) => given))
    const record = join(dir, 'run.jsonl')
    const callbacks = all(
      textComparison({
        data: 'held',
        decode: greedy,
        prefix: 'greedy_',
        logDir: join(dir, 'logs'),
        path: join(dir, 'greedy.md'),
        show: 3,
        batchSize: 5,
      }),
      textComparison({ data: 'held', decode: forced, prefix: 'forced_' }),
      stopAtThreshold({ monitor: 'greedy_cer', threshold: 0.25, mode: 'min' }),
    )
    const before = tf.memory().numTensors
    const { history, decisions } = await fit(model, lesson.x, lesson.y, {
      epochs: 40,
      batchSize: 16,
      shuffle: false,
      callbacks,
      record,
      data: { held: { x: inputs, texts: held.map(({ truth }) => truth) } },
    })
    // the optimizer's own: two moments a weight
    expect(tf.memory().numTensors - before).toBe(2 * model.trainableWeights.length)
    const rates = history['greedy_cer'] as Array<number>
    expect(rates[0]).toBeGreaterThan(0.3)
    expect(rates.at(-1)).toBeLessThan(0.25)
    expect(rates.length).toBeLessThan(40)
    expect((history['forced_cer'] as Array<number>).length).toBe(rates.length)
    expect((history['greedy_wer'] as Array<number>)[0]).toBeGreaterThan(rates[0] as number)
    expect(replay(callbacks, await readLog(record)).decisions).toEqual(decisions)
    const text = readFileSync(join(dir, 'greedy.md'), 'utf8')
    expect(text.match(/^\*\*epoch \d+\*\*/gm)).toHaveLength(rates.length)
    expect(text).toMatch(/\| truth \| said \| edits \|\n\|---\|---\|---\|\n(\| AAA \|.*\n)/)
    model.dispose()
  }, 120_000)

  it('takes inputs of any kind, in the batches that are asked for', async () => {
    const sizes: Array<number> = []
    const data = {
      words: { x: ['ab', 'cd', 'ef'], texts: ['AB', 'CE', 'EF'] },
      tensors: { x: { a: tf.ones([3, 2]), b: [tf.zeros([3, 1])] as never }, texts: ['x', 'y', 'z'] },
    }
    const look: Decode<LayersModel, { a: Tensor; b: ReadonlyArray<Tensor> }> = ({ x, texts, model, epoch }) => {
      sizes.push(x.a.shape[0] as number, x.b[0]?.shape[0] as number, epoch)
      expect(model.predict).toBeTypeOf('function')
      return texts
    }
    const { history } = await fit(linear(), one, two, {
      epochs: 1,
      data,
      callbacks: all(
        textComparison({ data: 'words', decode: shout }),
        textComparison({ data: 'tensors', decode: look, batchSize: 2 }),
        // of the same data, under names of its own
        evaluateEvery({ data: { words: [one, two] } }),
      ),
    })
    expect(sizes).toEqual([2, 2, 0, 1, 1, 0])
    expect(history['words_cer']).toEqual([1 / 6])
    expect(history['words_wer']).toEqual([1 / 3])
    expect(history['tensors_cer']).toEqual([0])
    expect(history['words_loss']).toHaveLength(1)
  })

  it('writes a table that no text can break out of', async () => {
    const path = join(dir, 'hostile.md')
    const hostile = ['a|b', '<script>alert(1)</script>', '[x](javascript:1)', 'two\nlines', '`*_~\\', 'R&amp;D']
    await fit(linear(), one, two, {
      epochs: 2,
      callbacks: textComparison({
        data: { 'a|<b>': { x: hostile, texts: hostile } },
        decode: ({ texts }) => texts,
        path,
      }),
    })
    const text = readFileSync(path, 'utf8')
    expect(
      text.split('\n').filter((row) => row.startsWith('|') && !row.startsWith('|-') && !row.startsWith('| truth')),
    ).toHaveLength(12)
    expect(text).toContain('| a\\|b | a\\|b | 0 |')
    expect(text).toContain('&lt;script&gt;')
    expect(text).toContain('\\[x\\](javascript:1)')
    expect(text).toContain('| two lines |')
    expect(text).toContain('R&amp;amp;D')
    expect(text).toContain('a\\|&lt;b&gt;: CER 0.0000, WER 0.0000')
    // each run begins its file anew
    expect(text.match(/epoch 1/g)).toHaveLength(1)
  })

  it('says what is wrong with data and decoders, and leaves nothing behind', async () => {
    const asked = (data: unknown, decode: Decode<never, never> = (() => ['x']) as never) =>
      fit(linear(), one, two, { epochs: 1, callbacks: textComparison({ data: { d: data }, decode }) })
    await expect(asked([one, two])).rejects.toThrow("data 'd' must be { x, texts }")
    await expect(asked({ x: ['a', 'b'], texts: ['a'] })).rejects.toThrow('there are 1 texts, and inputs of 2')
    await expect(asked({ x: ['a', 'b'], texts: ['a', 'b'] })).rejects.toThrow('must be 2 texts, got 1')
    await expect(asked({ x: [], texts: [] })).rejects.toThrow('there are no texts')
    await expect(
      asked({ x: ['a'], texts: ['a'] }, () => {
        throw new Error('no beam')
      }),
    ).rejects.toThrow(/CompareTexts, asked for by 'textComparison' .* no beam/)
    const model = linear()
    const inputs = tf.ones([4, 1])
    await leakFree(() =>
      fit(model, one, two, {
        epochs: 1,
        callbacks: textComparison({
          data: { d: { x: inputs, texts: ['a', 'b', 'c', 'd'] } },
          decode: () => ['x'],
          batchSize: 2,
        }),
      }),
    )
  })

  it('looks for its data before anything trains', async () => {
    const lines: Array<string> = []
    const go = (data: string | Record<string, unknown>, handlers = {}) =>
      fit(linear(), one, two, {
        epochs: 1,
        callbacks: textComparison({ data, decode: () => ['x'] }),
        data: { holdout: { x: ['a'], texts: ['a'] }, numbers: [one, two] },
        record: (line) => lines.push(line),
        handlers,
      })
    await expect(go('holdot')).rejects.toThrow("no data named 'holdot' (did you mean 'holdout'?)")
    await expect(go('numbers')).rejects.toThrow("data 'numbers' must be { x, texts }")
    await expect(go({ numbers: [one, two] })).rejects.toThrow("data 'numbers' must be { x, texts }")
    expect(lines.join('')).not.toContain('BatchEnd')
    // who compares in a way of their own has data of their own
    await go('elsewhere', { CompareTexts: () => () => Promise.resolve(E.right([])) })
    expect(lines.join('')).toContain('CompareTexts')
  })

  it('is monitored like any metric, also where a name is mistyped', async () => {
    const data = { words: { x: ['ab'], texts: ['AC'] } }
    const result = await fit(linear(), one, two, {
      epochs: 9,
      data,
      callbacks: all(
        textComparison({ data: 'words', decode: shout }),
        earlyStopping({ monitor: 'words_wer', mode: 'min', patience: 2 }),
        csvLogger({ filename: join(dir, 'log.csv') }),
      ),
    })
    expect(result.epoch).toHaveLength(3)
    expect(readFileSync(join(dir, 'log.csv'), 'utf8')).toContain('words_cer')
    const typo = all(
      textComparison({ data: 'words', decode: shout }),
      earlyStopping({ monitor: 'words_were', mode: 'min' }),
    )
    await expect(fit(linear(), one, two, { epochs: 1, data, callbacks: typo })).rejects.toThrow("'words_wer'")
  })

  it('works in loops without a model of layers', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    const ends: Array<number | undefined> = []
    await trainWith(
      textComparison({ data: { d: { x: ['a'], texts: ['A'] } }, decode: shout }),
      { model: { optimizer: tf.train.sgd(0.1) }, epochs: 1 },
      async (loop) => {
        for await (const _ of loop.epochs()) await loop.epochEnd({ loss: 1 })
        ends.push(1)
      },
    )
    warn.mockRestore()
    expect(ends).toEqual([1])
  })

  it('is written in JSON with its decoder by name', () => {
    const spec = toSpec(textComparison({ data: 'd', decode: shout, every: 2 }))
    expect(spec.provides).toEqual(['d_cer', 'd_wer'])
    expect(E.isRight(fromSpec([{ textComparison: { data: 'd', decode: { $function: 'shout' } } }], { shout }))).toBe(
      true,
    )
    const without = fromSpec(JSON.parse(JSON.stringify(spec)))
    expect(E.isLeft(without) && without.left.message).toContain("is a function, which JSON can't hold")
    const command = { _tag: 'CompareTexts', name: 'd' }
    const emitted = fromSpec({
      kind: 'emit',
      options: { commands: command },
      children: [{ kind: 'everyN', options: { n: 1 } }],
    })
    expect(E.isLeft(emitted) && emitted.left.message).toContain('a CompareTexts holds a decoder')
    expect(() => textComparison({ data: ['a', 'b'], decode: shout, prefix: 'x_' })).toThrow('textComparison.prefix')
    expect(() => textComparison({ data: 'd' } as never)).toThrow('textComparison.decode')
  })
})
