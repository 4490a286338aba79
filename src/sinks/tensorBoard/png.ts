import { crc32, deflateSync } from 'node:zlib'
import type { Picture, Pixels } from '../../tfevents/SummaryWriter.js'

/** PNG (ISO/IEC 15948) of pixels, which Node has all parts of but the framing. */

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)
const colours = { 1: 0, 3: 2, 4: 6 } as const

const chunk = (type: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}

const isSize = (x: number): boolean => Number.isSafeInteger(x) && x >= 1 && x < 2 ** 31

/** Pixels as a PNG file of 8 bits a channel. Throws a RangeError where they are not what they say. */
export const encodePng = ({ width, height, channels, data }: Pixels): Uint8Array => {
  if (!isSize(width) || !isSize(height) || !(channels in colours))
    throw new RangeError(
      `an image must have a width, a height, and 1, 3 or 4 channels, got ${width} x ${height} x ${channels}`,
    )
  if (data.length !== width * height * channels)
    throw new RangeError(
      `an image of ${width} x ${height} x ${channels} has ${width * height * channels} numbers, got ${data.length}`,
    )
  const stride = width * channels
  // each row begins with its filter: 0, none
  const rows = Buffer.alloc((stride + 1) * height)
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < stride; x += 1)
      rows[y * (stride + 1) + 1 + x] = Math.max(0, Math.min(255, Math.round(data[y * stride + x] as number)))
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, colours[channels], 0, 0, 0], 8)
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array(0)),
  ])
}

export interface EncodedImage {
  readonly png: Uint8Array
  readonly width: number
  readonly height: number
}

/** A picture as a PNG file, and its size. */
export const pngOf = (picture: Picture): EncodedImage => {
  if (!(picture instanceof Uint8Array)) return { png: encodePng(picture), width: picture.width, height: picture.height }
  if (picture.length < 24 || signature.some((byte, i) => byte !== picture[i]))
    throw new RangeError('an image must be the bytes of a PNG file, or { width, height, channels, data }')
  const view = new DataView(picture.buffer, picture.byteOffset, picture.byteLength)
  return { png: picture, width: view.getUint32(16), height: view.getUint32(20) }
}
