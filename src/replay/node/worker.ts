import { parentPort, workerData } from 'node:worker_threads'
import { messageOf } from '../../logs/text.js'
import { filler, SweepError } from '../sweep/fill.js'
import { opened } from '../sweep/PackedLog.js'
import { assembler, type Failure, type Work } from './Work.js'
import { take } from './take.js'

const { policies, logs, cells, task, next } = workerData as Work

const work = (): Failure | undefined => {
  const all = opened(logs)
  const fill = filler(assembler(policies), task, cells)
  try {
    for (let piece = take(next, cells); piece; piece = take(next, cells)) fill(all, piece[0], piece[1])
    return undefined
  } catch (error) {
    if (error instanceof SweepError) return { candidate: error.candidate, run: error.run, message: error.message }
    return { candidate: Infinity, run: 0, message: messageOf(error) }
  }
}

parentPort?.postMessage(work())
