/** Folds case and spells `acc` out, since Keras 1 said `acc` where Keras 2 says `accuracy`. */
const spellOut = (name: string): string => name.toLowerCase().replace(/(?<![a-z0-9])acc(?![a-z0-9])/g, 'accuracy')

/** Levenshtein distance: the fewest one-character insertions, deletions and replacements from `a` to `b`. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** Distance if it is worth suggesting, else Infinity; lengths are compared first, so long names cost nothing. */
const closeness = (a: string, b: string): number => {
  const limit = Math.max(2, a.length * 0.4)
  if (Math.abs(a.length - b.length) > limit) return Infinity
  const d = distance(a, b)
  // Two short names that share no character are within two edits, but nobody means one by the other.
  return d > limit || (d > 0 && d >= Math.max(a.length, b.length)) ? Infinity : d
}

/**
 * Finds the candidate a mistyped name most likely meant, ignoring case and reading `acc` as `accuracy`.
 *
 * Nearness is the Levenshtein distance in characters; a candidate further than `max(2, 0.4 * name.length)`, or sharing
 * nothing with the name, is never returned. The first of equally near candidates wins. Never throws.
 *
 * @param name - the name that was not found
 * @param candidates - the names there are
 * @returns the nearest candidate, or `undefined` when none is close
 * @example
 * import { nearest } from 'rxfit'
 * nearest('val_los', ['loss', 'val_loss']) // => 'val_loss'
 * nearest('val_acc', ['loss', 'val_accuracy']) // => 'val_accuracy'
 * nearest('momentum', ['loss']) // => undefined
 */
export const nearest = (name: string, candidates: ReadonlyArray<string>): string | undefined => {
  let best: string | undefined
  let least = Infinity
  for (const candidate of candidates) {
    const d = Math.min(
      closeness(name.toLowerCase(), candidate.toLowerCase()),
      closeness(spellOut(name), spellOut(candidate)),
    )
    if (d < least) {
      best = candidate
      least = d
    }
  }
  return best
}
