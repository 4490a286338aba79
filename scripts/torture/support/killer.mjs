import fs from 'node:fs'
import fsPromises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

/** Ends this process as a power cut would: no handler runs, nothing is flushed. */
export const kill = () => {
  process.kill(process.pid, 'SIGKILL')
  // the signal is on its way
  for (;;);
}

/**
 * Has the process killed at its n-th change of any file: before it, after it, or half way through a write. Gives how many there
 * were so far.
 */
export const killAtChange = (n, when) => {
  let changes = 0
  const count = (around) => {
    changes += 1
    if (changes !== n) return undefined
    if (when === 'before') kill()
    if (when === 'half') around()
    return kill
  }
  const sync = (module, name, half) => {
    const original = module[name]
    module[name] = (...args) => {
      const after = count(() => half?.(original, args))
      const result = original(...args)
      after?.()
      return result
    }
  }
  const later = (name) => {
    const original = fsPromises[name]
    fsPromises[name] = async (...args) => {
      const after = count(() => undefined)
      const result = await original(...args)
      after?.()
      return result
    }
  }
  sync(fs, 'writeSync', (write, [file, bytes, ...rest]) => {
    if (rest.length === 0 && bytes.length > 1) write(file, bytes.subarray(0, bytes.length >> 1))
    kill()
  })
  for (const name of ['fsyncSync', 'ftruncateSync', 'linkSync', 'renameSync', 'rmSync', 'rmdirSync', 'openSync'])
    sync(fs, name, kill)
  for (const name of ['open', 'rename', 'rm', 'mkdir', 'symlink']) later(name)
  syncBuiltinESMExports()
  return () => changes
}
