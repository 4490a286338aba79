import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { python } from '../oracles.js'

/** What TensorBoard reads of a tag. */
export interface BoardTag {
  readonly plugin: string
  readonly class: number
  readonly content: string
  readonly points: ReadonlyArray<{
    readonly step: number
    readonly at: number
    readonly shape: unknown
    readonly value: unknown
  }>
}

export interface BoardRun {
  readonly tags: Readonly<Record<string, BoardTag>>
  readonly hparams: Readonly<Record<string, unknown>>
  readonly graph: ReadonlyArray<unknown> | null
  readonly models: Readonly<
    Record<string, ReadonlyArray<{ readonly name: string; readonly inputs: ReadonlyArray<string> }>>
  >
}

const script = fileURLToPath(new URL('../../scripts/readEvents.py', import.meta.url))

/** Event files below a folder as the real TensorBoard reads them, by run. */
export const readWithTensorBoard = (dir: string): Readonly<Record<string, BoardRun>> =>
  JSON.parse(
    execFileSync(python, [script, dir], { encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'ignore'] }),
  ) as Readonly<Record<string, BoardRun>>
