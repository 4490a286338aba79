import { mkdir, open, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Picture } from '../dsl/Picture.js'
import { gifFrame, gifFrames, gifHeader, gifSize, trailer } from '../pictures/gif.js'
import { sized } from '../pictures/Canvas.js'
import { fileError, writeWhole } from './files.js'
import { encodePng } from './tensorBoard/png.js'

const folderOf = async (path: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true }).catch((cause: unknown) => {
    throw fileError(path, cause)
  })
}

export const writePicture = async (path: string, { width, height, rgba }: Picture): Promise<void> => {
  await folderOf(path)
  await writeWhole(path, encodePng({ width, height, channels: 4, data: rgba }))
}

const absent = (error: unknown): undefined => {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
  throw error
}

/**
 * A file with one frame more is the same file with its last byte changed and more behind it. So the new end is written first,
 * behind the byte that ends the file, and that byte last: whoever reads meanwhile, or after the process was killed, has the
 * file without the frame or with it.
 */
export const writeFrame = async (path: string, picture: Picture, frame: number, seconds: number): Promise<void> => {
  await folderOf(path)
  const there = frame === 0 ? undefined : await readFile(path).catch(absent)
  // a file of frame 0, and one that was lost, begins anew
  if (!there) {
    await writeWhole(path, Buffer.concat([gifHeader(picture), gifFrame(picture, seconds), Uint8Array.of(trailer)]))
    return
  }
  const size = gifSize(there)
  if (!size) throw new Error(`${path}: is no GIF that pictures were put into, so none is added`)
  const made = gifFrame(sized(picture, size), seconds)
  const frames = gifFrames(there)
  const at = frames[Math.min(frame, frames.length - 1)] as number
  // where frames are taken back there is no byte that ends the file before them
  if (at + 1 !== there.length) {
    await writeWhole(path, Buffer.concat([there.subarray(0, at), made, Uint8Array.of(trailer)]))
    return
  }
  const file = await open(path, 'r+').catch((cause: unknown) => {
    throw fileError(path, cause)
  })
  try {
    const rest = Buffer.concat([made.subarray(1), Uint8Array.of(trailer)])
    await file.write(rest, 0, rest.length, at + 1)
    await file.write(made, 0, 1, at)
  } catch (cause) {
    throw fileError(path, cause)
  } finally {
    await file.close()
  }
}
