import type { Picture } from '../dsl/Picture.js'

/**
 * GIF 89a, made so that a file can grow: each picture is a frame with colours of its own, and the file is whole after every
 * one. Up to 256 colours are kept as they are; of more, the most alike are merged.
 */

const most = 256

const bytes = (text: string): ReadonlyArray<number> => Array.from(text, (character) => character.charCodeAt(0))
const short = (x: number): readonly [number, number] => [x & 255, x >> 8]

/** Ends a file. */
export const trailer = 0x3b

/** What a file begins with: its size, and that it is shown over and over. */
export const gifHeader = ({ width, height }: Pick<Picture, 'width' | 'height'>): Uint8Array => {
  if (width > 0xffff || height > 0xffff)
    throw new RangeError(`a GIF is at most 65535 pixels wide and high, got ${width} x ${height}`)
  return Uint8Array.from([
    ...bytes('GIF89a'),
    ...short(width),
    ...short(height),
    ...[0x70, 0, 0],
    ...[0x21, 0xff, 11, ...bytes('NETSCAPE2.0'), 3, 1, 0, 0, 0],
  ])
}

const headerLength = 32

/** Colours as one number each: red, green, blue. */
const packed = ({ rgba }: Picture): Uint32Array => {
  const pixels = new Uint32Array(rgba.length / 4)
  for (let i = 0; i < pixels.length; i += 1) {
    const at = 4 * i
    // there is no half transparency: what shines through is white
    const opacity = (rgba[at + 3] as number) / 255
    const channel = (c: number): number => Math.round((rgba[at + c] as number) * opacity + 255 * (1 - opacity))
    pixels[i] = (channel(0) << 16) | (channel(1) << 8) | channel(2)
  }
  return pixels
}

interface Shade {
  readonly colour: number
  readonly count: number
}

const channelOf = (colour: number, shift: number): number => (colour >> shift) & 255

/** The channel in which colours differ most, and by how much. */
const spread = (shades: ReadonlyArray<Shade>): { readonly shift: number; readonly width: number } => {
  let best = { shift: 0, width: -1 }
  for (const shift of [16, 8, 0]) {
    let [low, high] = [255, 0]
    for (const { colour } of shades) {
      low = Math.min(low, channelOf(colour, shift))
      high = Math.max(high, channelOf(colour, shift))
    }
    if (high - low > best.width) best = { shift, width: high - low }
  }
  return best
}

/** The mean of some colours, each weighed by how often it is there. */
const meanOf = (shades: ReadonlyArray<Shade>): number => {
  let [all, r, g, b] = [0, 0, 0, 0]
  for (const { colour, count } of shades) {
    all += count
    r += channelOf(colour, 16) * count
    g += channelOf(colour, 8) * count
    b += channelOf(colour, 0) * count
  }
  return (Math.round(r / all) << 16) | (Math.round(g / all) << 8) | Math.round(b / all)
}

/** Colours in at most 256 groups: the group that is spread most is halved, until there are enough (median cut). */
const groupsOf = (shades: ReadonlyArray<Shade>): ReadonlyArray<ReadonlyArray<Shade>> => {
  if (shades.length <= most) return shades.map((shade) => [shade])
  const boxes = [{ shades, ...spread(shades) }]
  while (boxes.length < most) {
    const widest = boxes.reduce((best, box, i) => (box.width > (boxes[best]?.width ?? 0) ? i : best), 0)
    const { shades: all, shift } = boxes[widest] as (typeof boxes)[number]
    if (all.length < 2) break
    const sorted = [...all].sort((a, b) => channelOf(a.colour, shift) - channelOf(b.colour, shift))
    const total = sorted.reduce((sum, { count }) => sum + count, 0)
    let [at, before] = [0, 0]
    while (at < sorted.length - 1 && before + (sorted[at]?.count ?? 0) <= total / 2) before += sorted[at++]?.count ?? 0
    const cut = Math.max(1, at)
    const halves = [sorted.slice(0, cut), sorted.slice(cut)].map((half) => ({ shades: half, ...spread(half) }))
    boxes.splice(widest, 1, ...halves)
  }
  return boxes.map((box) => box.shades)
}

interface Indexed {
  readonly palette: ReadonlyArray<number>
  readonly indices: Uint8Array
}

