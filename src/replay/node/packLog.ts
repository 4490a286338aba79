import type { TrainingLog } from '../../logs/TrainingLog.js'
import type { Policy } from '../../dsl/Policy.js'
import type { Candidate } from '../sweep/Candidate.js'
import { pack, type PackedLog } from '../sweep/PackedLog.js'
import { candidatesOf, tagsOf } from '../sweep/plan.js'
import { shared } from './Work.js'

/**
 * A log as shared columns of numbers, with no more in it than these policies look at: a hundred logs kept for a sweep take a
 * few megabytes, and their events may be let go of.
 * @category replay
 * @example
 * import { earlyStopping } from 'rxfit'
 * import { fromEpochs } from 'rxfit/logs'
 * import { sweep } from 'rxfit/replay'
 * import { packLog } from 'rxfit/replay/node'
 * const policies = [earlyStopping({ patience: 1 })]
 * const logs = [[2, 3, 1], [1, 2, 3]].map((values) => packLog(fromEpochs(values.map((val_loss) => ({ val_loss }))), policies))
 * sweep(policies, logs, { judge: 'val_loss' }).policies[0].epochs // => 2
 */
export const packLog = <M extends string>(
  log: TrainingLog,
  policies: ReadonlyArray<Candidate | Policy<M>>,
): PackedLog => pack(log, tagsOf(candidatesOf(policies)), shared)
