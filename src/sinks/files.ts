import { randomBytes } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { open, rename, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { isAlive } from './processes.js'

/** What the system's codes mean to whoever has to mend it. */
const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'it would be larger than a file may be here',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENOENT: 'its folder is not there',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EEXIST: 'a part of its path is a file, not a folder',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'its name is too long',
  ERR_INVALID_ARG_VALUE: 'its name has a null character in it',
}

/** A file that could not be written. `code` is the system's: ENOSPC, EROFS … */
export class FileError extends Error {
  readonly _tag = 'FileError'
  override readonly name = 'FileError'
  readonly code: string | undefined
  constructor(path: string, cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException
    const known = code === undefined ? undefined : reasons[code]
    super(`${path}: can't be written: ${known === undefined ? message : `${known} (${code})`}`, { cause })
    this.code = code
  }
}

/** As a `FileError`, once. */
export const fileError = (path: string, cause: unknown): FileError =>
  cause instanceof FileError ? cause : new FileError(path, cause)

const draftName = /\.([^.]*)-(\d+)-[0-9a-f]{8}\.tmp$/
const here = hostname().replaceAll(/[^\w-]/g, '_')

/** Where a file is written before it takes its place: beside it, so that it can be renamed. Says whose it is. */
const draftOf = (path: string): string => `${path}.${here}-${process.pid}-${randomBytes(4).toString('hex')}.tmp`

/** What is to be replaced: behind links, with the rights it has. Devices and pipes are written to as they are. */
const destinationOf = (path: string): { readonly path: string; readonly mode: number; readonly special: boolean } => {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return { path, mode: 0o666, special: false }
  const special = !found.isFile() && !found.isDirectory()
  return { path: special ? path : realpathSync(path), mode: found.mode & 0o777, special }
}

/** Some file systems have no way to sync a folder; then the rename is as safe as it gets. */
const noFolderSync = new Set(['EINVAL', 'EPERM', 'EACCES', 'EISDIR', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

const mayPass = (error: unknown): void => {
  if (!noFolderSync.has((error as NodeJS.ErrnoException).code ?? '')) throw error
}

/** Makes what was renamed in a folder last through a power cut. */
export const syncFolder = async (folder: string): Promise<void> => {
  const file = await open(folder, 'r').catch(mayPass)
  if (!file) return
  try {
    await file.sync().catch(mayPass)
  } finally {
    await file.close()
  }
}

/** The same, for places where nothing may be waited for. */
export const syncFolderSync = (folder: string): void => {
  let file: number | undefined
  try {
    file = openSync(folder, 'r')
    fsyncSync(file)
  } catch (error) {
    mayPass(error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

const fill = async (file: FileHandle, content: string | Uint8Array): Promise<void> => {
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/**
 * Writes a file whole or not at all: into a draft beside it, synced, renamed, the folder synced. Whoever reads meanwhile, or
 * after a crash at any moment, has the old file or the new one. Rejects with a `FileError`; the draft is gone and the old file
 * untouched.
 */
export const writeWhole = async (path: string, content: string | Uint8Array): Promise<void> => {
  let draft: string | undefined
  try {
    const { path: real, mode, special } = destinationOf(path)
    if (special) {
      await writeFile(path, content)
      return
    }
    draft = draftOf(real)
    await fill(await open(draft, 'wx', mode), content)
    await rename(draft, real)
    await syncFolder(dirname(real))
  } catch (cause) {
    if (draft !== undefined) await rm(draft, { force: true }).catch(() => undefined)
    throw fileError(path, cause)
  }
}

/** The same, for places where nothing may be waited for. */
export const writeWholeSync = (path: string, content: string | Uint8Array): void => {
  let draft: string | undefined
  try {
    const { path: real, mode, special } = destinationOf(path)
    if (special) {
      writeFileSync(path, content)
      return
    }
    draft = draftOf(real)
    writeFileSync(draft, content, { flag: 'wx', mode, flush: true })
    renameSync(draft, real)
    syncFolderSync(dirname(real))
  } catch (cause) {
    if (draft !== undefined) tryTo(() => rmSync(draft as string, { force: true }))
    throw fileError(path, cause)
  }
}

const tryTo = (effect: () => void): void => {
  try {
    effect()
  } catch {
    // what led here is what has to be told
  }
}

/** Takes away the drafts of processes of this machine that died while they wrote: they may be as large as a model. */
export const removeLostDrafts = (folder: string): void => {
  for (const name of readdirSync(folder)) {
    const [, host, pid] = draftName.exec(name) ?? []
    if (host === here && Number(pid) !== process.pid && !isAlive(Number(pid)))
      tryTo(() => rmSync(join(folder, name), { force: true }))
  }
}

/**
 * Writes all bytes at the end of an open file; where that fails, none: half a line, or half a record, would spoil those that
 * follow.
 */
export const appendAll = (file: number, bytes: Uint8Array): void => {
  let done = 0
  try {
    while (done < bytes.length) done += writeSync(file, bytes, done)
  } catch (error) {
    if (done > 0) tryTo(() => ftruncateSync(file, fstatSync(file).size - done))
    throw error
  }
}

/** Whether an open file has been deleted: what is written to it then is lost, and no system says so. */
export const isDeleted = (file: number): boolean => fstatSync(file).nlink === 0

const lineFeed = 10

/** Whether an open file of lines is empty, and whether its last line was left unfinished, by a process that was killed. */
export const endOf = (file: number): { readonly empty: boolean; readonly torn: boolean } => {
  const { size } = fstatSync(file)
  if (size === 0) return { empty: true, torn: false }
  const last = new Uint8Array(1)
  readSync(file, last, 0, 1, size - 1)
  return { empty: false, torn: last[0] !== lineFeed }
}
