import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { func, parse, text } from '../../dsl/Options.js'
import * as Event from '../../tfevents/Event.js'
import { graphDef } from '../../tfevents/graph.js'
import { concat } from '../../tfevents/records.js'
import * as Summary from '../../tfevents/Summary.js'
import type { SummaryWriter, When } from '../../tfevents/SummaryWriter.js'
import * as v from 'valibot'
import { appendAll, fileError, isDeleted } from '../files.js'
import { pngOf } from './png.js'
import { writeProjector } from './projector.js'

export interface SummaryWriterOptions {
  /** clock in milliseconds. Default Date.now */
  readonly now?: () => number
  /** path of an event file in that folder, to go on with */
  readonly file?: string
}

const schema = v.strictObject({ now: v.optional(func), file: v.optional(text) })

/** Files made by this process; several may be made in one second. */
let files = 0

/** TensorBoard looks for `tfevents` in the name, and reads a folder's files in the order of their names. */
const fileName = (ms: number): string => {
  files += 1
  const seconds = String(Math.floor(ms / 1000)).padStart(10, '0')
  return `events.out.tfevents.${seconds}.${hostname()}.${process.pid}.${files}.v2`
}

const mustBe = (holds: boolean, problem: string): void => {
  if (!holds) throw new RangeError(problem)
}

const checkPlace = (tag: unknown, step: unknown): void => {
  mustBe(typeof tag === 'string' && tag !== '', `a tag must be a name, got ${String(tag) || 'an empty text'}`)
  mustBe(Number.isSafeInteger(step), `the step of '${String(tag)}' must be a whole number, got ${String(step)}`)
}

/** Records of one file, made when the first is written: a run that writes nothing leaves no file. */
const eventFile = (dir: string, path: string, first: () => Uint8Array) => {
  let file: number | undefined
  let begun = existsSync(path) && statSync(path).size > 0
  let closed = false
  return {
    path,
    // synchronous: a process that is killed leaves what it wrote
    write: (record: Uint8Array): void => {
      if (closed) throw new Error(`${path}: is closed, and can't be written to`)
      try {
        if (file !== undefined && isDeleted(file)) {
          // what was in it is gone; what is to come need not be
          closeSync(file)
          file = undefined
          begun = false
        }
        if (file === undefined) mkdirSync(dir, { recursive: true })
        file ??= openSync(path, 'a')
        appendAll(file, begun ? record : concat([first(), record]))
        begun = true
      } catch (cause) {
        throw fileError(path, cause)
      }
    },
    flush: (): void => {
      if (file !== undefined) fsyncSync(file)
    },
    close: (): void => {
      if (file !== undefined) closeSync(file)
      file = undefined
      closed = true
    },
  }
}

/**
 * Writes an event file for TensorBoard into a folder: scalars, histograms, images, texts, precision-recall curves, hyperparameters,
 * graphs and embeddings, as TensorFlow 2 writes them. Each write is in the file when it returns, so that a process which is killed
 * leaves all it wrote. Writers of one folder each have a file of their own.
 * @category node
 * @throws OptionError for unknown options; RangeError, from its functions, for what can't be shown: a step that isn't whole, an
 * image that isn't one
 * @example
 * import { mkdtempSync } from 'node:fs'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { summaryWriter } from 'rxfit/node'
 * import { readEvents } from 'rxfit/logs'
 * const dir = mkdtempSync(join(tmpdir(), 'rxfit-'))
 * const writer = summaryWriter(dir)
 * for (const step of [0, 1, 2]) writer.scalar('loss', 1 / (step + 1), step)
 * writer.text('notes', '**first** try', 0)
 * writer.close()
 * readEvents(dir).series.map(({ tag, steps }) => [tag, [...steps]]) // => [['loss', [0, 1, 2]]]
 */
export const summaryWriter = (dir: string, options: SummaryWriterOptions = {}): SummaryWriter => {
  parse('summaryWriter', schema, options)
  const { now = Date.now } = options
  const begun = now()
  const file = eventFile(dir, options.file ?? join(dir, fileName(begun)), () => Event.versionEvent(begun / 1000))
  const seconds = ({ at = now() }: When): number => at / 1000
  const write = (step: number, when: When, summaries: ReadonlyArray<Summary.Summary>): void => {
    for (const { tag } of summaries) checkPlace(tag, step)
    file.write(Event.summaryEvent(seconds(when), step, summaries))
  }
  return {
    path: file.path,
    scalar: (tag, value, step, when = {}) => {
      write(step, when, [Summary.scalar(tag, value)])
    },
    histogram: (tag, values, step, { buckets = 30, ...when } = {}) => {
      mustBe(Number.isSafeInteger(buckets) && buckets >= 1, `buckets must be a whole number from 1, got ${buckets}`)
      write(step, when, [Summary.histogram(tag, values, buckets)])
    },
    image: (tag, given, step, when = {}) => {
      const encoded = (Array.isArray(given) ? given : [given]).map(pngOf)
      const [{ width, height } = { width: 0, height: 0 }] = encoded
      mustBe(encoded.length > 0, `'${tag}': there is no image`)
      mustBe(
        encoded.every((one) => one.width === width && one.height === height),
        `'${tag}': images of one step must have one size, got ${encoded.map((one) => `${one.width} x ${one.height}`).join(', ')}`,
      )
      const images = encoded.map(({ png }) => png)
      write(step, when, [Summary.image(tag, images, width, height)])
    },
    text: (tag, markdown, step, when = {}) => {
      write(step, when, [Summary.markdown(tag, markdown)])
    },
    prCurve: (tag, yTrue, yProb, step, { thresholds = 201, ...when } = {}) => {
      mustBe(
        Number.isSafeInteger(thresholds) && thresholds >= 2,
        `thresholds must be a whole number from 2, got ${thresholds}`,
      )
      mustBe(yTrue.length === yProb.length, `'${tag}': ${yTrue.length} labels and ${yProb.length} probabilities`)
      mustBe(
        Array.from(yProb).every((p) => p >= 0 && p <= 1),
        `'${tag}': probabilities must be from 0 to 1`,
      )
      write(step, when, [Summary.prCurve(tag, yTrue, yProb, thresholds)])
    },
    hparams: (hparams, when = {}) => {
      const named = { ...hparams, group: hparams.group ?? dir }
      write(0, when, Summary.hparamsSummaries(named, seconds(when)))
    },
    hparamsEnd: (status = 'success', when = {}) => {
      write(0, when, [Summary.hparamsEnd(status, seconds(when))])
    },
    graph: (nodes, when = {}) => {
      file.write(Event.graphEvent(seconds(when), graphDef(nodes)))
    },
    modelGraph: (json, tag = 'keras', when = {}) => {
      write(0, when, [Summary.kerasModel(tag, json)])
    },
    projector: (embeddings) => {
      writeProjector(dir, embeddings)
    },
    flush: file.flush,
    close: file.close,
  }
}
