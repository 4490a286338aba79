import { bytes, double, int, message, text } from './protobuf.js'
import { concat, frame } from './records.js'
import type { Summary } from './Summary.js'

/** Event of TensorFlow's event.proto, framed as a record. */

/** The first event of every file. */
export const versionEvent = (wallTime: number): Uint8Array =>
  frame(concat([double(1, wallTime), text(3, 'brain.Event:2'), message(10, text(1, 'rxfit'))]))

/** Summaries at a step; `wallTime` in seconds. */
export const summaryEvent = (wallTime: number, step: number, summaries: ReadonlyArray<Summary>): Uint8Array =>
  frame(
    concat([
      double(1, wallTime),
      int(2, step),
      message(5, ...summaries.map(({ tag, fields }) => message(1, text(1, tag), ...fields))),
    ]),
  )

/** A graph, as `graphDef` makes it. */
export const graphEvent = (wallTime: number, graph: Uint8Array): Uint8Array =>
  frame(concat([double(1, wallTime), bytes(4, graph)]))
