import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Host } from './Host.js'
import { modelFolder } from './modelFiles.js'
import { writeFrame, writePicture } from './pictureFiles.js'
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

export const host: Host = {
  append: async (path, text, { truncate = false, header }) => {
    const flags = truncate ? 'w' : 'a'
    // the folder is there but for the first time: asking each time would double the cost of a row
    const file = await open(path, flags).catch(async (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      await mkdir(dirname(path), { recursive: true })
      return open(path, flags)
    })
    try {
      const empty = header !== undefined && (await file.stat()).size === 0
      if (empty || text !== '') await file.appendFile(empty ? header + text : text)
    } finally {
      await file.close()
    }
  },
  models: modelFolder,
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
    mkdirSync(dirname(path), { recursive: true })
    // synchronous on purpose: a line is in the file before training goes on, and nothing waits for the event loop
    const file = openSync(path, 'a')
    return { write: (lines) => void writeSync(file, lines), close: () => closeSync(file) }
  },
  writePicture,
  writeFrame,
  summaryWriter,
}
