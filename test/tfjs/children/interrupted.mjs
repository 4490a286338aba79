// Trains, says when it waits, and tells how it ended. Argument: { dir, backup, waitAt, hangAt, interrupt }: at the step `waitAt` it
// waits for a signal in the middle of a batch, at `hangAt` for ever.
import { join } from 'node:path'
import { fit, rx, tf } from '../../../scripts/torture/support/rxfit.mjs'

const { dir, backup = true, hangAt = -1, waitAt = -1, interrupt } = JSON.parse(process.argv[2])
const model = tf.sequential({
  layers: [tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'ones' })],
})
model.compile({ loss: 'meanSquaredError', optimizer: tf.train.adam(0.1) })
const x = tf.linspace(-1, 1, 20).reshape([20, 1])

/** A batch that lasts until somebody outside has acted: the signal falls into its middle. */
const pause = (e) => {
  if (![3, 7, 8].includes(e.step)) return undefined
  return {
    _tag: 'Run',
    label: 'wait',
    observes: false,
    task: async () => {
      if (e.step !== waitAt && e.step !== hangAt) return { _tag: 'Right', right: undefined }
      console.log(`waiting at ${e.step}`)
      const held = e.step === hangAt
      await new Promise((resolve) => {
        const ear = held ? () => undefined : () => setTimeout(resolve)
        process.once('SIGINT', ear)
        process.once('SIGTERM', ear)
        // something to wait for, or the process would end
        setInterval(() => undefined, 1000)
      })
      return { _tag: 'Right', right: undefined }
    },
  }
}
const { epoch, history, interrupted } = await fit(model, x, x.mul(3), {
  ...{ epochs: 6, batchSize: 4, shuffle: { seed: 1 }, lint: false },
  record: join(dir, 'record.jsonl'),
  ...(interrupt !== undefined && { interrupt }),
  now: () => 0,
  callbacks: [
    rx.on('BatchEnd', pause),
    rx.csvLogger({ filename: join(dir, 'log.csv') }),
    ...(backup ? [rx.backupAndRestore({ dir: join(dir, 'backup') })] : []),
  ],
})
console.log(
  `ended ${JSON.stringify({ interrupted, epochs: epoch.length, loss: history.loss, weights: [...model.getWeights()[0].dataSync()] })}`,
)
process.exit(0)
