// Teaches a small sequence-to-sequence model with attention to write dates as 2021-03-05, however people write them, and shows what it
// makes of dates that it has never seen: by itself (greedy), and with the true text so far to go on from (teacher forcing). After
// `npm run build`: `node examples/dates.mjs`.
import { rmSync } from 'node:fs'
import { all, emit, log, on, stopTraining, textComparison, visualize, whenBelow } from 'rxfit'
import { fit } from 'rxfit/tfjs'
import { seeded } from './support/seeded.mjs'
import { seq2seq } from './support/seq2seq.mjs'
import { tf } from './support/tensorflow.mjs'

const folder = 'runs/dates'
rmSync(folder, { recursive: true, force: true })

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const two = (n) => String(n).padStart(2, '0')
const ways = [
  (y, m, d) => `${months[m - 1]} ${d} ${y}`,
  (y, m, d) => `${two(d)} ${months[m - 1]} ${y}`,
  (y, m, d) => `${two(d)}.${two(m)}.${y}`,
]
const random = seeded(7)
const below = (n) => Math.floor(random() * n)
const dates = Array.from({ length: 1000 }, () => {
  const [y, m, d] = [1990 + below(40), 1 + below(12), 1 + below(28)]
  return { given: ways[below(ways.length)](y, m, d), truth: `${y}-${two(m)}-${two(d)}` }
})
// what is held out was in no way seen in training
const held = dates.slice(0, 64)
const known = dates.slice(64).filter(({ truth }) => !held.some((one) => one.truth === truth))

const { model, x, training, greedy, forced } = seq2seq(tf, {
  from: ' .0123456789abcdefghijklmnopqrstuvwxyz',
  to: '-0123456789',
  longest: 11,
  length: 10,
  rate: 0.006,
})
const lesson = training(known)
const data = { held: { x: x(held.map(({ given }) => given)), texts: held.map(({ truth }) => truth) } }

const began = performance.now()
const callbacks = all(
  textComparison({ data: 'held', decode: greedy, prefix: 'greedy_', logDir: folder, path: `${folder}/greedy.md` }),
  textComparison({ data: 'held', decode: forced, prefix: 'forced_', logDir: folder, path: `${folder}/forced.md` }),
  visualize({ draw: { learningCurves: { metrics: ['greedy_cer', 'forced_cer'] } }, folder }),
  on('EpochEnd', ({ epoch, logs }) => {
    const rates = ['greedy_cer', 'greedy_wer', 'forced_cer'].map((name) => `${name} ${logs[name].toFixed(3)}`)
    return log(`epoch ${epoch + 1}: loss ${logs.loss.toFixed(3)}, ${rates.join(', ')}`)
  }),
  emit(stopTraining('it can write dates'))(whenBelow('greedy_cer', 0.01)),
)
const { history } = await fit(model, ...[lesson.x, lesson.y], {
  epochs: 30,
  batchSize: 64,
  shuffle: false,
  callbacks,
  data,
})

const cer = history.greedy_cer.at(-1)
console.log(
  `\n${known.length} dates, ${history.loss.length} epochs in ${((performance.now() - began) / 1000).toFixed(0)} s on ${tf.getBackend()}: of the characters of ${held.length} dates that it had not seen ${(100 * cer).toFixed(1)} % are wrong`,
)
console.log(`tables: ${folder}/greedy.md, ${folder}/forced.md; TensorBoard: tensorboard --logdir ${folder}`)
process.exitCode = cer < 0.1 ? 0 : 1
