/**
 * The least number of insertions, deletions and replacements that make one list of the other (Levenshtein distance). Of texts it
 * counts characters: code points, so that no letter counts twice.
 * @category metrics
 * @example
 * import { editDistance } from 'rxfit/metrics'
 * editDistance('kitten', 'sitting') // => 3
 * editDistance(['the', 'cat'], ['a', 'cat', 'sat']) // => 2
 */
export const editDistance = (from: string | ReadonlyArray<string>, to: string | ReadonlyArray<string>): number => {
  const [a, b] = [Array.from(from), Array.from(to)]
  // of a row of the table only the one before it is needed
  let before = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1)
      row.push(
        Math.min(
          (before[j] as number) + 1,
          (row[j - 1] as number) + 1,
          (before[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1),
        ),
      )
    before = row
  }
  return before[b.length] as number
}
