import { jsonLines } from '../jsonLines.js'
import { layout, type Layout } from '../Layout.js'
import type { Context, Reader, ReaderOptions } from '../Reader.js'
import { table, type TableLayout } from '../tables.js'
import { LogError } from '../TrainingLog.js'

const history: Layout = layout({
  format: 'wandb',
  step: ['_step', 'step', 'trainer/global_step', 'global_step'],
  time: [
    ['_timestamp', 's'],
    ['wall time', 's'],
    ['relative time (process)', 's'],
    ['relative time (wall)', 's'],
  ],
  leaveOut: (name) =>
    /^_(runtime|wandb)\b/.test(name)
      ? 'about the run, not a measurement'
      : /__(MIN|MAX)$/.test(name)
        ? 'the range of what was drawn as one point'
        : undefined,
})

const between = ' - '

const runOf = (name: string): string | undefined => {
  const at = name.indexOf(between)
  return at < 0 ? undefined : name.slice(0, at)
}

/** The columns of one run: a chart's table has those of all that were in it. */
const layoutOf = ({ path, options }: Context, names: ReadonlyArray<string>): TableLayout => {
  const runs = [...new Set(names.map(runOf).filter((run) => run !== undefined))]
  if (runs.length === 0) return history
  const { segment = 'last' } = options
  const taken = segment === 'last' ? runs.at(-1) : segment === 'joined' ? undefined : runs[segment - 1]
  if (taken === undefined)
    throw new LogError(
      path,
      1,
      `segment ${segment}: expected 'last' or 1 to ${runs.length}, the runs of this table (${runs.join(', ')})`,
    )
  return {
    ...history,
    leaveOut: (name) => {
      const run = runOf(name)
      return history.leaveOut(name) ?? (run !== undefined && run !== taken ? 'of another run' : undefined)
    },
    rename: (name) => (runOf(name) === undefined ? name : name.slice(name.indexOf(between) + between.length)),
    notes:
      runs.length === 1
        ? [`run: '${taken}'`]
        : [
            `${runs.length} runs in this table (${runs.join(', ')}): '${taken}' is taken; segment 1 to ${runs.length} chooses`,
          ],
  }
}

/** Tables and histories that Weights & Biases exports. */
export const wandb = {
  name: 'wandb',
  looksLike: "a table with 'Step' and 'run - metric', or a history with '_step'",
  matches: (head) =>
    head.holds('_step', '_timestamp') ||
    head.has('_step') ||
    (head.header.length > 1 &&
      /^(step|epoch|wall time|relative time \((process|wall)\)|.*global_step)$/i.test(head.header[0] ?? '') &&
      head.header.slice(1).every((name) => name.includes(between))),
  open: (context) => {
    if (context.head.records.length > 0) return jsonLines(context, { ...history, word: 'key' })
    // which of a table's runs is read was chosen by its columns
    const chosen = context.head.header.some((name) => runOf(name) !== undefined)
    const { segment: _, ...rest } = context.options
    const options: ReaderOptions = chosen ? rest : context.options
    return table(context, (names) => layoutOf(context, names), { options })
  },
} as const satisfies Reader
