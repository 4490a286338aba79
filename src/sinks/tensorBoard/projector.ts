import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Embedding } from '../../tfevents/SummaryWriter.js'
import { writeWholeSync } from '../files.js'

/** A cell of a table whose columns are parted by tabs. */
const cell = (text: string): string => text.replaceAll(/[\t\r\n]+/g, ' ')

const lines = (rows: Iterable<string>): string => [...rows].map((row) => `${row}\n`).join('')

/** Labels by the names of their columns; a plain list is one column. */
const columnsOf = (
  metadata: NonNullable<Embedding['metadata']>,
): ReadonlyArray<readonly [string, ReadonlyArray<string>]> =>
  isList(metadata) ? [['label', metadata]] : Object.entries(metadata)

const isList = (metadata: NonNullable<Embedding['metadata']>): metadata is ReadonlyArray<string> =>
  Array.isArray(metadata)

/** With one column there is no header: TensorBoard would take it for a label. */
const tableOf = (metadata: NonNullable<Embedding['metadata']>): string => {
  const columns = columnsOf(metadata)
  const rows = (columns[0]?.[1] ?? []).map((_, i) => columns.map(([, labels]) => cell(labels[i] ?? '')).join('\t'))
  return lines(columns.length === 1 ? rows : [columns.map(([name]) => cell(name)).join('\t'), ...rows])
}

const check = ({ name, vectors, metadata, metadataPath }: Embedding): void => {
  if (metadata && metadataPath !== undefined)
    throw new RangeError(`embedding '${name}': give metadata or metadataPath, not both`)
  const width = vectors[0]?.length ?? 0
  if (width === 0) throw new RangeError(`embedding '${name}': there are no vectors`)
  const odd = vectors.findIndex((vector) => vector.length !== width)
  if (odd >= 0)
    throw new RangeError(
      `embedding '${name}': vectors must be as long, ${width} numbers; that at ${odd} has ${vectors[odd]?.length ?? 0}`,
    )
  const lacking = metadata && columnsOf(metadata).find(([, labels]) => labels.length !== vectors.length)
  if (lacking)
    throw new RangeError(`embedding '${name}': ${vectors.length} vectors want as many labels, got ${lacking[1].length}`)
}

/** A string of protobuf's text format. */
const quoted = (text: string): string => JSON.stringify(text)

/** Vectors and labels in tables, and the file by which the projector finds them. */
export const writeProjector = (dir: string, embeddings: ReadonlyArray<Embedding>): void => {
  embeddings.forEach(check)
  mkdirSync(dir, { recursive: true })
  const config = embeddings.map(({ name, vectors, metadata, metadataPath }, i) => {
    const file = `${i}-${name.replaceAll(/[^\w.-]+/g, '_')}`
    writeWholeSync(join(dir, `${file}.vectors.tsv`), lines(vectors.map((vector) => Array.from(vector).join('\t'))))
    const labels = metadata ? `${file}.metadata.tsv` : metadataPath
    if (metadata) writeWholeSync(join(dir, `${file}.metadata.tsv`), tableOf(metadata))
    return [
      'embeddings {',
      `  tensor_name: ${quoted(name)}`,
      `  tensor_path: ${quoted(`${file}.vectors.tsv`)}`,
      ...(labels === undefined ? [] : [`  metadata_path: ${quoted(labels)}`]),
      '}',
    ]
  })
  writeWholeSync(join(dir, 'projector_config.pbtxt'), lines(config.flat()))
}
