import { earlyStopping } from '../builtins/earlyStopping.js'
import { modelCheckpoint } from '../builtins/modelCheckpoint.js'
import { OptionError } from '../dsl/Options.js'
import type { Actual, Case } from './Case.js'
import { atConstruction } from './faults.js'
import { filesOf, type Written } from './files.js'
import { renamed } from './params.js'
import { failure, runValues } from './values.js'

const stopping = (c: Case): Actual => {
  const options = { ...renamed(c.params), monitor: c.monitor, dialect: 'lightning' } as never
  const done = runValues(c, earlyStopping<never>(options))
  return {
    stoppedEpoch: done.stopped?.epoch ?? null,
    epochsRun: done.epochsRun,
    reason: done.mind['reason'] ?? null,
    wait: done.minds.map((mind) => mind['wait']),
    best: done.minds.map((mind) => mind['best']),
    ...failure(done, 'RuntimeError'),
  }
}

const short = ({ epoch, file }: Written) => ({ epoch, file })

const checkpoint = (c: Case): Actual => {
  const given = renamed(c.params, { filename: 'filepath' })
  const options = { ...given, ...(c.monitor && { monitor: c.monitor }), dialect: 'lightning' } as never
  const done = runValues(c, modelCheckpoint(options))
  const { saves, removes, files } = filesOf(done.asked)
  const lastFile = done.mind['last'] ?? null
  return {
    epochsRun: done.epochsRun,
    saves: saves.map(short),
    removes: removes.map(short),
    kept: files
      .filter(({ file }) => file !== lastFile)
      .map(({ epoch }) => epoch)
      .sort((a, b) => a - b),
    files: files.map(short),
    bestFile: done.mind['bestFile'] ?? null,
    bestEpoch: done.mind['bestEpoch'] ?? null,
    bestScore: done.mind['best'] ?? null,
    lastEpoch: files.find(({ file }) => file === lastFile)?.epoch ?? null,
    ...failure(done, 'MisconfigurationException'),
  }
}

/** What rxfit does in a case of Lightning's. */
export const lightning = (c: Case): Actual | undefined => {
  try {
    if (c.policy === 'EarlyStopping') return stopping(c)
    return c.policy === 'ModelCheckpoint' ? checkpoint(c) : undefined
  } catch (cause) {
    return atConstruction(cause, (error) => (error instanceof OptionError ? 'MisconfigurationException' : undefined))
  }
}
