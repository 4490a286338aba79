import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from './build.js'

/** Stands for `src/replay/node/workerFile.ts`: a thread knows nothing of vitest, and reads JavaScript. */
export const workerFile = pathToFileURL(join(build(), 'replay', 'node', 'worker.js'))
