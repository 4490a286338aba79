import type { Host } from './Host.js'

const noFiles = (path: string): never => {
  throw new Error(
    `there are no files here, so '${path}' can't be written: give models a path with a scheme (indexeddb://…), ` +
      `and handle rows and records yourself (options 'handlers' and 'record')`,
  )
}

export const host: Host = {
  append: (path) => noFiles(path),
  models: (path) => noFiles(path),
  inside: () => false,
  print: (message, level) => {
    if (level === 'warning') console.warn(message)
    else console.log(message)
  },
  progress: (line, done) => {
    if (done) console.log(line)
  },
  endProgress: () => undefined,
  openLines: (path) => noFiles(path),
  writePicture: (path) => noFiles(path),
  writeFrame: (path) => noFiles(path),
  runProgram: () => Promise.resolve('there are no programs here'),
  isThere: () => true,
  summaryWriter: (folder) => noFiles(folder),
  backups: (folder) => noFiles(folder),
  onInterrupt: () => () => undefined,
}
