/** Signals that ask a process to end, by their numbers: a shell expects 128 more as the exit code. */
const signals = { SIGINT: 2, SIGTERM: 15 } as const

type Signal = keyof typeof signals

/**
 * Has a function called when the process is asked to end (Ctrl-C, SIGTERM), instead of ending at once. The second signal does
 * end it at once. Gives back how to let go: from then on signals do what they did before.
 */
export const onInterrupt = (interrupted: (signal: string) => void): (() => void) => {
  let asked = false
  const hear = (signal: Signal): void => {
    if (asked) process.exit(128 + signals[signal])
    asked = true
    interrupted(signal)
  }
  const names = Object.keys(signals) as ReadonlyArray<Signal>
  for (const name of names) process.on(name, hear)
  return () => {
    for (const name of names) process.off(name, hear)
  }
}
