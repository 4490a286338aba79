import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { all, evaluateEvery, gradientNorms, on, tensorBoard, writeImage, writeText } from 'rxfit'
import { fit } from 'rxfit/tfjs'
import { describeOracles } from '../oracles.js'
import { encodePng } from '../../src/sinks/tensorBoard/png.js'
import { withTensorBoard } from '../sinks/tensorboardServer.js'
import { tf } from './backend.js'

// runs are compared below one folder
const logs = mkdtempSync(join(tmpdir(), 'rxfit-'))
const dir = join(logs, 'run')
afterAll(() => rmSync(logs, { recursive: true, force: true }))

const png = Buffer.from(encodePng({ width: 3, height: 2, channels: 1, data: [0, 50, 100, 150, 200, 250] }))

/** Two epochs with everything that there is to write; gives the embedding's vectors afterwards. */
const train = async (): Promise<ReadonlyArray<ReadonlyArray<number>>> => {
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({ name: 'words', inputDim: 4, outputDim: 3, inputLength: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ name: 'out', units: 1, activation: 'sigmoid' }),
    ],
  })
  model.compile({ loss: 'binaryCrossentropy', optimizer: 'adam', metrics: ['accuracy'] })
  const x = tf.tensor2d([[0, 1], [1, 2], [2, 3], [3, 0]]) // prettier-ignore
  const y = tf.tensor2d([[0], [1], [1], [0]])
  mkdirSync(dir)
  writeFileSync(join(dir, 'labels.tsv'), 'zero\none\ntwo\nthree\n')
  await fit(model, x, y, {
    epochs: 2,
    batchSize: 2,
    validationData: [x, y],
    data: { holdout: [x, y] },
    callbacks: all(
      gradientNorms(),
      evaluateEvery({ data: 'holdout', metrics: ['prAuc'], prCurves: dir }),
      tensorBoard(dir, {
        histogramFreq: 1,
        writeGrads: true,
        writeImages: true,
        updateFreq: 'batch',
        profileBatch: 2,
        embeddingsFreq: 1,
        embeddingsMetadata: 'labels.tsv',
        hparams: { rate: 0.001, optimizer: 'adam', nesterov: false },
      }),
      on('EpochEnd', ({ epoch }) => [
        writeText(`${dir}/train`, 'notes', `**epoch** ${epoch}`, epoch),
        writeImage(`${dir}/train`, 'figure', { png: png.toString('base64') }, epoch),
      ]),
    ),
  })
  const vectors = (await model.layers[0]?.getWeights()[0]?.array()) as Array<Array<number>>
  tf.dispose([x, y])
  model.dispose()
  return vectors
}

type Tags = Readonly<Record<string, Readonly<Record<string, unknown>>>>
const tagsOf = (all: unknown, run: string): ReadonlyArray<string> => Object.keys((all as Tags)[run] ?? {}).sort()