const indexed = (picture: Picture): Indexed => {
  const pixels = packed(picture)
  const counts = new Map<number, number>()
  for (const pixel of pixels) counts.set(pixel, (counts.get(pixel) ?? 0) + 1)
  const groups = groupsOf([...counts].map(([colour, count]) => ({ colour, count })))
  const index = new Map(groups.flatMap((group, i) => group.map(({ colour }) => [colour, i] as const)))
  return { palette: groups.map(meanOf), indices: Uint8Array.from(pixels, (pixel) => index.get(pixel) as number) }
}

/** Variable-length codes of the indices: LZW as GIF has it, its lowest bit first. */
const compressed = (indices: Uint8Array, bits: number): ReadonlyArray<number> => {
  const [clear, end] = [1 << bits, (1 << bits) + 1]
  const out: Array<number> = []
  let [held, filled, size, next] = [0, 0, bits + 1, end + 1]
  const write = (code: number): void => {
    held |= code << filled
    filled += size
    while (filled >= 8) {
      out.push(held & 255)
      held >>>= 8
      filled -= 8
    }
  }
  // a word is the code of all but its last index, and that index
  let words = new Map<number, number>()
  write(clear)
  let word = indices[0] as number
  for (let i = 1; i < indices.length; i += 1) {
    const index = indices[i] as number
    const longer = (word << 8) | index
    const known = words.get(longer)
    if (known !== undefined) {
      word = known
      continue
    }
    write(word)
    if (next === 4096) {
      // no more codes of 12 bits: begin anew
      write(clear)
      words = new Map()
      ;[size, next] = [bits + 1, end + 1]
    } else {
      if (next === 1 << size) size += 1
      words.set(longer, next)
      next += 1
    }
    word = index
  }
  write(word)
  if (next === 1 << size && size < 12) size += 1
  write(end)
  if (filled > 0) out.push(held & 255)
  return out
}

/** One picture as a frame, shown for so many seconds. */
export const gifFrame = (picture: Picture, seconds: number): Uint8Array => {
  const { width, height } = picture
  const { palette, indices } = indexed(picture)
  const bits = Math.max(1, Math.ceil(Math.log2(palette.length)))
  const colours = Array.from({ length: 1 << bits }, (_, i) => palette[i] ?? 0)
  const codes = Math.max(2, bits)
  const data = compressed(indices, codes)
  const blocks: Array<number> = []
  for (let at = 0; at < data.length; at += 255) {
    const block = data.slice(at, at + 255)
    blocks.push(block.length)
    for (const byte of block) blocks.push(byte)
  }
  const hundredths = Math.min(0xffff, Math.max(1, Math.round(seconds * 100)))
  return Uint8Array.from([
    ...[0x21, 0xf9, 4, 4, ...short(hundredths), 0, 0],
    ...[0x2c, 0, 0, 0, 0, ...short(width), ...short(height), 0x80 | (bits - 1)],
    ...colours.flatMap((colour) => [16, 8, 0].map((shift) => channelOf(colour, shift))),
    codes,
    ...blocks,
    0,
  ])
}

/** The size of a file of ours; undefined where it is none. */
export const gifSize = (file: Uint8Array): Pick<Picture, 'width' | 'height'> | undefined => {
  const at = (i: number): number => (file[i] ?? 0) | ((file[i + 1] ?? 0) << 8)
  const size = { width: at(6), height: at(8) }
  if (file.length < headerLength || gifHeader(size).some((byte, i) => file[i] !== byte)) return undefined
  return size
}

/** Where the frames of a file of ours begin, and, behind the last whole one, where the next would. */
export const gifFrames = (file: Uint8Array): ReadonlyArray<number> => {
  const frames = [headerLength]
  for (;;) {
    let at = frames.at(-1) as number
    if (file[at] !== 0x21 || file[at + 1] !== 0xf9 || file[at + 8] !== 0x2c) return frames
    const colours = 3 * 2 ** (((file[at + 17] ?? 0) & 7) + 1)
    at += 18 + colours + 1
    while (file[at]) at += (file[at] as number) + 1
    // cut off: what is there of it is no frame
    if (at >= file.length) return frames
    frames.push(at + 1)
  }
}
