/** Numbers that follow from a seed. Takes a list to pick from, or a number to pick below. */
export const pickFrom = (seed) => {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32
  }
  return (from) => (Array.isArray(from) ? from[Math.floor(next() * from.length)] : Math.floor(next() * from))
}

/** Of this process, and not of the run. */
const ofProcess = new Set(['events', 'changes'])

/** Where two results differ, one line each. */
export const differences = (was, is, path = '') => {
  if (was === is) return []
  if (typeof was === 'object' && typeof is === 'object' && was !== null && is !== null) {
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
      (key) => path !== '' || !ofProcess.has(key),
    )
    return keys.flatMap((key) => differences(was[key], is[key], `${path}/${key}`)).slice(0, 5)
  }
  const [a, b] = [was, is].map((value) => (value === undefined ? 'nothing' : JSON.stringify(value)))
  let from = 0
  while (a[from] === b[from] && from < a.length) from += 1
  const around = (text) => text.slice(Math.max(0, from - 80), from + 120)
  return [`${path} at ${from}: expected ${around(a)}, got ${around(b)}`]
}
