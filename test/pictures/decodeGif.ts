/** The frames of a GIF file as red, green and blue, read by the letter of the specification: codes of 3 to 12 bits, a table of words. */
export const decodeGif = (file: Uint8Array): ReadonlyArray<ReadonlyArray<number>> => {
  const frames: Array<ReadonlyArray<number>> = []
  let at = 13 + ((file[10] as number) & 0x80 ? 3 * 2 ** (((file[10] as number) & 7) + 1) : 0)
  const blocks = (): ReadonlyArray<number> => {
    const data: Array<number> = []
    while (file[at] !== 0) {
      const length = file[at] as number
      data.push(...file.subarray(at + 1, at + 1 + length))
      at += length + 1
    }
    at += 1
    return data
  }
  for (;;) {
    const kind = file[at]
    if (kind === 0x3b) return frames
    if (kind === 0x21) {
      at += 2
      blocks()
      continue
    }
    if (kind !== 0x2c) throw new Error(`a block of kind ${String(kind)} at ${at}`)
    const packed = file[at + 9] as number
    const colours = 3 * 2 ** ((packed & 7) + 1)
    const palette = file.subarray(at + 10, at + 10 + colours)
    at += 10 + colours
    const bits = file[at] as number
    at += 1
    frames.push(words(blocks(), bits).flatMap((index) => [...palette.subarray(3 * index, 3 * index + 3)]))
  }
}

const words = (data: ReadonlyArray<number>, bits: number): ReadonlyArray<number> => {
  const [clear, end] = [2 ** bits, 2 ** bits + 1]
  const out: Array<number> = []
  let table: Array<ReadonlyArray<number>> = []
  let [size, position] = [bits + 1, 0]
  let before: ReadonlyArray<number> | undefined
  for (;;) {
    let code = 0
    for (let i = 0; i < size; i += 1, position += 1)
      code |= (((data[position >> 3] as number) >> (position & 7)) & 1) << i
    if (code === end) return out
    if (code === clear) {
      table = Array.from({ length: end + 1 }, (_, i) => [i])
      size = bits + 1
      before = undefined
      continue
    }
    if (code > table.length) throw new Error(`code ${code} of ${table.length}`)
    const word: ReadonlyArray<number> = table[code] ?? [...(before ?? []), (before ?? [])[0] as number]
    out.push(...word)
    if (before && table.length < 4096) table.push([...before, word[0] as number])
    if (table.length === 2 ** size && size < 12) size += 1
    before = word
  }
}
