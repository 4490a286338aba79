import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { backupFolder } from './backupFolder.js'
import { appendAll, endOf, fileError, isDeleted } from './files.js'
import type { Host } from './Host.js'
import { inside } from './inside.js'
import { onInterrupt } from './interrupts.js'
import { lock } from './lock.js'
import { modelFolder } from './modelFiles.js'
import { writeFrame, writePicture } from './pictureFiles.js'
import { runProgram } from './program.js'
import { summaryWriter } from './tensorBoard/summaryWriter.js'

const terminal = (): boolean => process.stdout.isTTY

/** Whether the terminal's last line is a progress line that the next print must not run into. */
let drawing = false

const endLine = (): void => {
  if (drawing) process.stdout.write('\n')
  drawing = false
}

/** Without colours: what takes room on a terminal, and what belongs into a file. */
// eslint-disable-next-line no-control-regex -- terminal codes begin with one
const plain = (line: string): string => line.replaceAll(/\x1b\[\d+m/g, '')

/** Cut to the terminal's width: a wrapped line can't be replaced. */
const fitted = (line: string): string => {
  const width = process.stdout.columns
  const shown = plain(line)
  return width > 1 && shown.length >= width ? `${shown.slice(0, width - 2)}…` : line
}

const encoder = new TextEncoder()

/** Opens a file, making its folder: it is there but for the first time, so it is not asked for each time. */
const openFile = (path: string, flags: 'a+' | 'w+'): number => {
  try {
    try {
      return openSync(path, flags)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      mkdirSync(dirname(path), { recursive: true })
      return openSync(path, flags)
    }
  } catch (cause) {
    throw fileError(path, cause)
  }
}

const isPlain = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? true

const withFile = (path: string, flags: 'a+' | 'w+', task: (file: number) => void): void => {
  const file = openFile(path, flags)
  try {
    task(file)
  } catch (cause) {
    throw fileError(path, cause)
  } finally {
    closeSync(file)
  }
}

export const host: Host = {
  // synchronous: between asking for the file's end and writing there nobody else of this process may
  append: (path, text, { truncate = false, header = '' }) =>
    Promise.resolve().then(() => {
      withFile(path, truncate ? 'w+' : 'a+', (file) => {
        const { empty, torn } = endOf(file)
        if (text !== '' || empty) appendAll(file, encoder.encode(`${empty ? header : torn ? '\n' : ''}${text}`))
      })
    }),
  models: modelFolder,
  inside,
  print: (message, level) => {
    endLine()
    if (level === 'warning') console.warn(message)
    else console.log(message)
  },
  progress: (line, done) => {
    if (!terminal()) {
      if (done) console.log(plain(line))
      return
    }
    process.stdout.write(`\r${fitted(line)}\x1b[K`)
    drawing = true
    if (done) endLine()
  },
  endProgress: endLine,
  openLines: (path) => {
    // a device or a pipe is nobody's alone
    const mine = isPlain(path) ? lock(path, 'the record') : undefined
    let file: number | undefined
    let torn = false
    try {
      file = openFile(path, 'a+')
      ;({ torn } = endOf(file))
    } catch (cause) {
      if (file !== undefined) closeSync(file)
      mine?.release()
      throw fileError(path, cause)
    }
    const open = file
    return {
      // synchronous on purpose: a line is in the file before training goes on, and nothing waits for the event loop
      write: (lines) => {
        try {
          if (isDeleted(open)) throw new Error('it was deleted while it was being written')
          appendAll(open, encoder.encode(torn ? `\n${lines}` : lines))
          torn = false
        } catch (cause) {
          throw fileError(path, cause)
        }
      },
      close: () => {
        mine?.release()
        closeSync(open)
      },
    }
  },
  writePicture,
  writeFrame,
  runProgram,
  isThere: existsSync,
  summaryWriter,
  backups: backupFolder,
  onInterrupt,
}
