import type { Place } from '../Collector.js'
import type { Fields } from '../json.js'
import { jsonLines } from '../jsonLines.js'
import { layout } from '../Layout.js'
import type { ObjectLayout } from '../objects.js'
import type { Context, Reader } from '../Reader.js'
import { LogError } from '../TrainingLog.js'

const numberOf = (fields: Fields, key: string): number | undefined => {
  const value = fields[key]
  return typeof value === 'number' ? value : undefined
}

const used = ['epoch', 'iter', 'step', 'mode']

/** Lines of mmengine: `iter` or `epoch` on those of training; those of validation have a `step` alone. */
const isTraining = (fields: Fields): boolean => 'iter' in fields || 'epoch' in fields || 'loss' in fields

/**
 * mmengine's `step` is the iteration on lines of training; on those of validation it is the epoch if training goes by epochs, and
 * else the iteration. mmcv, before it, has `mode`, and its `iter` counts within the epoch.
 */
const placeOf =
  ({ path }: Context) =>
  (fields: Fields, before: Place): { readonly place: Place; readonly used: ReadonlyArray<string> } => {
    const epoch = numberOf(fields, 'epoch')
    const step = numberOf(fields, 'step')
    if (typeof fields['mode'] === 'string') {
      // of a validation, `iter` is how many batches it had
      return { place: { epoch, step: undefined, time: undefined }, used }
    }
    if (isTraining(fields)) return { place: { epoch, step: step ?? numberOf(fields, 'iter'), time: undefined }, used }
    if (step === undefined || step === before.step || before.step === undefined)
      return { place: { epoch: before.epoch, step: before.step ?? step, time: undefined }, used }
    if (step === before.epoch) return { place: { epoch: step, step: before.step, time: undefined }, used }
    throw new LogError(
      path,
      null,
      `a line of validation at step ${step}: expected the epoch (${before.epoch ?? 'none'}) or the iteration (${before.step}) of the line of training before it`,
    )
  }

const layoutOf = (context: Context): ObjectLayout => {
  const byMode = context.head.holds('mode')
  const evaluates = byMode ? () => false : layout({ format: '' }).evaluates
  return {
    ...layout({
      format: 'mmengine',
      word: 'key',
      epoch: ['epoch'],
      step: byMode ? [] : ['step', 'iter'],
      time: [],
      epochsFrom: 1,
      evaluates,
      ofEpoch: evaluates,
    }),
    order: byMode ? 'epoch' : 'step',
    place: placeOf(context),
    isEvaluation: (fields) => fields['mode'] === 'val' || (!byMode && !isTraining(fields)),
    skip: (fields) =>
      'env_info' in fields ||
      'mmcv_version' in fields ||
      !Object.values(fields).some((value) => typeof value === 'number')
        ? 'about the machine, left out'
        : undefined,
  }
}

/** Logs of mmengine (scalars.json and its like) and of mmcv before it, in JSON Lines. */
export const mmengine = {
  name: 'mmengine',
  looksLike: 'JSON Lines with "iter" and "step", or with "mode", "epoch" and "iter"',
  matches: (head) => head.holds('mode', 'epoch', 'iter') || head.holds('iter', 'step') || head.holds('iter', 'memory'),
  open: (context) => jsonLines(context, layoutOf(context)),
} as const satisfies Reader
