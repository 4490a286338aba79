/** Whether an optimizer can have had that rate. */
export const isRate = (x: number): boolean => Number.isFinite(x) && x >= 0

/** What is said of rates that none can have had; the first few of them. `odd` are such as 'nan in line 3'. */
export const oddRates = (name: string, odd: ReadonlyArray<string>, count = odd.length): ReadonlyArray<string> => {
  if (count === 0) return []
  const shownOnes = count <= 4 ? odd : [...odd.slice(0, 3), `${count - 3} more`]
  return [
    `learning rate: '${name}' is ${shownOnes.join(', ')}, which no rate can be (finite, 0 or more): the rate before it is taken to hold on`,
  ]
}
