import { parentPort, workerData } from 'node:worker_threads'
import type { TrainingLog } from '../../logs/TrainingLog.js'
import { messageOf } from '../../logs/text.js'
import { filler, SweepError } from '../sweep/fill.js'
import { unpack } from '../sweep/PackedLog.js'
import { assembler, type Failure, type Work } from './Work.js'
import { take } from './take.js'

const { policies, logs, cells, task, next } = workerData as Work

// one log at a time: the numbers are shared, the events made of them are not
const opened: Iterable<TrainingLog> = {
  *[Symbol.iterator]() {
    for (const log of logs) yield unpack(log)
  },
}

const work = (): Failure | undefined => {
  const fill = filler(assembler(policies), task, cells)
  try {
    for (let piece = take(next, cells); piece; piece = take(next, cells)) fill(opened, piece[0], piece[1])
    return undefined
  } catch (error) {
    if (error instanceof SweepError) return { candidate: error.candidate, run: error.run, message: error.message }
    return { candidate: Infinity, run: 0, message: messageOf(error) }
  }
}

parentPort?.postMessage(work())
