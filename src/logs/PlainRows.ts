import { exactTens, quotient } from './decimal.js'
import { isMissing, numberIn } from './numberIn.js'

const lineFeed = 10
const carriageReturn = 13
const quote = 34
const minus = 45
const point = 46
const zero = 48

/**
 * Reads rows of nothing but numbers straight from bytes, without making a text of each cell: most rows of most tables are such.
 * A row that has anything else is left to those who read text.
 */
export class PlainRows {
  /** the numbers of the row at hand */
  readonly values: Float64Array
  /** 1 where there is a number, 0 where nothing was measured */
  readonly present: Uint8Array

  constructor(
    private readonly columns: number,
    private readonly separator: number,
  ) {
    this.values = new Float64Array(columns)
    this.present = new Uint8Array(columns)
  }

  /** Reads the row that begins at that byte of whole lines. Gives where the next begins; -1: this one must be read as text. */
  read(bytes: Buffer, from: number): number {
    const { columns, separator, values, present } = this
    let at = from
    for (let column = 0; column < columns; column += 1) {
      const begin = at
      let c = bytes[at] as number
      const negative = c === minus
      if (negative) c = bytes[(at += 1)] as number
      // the first nine digits, the others, how many those are, and how many stand behind the point
      let high = 0
      let low = 0
      let lows = 0
      let behind = 0
      let count = 0
      let seen = false
      let pointed = false
      for (;;) {
        const digit = c - zero
        if (digit >= 0 && digit <= 9) {
          seen = true
          if (count < 9) {
            high = high * 10 + digit
            // zeros at the beginning are no digits
            if (high > 0) count += 1
          } else {
            low = low * 10 + digit
            lows += 1
          }
          if (pointed) behind += 1
        } else if (c === point && !pointed) pointed = true
        else break
        c = bytes[(at += 1)] as number
      }
      let value = NaN
      if (
        seen &&
        lows <= 9 &&
        behind < exactTens.length &&
        (c === separator || c === lineFeed || c === carriageReturn)
      ) {
        value = lows === 0 ? high / (exactTens[behind] as number) : quotient(high, lows, low, behind)
        if (negative) value = -value
      }
      if (value === value) present[column] = 1
      else {
        // an exponent, a word, nothing, or digits that only Number can tell
        while (c !== separator && c !== lineFeed && c !== carriageReturn) {
          if (c === quote) return -1
          c = bytes[(at += 1)] as number
        }
        const text = bytes.toString('latin1', begin, at).trim()
        const x = numberIn(text)
        if (x === undefined ? !isMissing(text) : !Number.isFinite(x) && /\d/.test(text)) return -1
        present[column] = x === undefined ? 0 : 1
        value = x ?? NaN
      }
      values[column] = value
      if (column === columns - 1) {
        if (c === carriageReturn) c = bytes[(at += 1)] as number
        if (c !== lineFeed) return -1
      } else if (c !== separator) return -1
      at += 1
    }
    return at
  }
}
