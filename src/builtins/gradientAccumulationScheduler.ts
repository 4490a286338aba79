import { accumulateGradients, none, type Command } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { oneOf, parse, positive } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import * as v from 'valibot'

export interface GradientAccumulationSchedulerOptions {
  /** 0-based epoch to number of batches, each in force until the next; 1 before the first */
  readonly scheduling: Readonly<Record<number, number>>
  /**
   * what is left over at the end of an epoch: 'rxfit' (default) steps with its mean, 'lightning' with its sum divided by the
   * full number of batches
   */
  readonly dialect?: 'rxfit' | 'lightning'
}

const epoch = v.pipe(v.string(), v.regex(/^(0|[1-9]\d*)$/, 'must be a 0-based epoch'))

export const gradientAccumulationSchedulerSchema = v.strictObject({
  scheduling: v.pipe(
    v.record(epoch, positive),
    v.check((scheduling) => Object.keys(scheduling).length > 0, 'must name an epoch, such as { 0: 4 }'),
  ),
  dialect: v.optional(oneOf('rxfit', 'lightning'), 'rxfit'),
})

const by = 'gradientAccumulationScheduler'

/**
 * Lets the optimizer step once in several batches, with the mean of their gradients, so that small batches train as large ones
 * would; how many depends on the epoch. Lightning's GradientAccumulationScheduler. Every batch counts the same, however many
 * samples it has. The optimizer also steps at an epoch's last batch; where the length of a dataset isn't known, at the end of the
 * epoch, after its validation.
 * @category builtins
 * @see https://lightning.ai/docs/pytorch/stable/api/lightning.pytorch.callbacks.GradientAccumulationScheduler.html
 * @example
 * import { gradientAccumulationScheduler } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const asked = commands(gradientAccumulationScheduler({ scheduling: { 0: 4, 2: 1 } }), [{}, {}, {}])
 * asked.map((c) => c.why) // => [{ epoch: 0, batches: 4 }, { epoch: 2, batches: 1 }]
 */
export const gradientAccumulationScheduler = (options: GradientAccumulationSchedulerOptions): Policy<never> => {
  const { scheduling, dialect } = parse(by, gradientAccumulationSchedulerSchema, options)
  // integer keys come in ascending order, whatever order they were written in
  const stages = Object.entries(scheduling).map(([from, batches]) => ({ from: Number(from), batches }))
  const batchesAt = (epoch: number): number => stages.findLast(({ from }) => epoch >= from)?.batches ?? 1
  const remainder = dialect === 'lightning' ? 'share' : 'mean'
  return make<never>(
    Machine.make(
      { kind: by, options: { ...options }, events: ['TrainBegin', 'EpochBegin'], ignoresRate: true },
      1,
      (last, { _tag, epoch }: TrainingEvent<never>): readonly [ReadonlyArray<Command>, number] => {
        // each fit begins with a step a batch, whatever an earlier one, which this goes on from, was told
        if (_tag === 'TrainBegin') return [none, 1]
        const batches = batchesAt(epoch)
        if (batches === last) return [none, last]
        return [[{ ...accumulateGradients(batches, { remainder }), by, why: { epoch, batches } }], batches]
      },
    ),
  )
}