describeOracles('a server of TensorBoard', () => {
  it('shows all that a run has written', { timeout: 120_000 }, async () => {
    const vectors = await train()
    await withTensorBoard(logs, ['run', 'run/train', 'run/validation', 'run/holdout'], async ({ json, bytes }) => {
      const scalars = await json('plugin/scalars/tags')
      const epoch = ['acc', 'loss']
      const [norms, measured] = [
        ['gradient_norm', 'gradient_norm/out', 'gradient_norm/words'],
        ['holdout_acc', 'holdout_loss', 'holdout_prAuc'],
      ]
      expect(tagsOf(scalars, 'run/train')).toEqual(
        [
          ...[...epoch, 'learning_rate', ...norms, ...measured].map((name) => `epoch_${name}`),
          ...epoch.map((name) => `batch_${name}`),
        ].sort(),
      )
      expect(tagsOf(scalars, 'run/validation')).toEqual(
        [...epoch.map((name) => `epoch_${name}`), ...epoch.map((name) => `evaluation_${name}_vs_iterations`)].sort(),
      )
      const points = (await json('plugin/scalars/scalars', { run: 'run/train', tag: 'batch_loss' })) as Array<
        Array<number>
      >
      expect(points.map(([, step]) => step)).toEqual([1, 2, 3, 4])

      const histograms = tagsOf(await json('plugin/histograms/tags'), 'run/train')
      expect(histograms.map((tag) => tag.split('/').slice(-2).join('/')).sort()).toEqual(
        ['bias', 'embeddings', 'kernel'].flatMap((name) => [`${name}/gradient`, `${name}/histogram`]),
      )

      expect(tagsOf(await json('plugin/images/tags'), 'run/train')).toContain('figure')
      const images = (await json('plugin/images/images', {
        run: 'run/train',
        tag: 'figure',
        sample: '0',
      })) as ReadonlyArray<{
        readonly step: number
        readonly query: string
      }>
      expect(images.map(({ step }) => step)).toEqual([0, 1])
      const query = Object.fromEntries(new URLSearchParams(images[1]?.query ?? ''))
      expect((await bytes('plugin/images/individualImage', query)).equals(png)).toBe(true)

      expect(((await json('plugin/text/tags')) as Readonly<Record<string, unknown>>)['run/train']).toEqual(
        expect.arrayContaining(['notes', 'profile']),
      )
      const texts = (await json('plugin/text/text', { run: 'run/train', tag: 'notes' })) as ReadonlyArray<{
        text: string
      }>
      expect(texts.map(({ text }) => text)).toEqual([
        '<p><strong>epoch</strong> 0</p>',
        '<p><strong>epoch</strong> 1</p>',
      ])
      // the profile is shown as a table
      const [profile] = (await json('plugin/text/text', { run: 'run/train', tag: 'profile' })) as ReadonlyArray<{
        text: string
      }>
      expect(profile?.text).toContain('<table>')

      expect(tagsOf(await json('plugin/pr_curves/tags'), 'run/holdout')).toEqual(['pr_curve'])
      const curves = (await json('plugin/pr_curves/pr_curves', { run: 'run/holdout', tag: 'pr_curve' })) as {
        readonly 'run/holdout': ReadonlyArray<{ readonly step: number; readonly recall: ReadonlyArray<number> }>
      }
      // thresholds that nothing reaches aren't shown
      expect(curves['run/holdout'].map(({ step, recall }) => [step, recall[0]])).toEqual([[0, 1], [1, 1]]) // prettier-ignore

      const groups = (await json('plugin/hparams/session_groups', {
        request: JSON.stringify({ allowedStatuses: ['STATUS_SUCCESS'], colParams: [], sliceSize: 10 }),
      })) as {
        readonly sessionGroups: ReadonlyArray<{
          readonly hparams: unknown
          readonly metricValues: ReadonlyArray<{
            readonly name: { readonly tag: string; readonly group: string }
            readonly value: number
          }>
        }>
      }
      expect(groups.sessionGroups.map(({ hparams }) => hparams)).toEqual([
        { rate: 0.001, optimizer: 'adam', nesterov: false },
      ])
      // every metric was found where it is said to be
      const found = groups.sessionGroups[0]?.metricValues.map(({ name }) => `${name.group}/${name.tag}`)
      expect(found).toEqual(
        expect.arrayContaining(['train/epoch_loss', 'train/epoch_holdout_prAuc', 'validation/epoch_loss']),
      )

      const projected = await json('plugin/projector/runs')
      expect(projected).toEqual(['run'])
      expect(await json('plugin/projector/info', { run: 'run' })).toMatchObject({
        embeddings: [{ tensorName: 'words', tensorShape: [4, 3], metadataPath: 'labels.tsv' }],
      })
      const tensor = await bytes('plugin/projector/tensor', { run: 'run', name: 'words' })
      const values = new Float32Array(tensor.buffer.slice(tensor.byteOffset, tensor.byteOffset + tensor.length))
      expect([...values]).toEqual(vectors.flat())
      expect((await bytes('plugin/projector/metadata', { run: 'run', name: 'words' })).toString()).toBe(
        'zero\none\ntwo\nthree\n',
      )

      const graphs = (await json('plugin/graphs/info')) as Readonly<Record<string, unknown>>
      expect(JSON.stringify(graphs['run/train'])).toContain('keras')
    })
  })
})
