/** An operation that was timed, as a backend reports it. */
export interface TimedKernel {
  readonly name: string
  /** milliseconds; NaN where the backend can't tell */
  readonly ms: number
  /** of the tensors that it made */
  readonly bytes: number
  readonly inputShapes: ReadonlyArray<ReadonlyArray<number> | null>
  readonly outputShapes: ReadonlyArray<ReadonlyArray<number>>
}

const rounded = (x: number, digits: number): string => (Number.isFinite(x) ? x.toFixed(digits) : '?')

/** A table in markdown: where the time went, by kind of operation, the longest first. */
export const profileTable = (kernels: ReadonlyArray<TimedKernel>): string => {
  const kinds = new Map<string, { calls: number; ms: number; bytes: number }>()
  for (const { name, ms, bytes } of kernels) {
    const { calls, ms: before, bytes: made } = kinds.get(name) ?? { calls: 0, ms: 0, bytes: 0 }
    kinds.set(name, { calls: calls + 1, ms: before + ms, bytes: made + bytes })
  }
  const total = kernels.reduce((sum, { ms }) => sum + ms, 0)
  const longest = [...kinds].sort(([, a], [, b]) => b.ms - a.ms)
  const rows = longest.map(
    ([name, { calls, ms, bytes }]) =>
      `| ${name} | ${calls} | ${rounded(ms, 3)} | ${rounded((100 * ms) / total, 1)} | ${rounded(bytes / 2 ** 20, 3)} |`,
  )
  return [
    `${kernels.length} operations, ${rounded(total, 3)} ms`,
    '',
    '| operation | calls | ms | % | MB made |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows,
    '',
  ].join('\n')
}

const shapeText = (shape: ReadonlyArray<number> | null): string => `[${shape?.join(', ') ?? '?'}]`

/**
 * The operations in the Trace Event Format, which chrome://tracing and Perfetto show. Backends tell how long each took, not when it
 * began: they stand one behind another.
 */
export const profileTrace = (kernels: ReadonlyArray<TimedKernel>): string => {
  let at = 0
  const traceEvents = kernels.map(({ name, ms, bytes, inputShapes, outputShapes }) => {
    const [ts, dur] = [at, Number.isFinite(ms) ? ms * 1000 : 0]
    at += dur
    const args = { inputs: inputShapes.map(shapeText), outputs: outputShapes.map(shapeText), bytes }
    return { name, ph: 'X', pid: 1, tid: 1, ts, dur, args }
  })
  return `${JSON.stringify({ displayTimeUnit: 'ms', traceEvents })}\n`
}
