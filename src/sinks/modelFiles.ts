import { existsSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { lstat, mkdir, readFile, readdir, rm, symlink } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import type { JsonObject } from '../dsl/Json.js'
import { fileError, removeLostDrafts, writeWhole } from './files.js'
import type { Artifacts, CheckpointParts, ModelStore } from './Host.js'

/** The last save of each folder that is under way: the next waits for it, or they would clean up after each other. */
const turns = new Map<string, Promise<void>>()

const inTurn = async (folder: string, task: () => Promise<void>): Promise<void> => {
  const mine = (turns.get(folder) ?? Promise.resolve()).then(task)
  const settled = mine.catch(() => undefined)
  turns.set(folder, settled)
  await mine.finally(() => {
    if (turns.get(folder) === settled) turns.delete(folder)
  })
}

const bytesOf = (data: Artifacts['weightData']): Uint8Array =>
  Buffer.concat(
    (Array.isArray(data) ? data : data ? [data as ArrayBuffer] : []).map((part) => new Uint8Array(part as ArrayBuffer)),
  )

/** A file is named for its content, so a damaged one gives itself away. */
const nameOf = (kind: 'weights' | 'optimizer', bytes: Uint8Array): string =>
  `${kind}.${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.bin`

const isOurs = (name: string): boolean => /^(weights|optimizer)\.[0-9a-f]{12}\.bin$/.test(name)

const readBinary = async (folder: string, name: string): Promise<Buffer> => {
  const path = join(folder, name)
  const bytes = await readFile(path)
  if (isOurs(name) && nameOf(name.startsWith('weights') ? 'weights' : 'optimizer', bytes) !== name)
    throw new Error(`${path}: damaged: its content is not what was saved (${bytes.byteLength} bytes)`)
  return bytes
}

interface Manifest {
  readonly rxfit?: { readonly data?: unknown; readonly info?: unknown }
  readonly weightsManifest?: ReadonlyArray<{
    readonly paths: ReadonlyArray<string>
    readonly weights: ReadonlyArray<unknown>
  }>
  readonly [more: string]: unknown
}

const isManifest = (json: unknown): json is Manifest => {
  const groups = (json as Manifest | null)?.weightsManifest
  return (
    Array.isArray(groups) &&
    groups.every(
      (group: { readonly paths?: unknown; readonly weights?: unknown } | null) =>
        Array.isArray(group?.paths) &&
        group.paths.every((path) => typeof path === 'string') &&
        Array.isArray(group.weights),
    )
  )
}

/** The shape of `model.json`, enough of it to load safely. */
const readManifest = async (folder: string): Promise<Manifest> => {
  const path = join(folder, 'model.json')
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const { code, message } = cause as NodeJS.ErrnoException
    throw new Error(`${path}: ${code === 'ENOENT' ? 'there is no saved model' : message}`, { cause })
  })
  try {
    const manifest: unknown = JSON.parse(text)
    if (isManifest(manifest)) return manifest
    throw new Error('it has no weightsManifest')
  } catch (cause) {
    throw new Error(`${path}: not a saved model: ${(cause as Error).message}`, { cause })
  }
}

const readParts = async (folder: string, { data, info }: NonNullable<Manifest['rxfit']>): Promise<CheckpointParts> => {
  if (typeof data !== 'string' || !isOurs(data) || typeof info !== 'object' || info === null)
    throw new Error(`${join(folder, 'model.json')}: its "rxfit" must be { data, info }`)
  return { data: await readBinary(folder, data), info: info as JsonObject }
}

const isLink = (path: string): Promise<boolean> =>
  lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  )

/** A link is taken away before anything is written to its path: what it leads to is another model. */
const unlink = async (path: string): Promise<boolean> => {
  const linked = await isLink(path)
  if (linked) await rm(path)
  return linked
}

const makeFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw fileError(folder, cause)
  })
}

/** What can't be removed now is in nobody's way; the next save tries again. */
const removeFrom = async (folder: string, names: ReadonlyArray<string>): Promise<void> => {
  await Promise.all(names.map((name) => rm(join(folder, name), { force: true }).catch(() => undefined)))
}

/** Only what a model consists of: a folder that holds more stays. */
const removeModel = async (folder: string): Promise<void> => {
  const names = await readdir(folder).catch(() => [])
  await Promise.all(names.filter((name) => name === 'model.json' || isOurs(name)).map((name) => rm(join(folder, name))))
  if (names.length > 0 && (await readdir(folder)).length === 0) await rm(folder, { recursive: true })
}

/**
 * A model in a folder, in TensorFlow.js' own layout (`model.json` beside binary weights), so that `tf.loadLayersModel` reads
 * it from any server, and tfjs-node from `file://`. The weights get a name of their own and `model.json` replaces its
 * predecessor in one step: a process killed half way leaves the earlier model whole.
 */
export const modelFolder = (folder: string): ModelStore => ({
  save: ({ weightSpecs, weightData, modelTopology, ...rest }, what, more) =>
    inTurn(resolve(folder), async () => {
      await unlink(folder)
      await makeFolder(folder)
      removeLostDrafts(folder)
      const before = new Set(await readdir(folder))
      const bytes = bytesOf(weightData)
      const weights = nameOf('weights', bytes)
      const state = more && nameOf('optimizer', more.data)
      const manifest = {
        ...(what === 'model' && { ...rest, modelTopology }),
        weightsManifest: [{ paths: [weights], weights: weightSpecs ?? [] }],
        ...(more && { rxfit: { data: state, info: more.info } }),
      }
      try {
        await writeWhole(join(folder, weights), bytes)
        if (more && state !== undefined) await writeWhole(join(folder, state), more.data)
        await writeWhole(join(folder, 'model.json'), JSON.stringify(manifest))
      } catch (error) {
        // the earlier model is as it was; what only this one needed would fill the disk further
        await removeFrom(
          folder,
          [weights, ...(state === undefined ? [] : [state])].filter((name) => !before.has(name)),
        )
        throw error
      }
      await removeFrom(
        folder,
        (await readdir(folder)).filter((name) => isOurs(name) && name !== weights && name !== state),
      )
    }),
  exists: () => existsSync(join(folder, 'model.json')),
  load: async () => {
    const { weightsManifest = [], rxfit, ...rest } = await readManifest(folder)
    const files = weightsManifest.flatMap((group) => group.paths)
    const stranger = files.find((name) => name.includes('/') || name.includes('\\') || name.startsWith('..'))
    if (stranger !== undefined)
      throw new Error(`${join(folder, 'model.json')}: weights must lie beside it, got '${stranger}'`)
    const parts = await Promise.all(files.map((name) => readBinary(folder, name)))
    const bytes = Buffer.concat(parts)
    return {
      ...rest,
      weightSpecs: weightsManifest.flatMap((group) => group.weights),
      weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
      ...(rxfit && { checkpoint: await readParts(folder, rxfit) }),
    }
  },
  linkTo: async (path) => {
    let linked = false
    await inTurn(resolve(folder), async () => {
      if (!(await unlink(folder))) await removeModel(folder)
      await mkdir(dirname(resolve(folder)), { recursive: true })
      // relative, so that the folder of both can be moved; Windows lets anyone make junctions, which must be absolute
      const windows = process.platform === 'win32'
      const target = windows ? resolve(path) : relative(dirname(resolve(folder)), resolve(path))
      linked = await symlink(target, folder, windows ? 'junction' : 'dir').then(
        () => true,
        () => false,
      )
    })
    return linked
  },
  remove: async () => {
    if (!(await unlink(folder))) await removeModel(folder)
  },
})
