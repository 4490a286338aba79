/** The Castagnoli polynomial, bits turned round. Node's zlib has the other CRC-32. */
const polynomial = 0x82f63b78

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
  return crc
})

/** CRC-32C (RFC 3720, appendix B.4) of some bytes, from `start` up to `end`; `before`: that of the bytes in front of them. */
export const crc32c = (bytes: Uint8Array, start = 0, end = bytes.length, before = 0): number => {
  let crc = ~before
  for (let i = start; i < end; i += 1) crc = (table[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8)
  return ~crc >>> 0
}

/** As records store it: turned and shifted, so that a CRC over bytes that hold CRCs stays a good one. */
export const maskedCrc32c = (bytes: Uint8Array, start?: number, end?: number): number => {
  const crc = crc32c(bytes, start, end)
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}
