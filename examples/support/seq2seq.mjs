// A sequence-to-sequence model that listens, attends and spells, in the small: an encoder reads the characters, a decoder writes
// others one after another, and looks at each step at what of the input matters (dot-product attention).

/** 0 pads, 1 begins and 2 ends a text; characters are numbered from 3. */
const [begin, end, first] = [1, 2, 3]

export const seq2seq = (tf, { from, to, longest, length, units = 48, embedding = 24, rate = 0.01 }) => {
  const numbers = (text, alphabet) => Array.from(text, (character) => first + alphabet.indexOf(character))
  const padded = (list, n) => [...list.slice(0, n), ...Array(Math.max(0, n - list.length)).fill(0)]
  // one more: the end is written too
  const steps = length + 1

  const seed = (n) => tf.initializers.glorotUniform({ seed: n })
  const recurrent = (n, size) =>
    tf.layers.gru({
      units: size,
      returnSequences: true,
      kernelInitializer: seed(n),
      recurrentInitializer: seed(n + 1),
    })
  const embedded = (alphabet, n) =>
    tf.layers.embedding({ inputDim: first + alphabet.length, outputDim: embedding, embeddingsInitializer: seed(n) })
  const heard = tf.input({ shape: [longest], name: 'heard' })
  const written = tf.input({ shape: [steps], name: 'written' })
  // heard from both ends: what a character stands for may be told by what follows it
  const listened = tf.layers
    .bidirectional({ layer: recurrent(10, units / 2), mergeMode: 'concat' })
    .apply(embedded(from, 1).apply(heard))
  const spelled = recurrent(20, units).apply(embedded(to, 2).apply(written))
  const scores = tf.layers.dot({ axes: [2, 2] }).apply([spelled, listened])
  const attention = tf.layers.activation({ activation: 'softmax', name: 'attend' }).apply(scores)
  const context = tf.layers.dot({ axes: [2, 1] }).apply([attention, listened])
  const both = tf.layers.concatenate().apply([context, spelled])
  const said = tf.layers
    .timeDistributed({
      layer: tf.layers.dense({ units: first + to.length, activation: 'softmax', kernelInitializer: seed(30) }),
    })
    .apply(both)
  const model = tf.model({ inputs: [heard, written], outputs: said })
  model.compile({ loss: 'categoricalCrossentropy', optimizer: tf.train.adam(rate) })

  const heardOf = (texts) => tf.tensor2d(texts.map((text) => padded(numbers(text, from), longest)))
  /** What the decoder is told to have written: the text, one step late. */
  const forcing = (texts) => tf.tensor2d(texts.map((text) => padded([begin, ...numbers(text, to)], steps)))
  /** The numbers that a text is written as, its end included. */
  const spelling = (text) => padded([...numbers(text, to), end], steps)

  const textOf = (row) => {
    const stop = row.findIndex((number) => number < first)
    return Array.from(stop < 0 ? row : row.slice(0, stop), (number) => to[number - first]).join('')
  }
  /** The likeliest character at each step, given what was written before. */
  const likeliest = (x, before) => tf.tidy(() => model.predict([x, before]).argMax(-1).arraySync())

  return {
    model,
    x: heardOf,
    /** what `fit` takes */
    training: (pairs) => {
      const texts = pairs.map(({ truth }) => truth)
      const y = tf.tidy(() =>
        tf.oneHot(tf.tensor2d(texts.map(spelling), [texts.length, steps], 'int32'), first + to.length).toFloat(),
      )
      return { x: [heardOf(pairs.map(({ given }) => given)), forcing(texts)], y }
    },
    /** Decodes by itself: each character that it writes is what it goes on from. */
    greedy: ({ x, texts }) => {
      const rows = texts.map(() => [begin])
      for (let step = 0; step < steps; step += 1) {
        const next = tf.tidy(() => likeliest(x, tf.tensor2d(rows.map((row) => padded(row, steps)))))
        rows.forEach((row, i) => row.push(next[i][step]))
      }
      return rows.map((row) => textOf(row.slice(1)))
    },
    /** Decodes under the teacher's eye: whatever it wrote, it goes on from what it should have written. */
    forced: ({ x, texts }) => tf.tidy(() => likeliest(x, forcing(texts)).map(textOf)),
  }
}
