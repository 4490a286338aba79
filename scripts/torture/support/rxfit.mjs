import { existsSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { join } from 'node:path'

/**
 * rxfit for a child process: the build in `dist`, or in the folder that RXFIT_BUILD names. And TensorFlow.js: the native addon where
 * it is built, plain tfjs elsewhere or with RXFIT_BACKEND=cpu.
 */
const build = process.env.RXFIT_BUILD ?? fileURLToPath(new URL('../../../dist', import.meta.url))
if (!existsSync(join(build, 'index.js'))) throw new Error(`there is no build in ${build}: npm run build`)
const load = (path) => import(pathToFileURL(join(build, path)).href)

export const rx = await load('index.js')
export const { fit, fit$, loadCheckpoint } = await load('tfjs/index.js')

const native = async () => {
  if (process.env.RXFIT_BACKEND === 'cpu') return undefined
  return import('@tensorflow/tfjs-node').then(
    (module) => module.default ?? module,
    () => undefined,
  )
}

const quietly = async (task) => {
  const { warn } = console
  console.warn = () => undefined
  try {
    return await task()
  } finally {
    console.warn = warn
  }
}

// plain tfjs advertises the addon on Node
export const tf = await quietly(async () => (await native()) ?? (await import('@tensorflow/tfjs')))
await quietly(() => tf.ready())
