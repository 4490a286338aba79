import * as v from 'valibot'
import { text as word } from '../dsl/Options.js'
import { confusionMatrix as count } from '../metrics/confusionMatrix.js'
import { canvas, colourOf, ink, mix, fillRect, soft, strokeRect, white } from './Canvas.js'
import { classCount, className, classesOf } from './classes.js'
import { only, present, type Drawing } from './Drawing.js'
import { fitted, lineHeight, text, textWidth, titleWidth } from './font.js'

export const confusionMatrixSchema = v.strictObject({
  labels: v.optional(v.array(word), []),
  output: v.optional(word),
})

/** Cells are legible, so more make a picture that nobody can look at. */
const mostClasses = 150

/** How often each class was taken for each: rows are true, columns predicted, darker the larger the share of its row. */
export const confusionMatrix = ({ labels, output }: v.InferOutput<typeof confusionMatrixSchema>): Drawing => ({
  of: 'predictions',
  most: Infinity,
  draw: ({ title, predictions }) => {
    const seen = present(predictions, 'predictions')
    const predicted = only('output', seen.predicted, output)
    const truth = classesOf(only('output', seen.truth, predicted.name), 'truth')
    const said = classesOf(predicted, 'prediction')
    const classes = Math.max(labels.length, classCount(predicted, truth, said))
    // targets that are amounts look like labels, and there is a cell for each pair
    if (classes > mostClasses)
      throw new Error(
        `a confusion matrix is drawn of at most ${mostClasses} classes; '${predicted.name}' has ${classes}`,
      )
    const { matrix } = count(truth, said, { labels: Array.from({ length: classes }, (_, i) => i) })
    const names = matrix.map((_, i) => fitted(className(i, labels), 72))
    // as wide as any count can get: pictures of one GIF have one size
    const widest = Math.max(textWidth(String(truth.length)), ...names.map((name) => textWidth(name)))
    const cell = Math.max(22, widest + 8)
    const left = Math.max(...names.map((name) => textWidth(name))) + lineHeight + 10
    const top = 3 * lineHeight + 6
    const caption = `${title}: rows true, columns predicted`
    const on = canvas(Math.max(left + classes * cell + 8, titleWidth(caption) + 12), top + classes * cell + 8)
    text(on, caption, 6, 5, ink)
    matrix.forEach((row, i) => {
      const all = row.reduce((sum, n) => sum + n, 0)
      const name = names[i] as string
      text(on, name, left - 5 - textWidth(name), top + i * cell + Math.round(cell / 2) - 4, ink)
      text(on, name, left + i * cell + Math.round((cell - textWidth(name)) / 2), top - lineHeight, ink)
      row.forEach((n, j) => {
        const share = all === 0 ? 0 : n / all
        const [x, y] = [left + j * cell, top + i * cell]
        fillRect(on, x, y, cell, cell, mix(white, colourOf(i === j ? 0 : 4), share))
        const digits = String(n)
        const at = x + Math.round((cell - textWidth(digits)) / 2)
        text(on, digits, at, y + Math.round(cell / 2) - 4, share > 0.5 ? white : n === 0 ? soft : ink)
      })
    })
    strokeRect(on, left - 1, top - 1, classes * cell + 2, classes * cell + 2, soft)
    return on
  },
})
