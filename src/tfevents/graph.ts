import { int, message, text } from './protobuf.js'
import { concat } from './records.js'

/** A node of a graph: what it is, and which nodes it takes its inputs from. */
export interface GraphNode {
  /** parts between slashes are boxes that can be opened: 'encoder/dense/MatMul' */
  readonly name: string
  readonly op: string
  readonly inputs?: ReadonlyArray<string>
}

/** GraphDef of TensorFlow's graph.proto. */
export const graphDef = (nodes: ReadonlyArray<GraphNode>): Uint8Array =>
  concat([
    ...nodes.map(({ name, op, inputs = [] }) =>
      message(1, text(1, name), text(2, op), ...inputs.map((input) => text(3, input))),
    ),
    message(4, int(1, 22)),
  ])
