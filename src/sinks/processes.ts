import { readFileSync } from 'node:fs'

/** Whether there is a process of that number on this machine, whoever's it is. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/**
 * When a process began, in words that no other process of that number has: numbers are given again, in a container that is
 * started anew most of all. Undefined where the system doesn't tell.
 */
export const startOf = (pid: number): string | undefined => {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // the 22nd field; the second, the command's name, is in brackets and may hold anything
    const ticks = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .at(19)
    return `${boot} ${ticks}`
  } catch {
    return undefined
  }
}
