import { readFileSync } from 'node:fs'

/** Fields of /proc/PID/stat behind the second, the command's name, which is in brackets and may hold anything. */
const statOf = (pid: number): ReadonlyArray<string> | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

/** It has ended, and only its parent hasn't asked yet how: in a container without an init that may be so for good. */
const isZombie = (pid: number): boolean => /^[ZX]$/.test(statOf(pid)?.[0] ?? '')

/** Whether there is a process of that number on this machine, whoever's it is. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' && !isZombie(pid)
  }
}

/**
 * When a process began, in words that no other process of that number has: numbers are given again, in a container that is
 * started anew most of all. Undefined where the system doesn't tell.
 */
export const startOf = (pid: number): string | undefined => {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    // the 22nd field
    const ticks = statOf(pid)?.at(19)
    return ticks === undefined ? undefined : `${boot} ${ticks}`
  } catch {
    return undefined
  }
}
