const digits = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const words = /^([+-]?)(nan|inf|infinity)$/i

/**
 * A value as Python or JavaScript prints it; undefined where the text is something else. '1.5abc' is something else, and so is
 * '0x10'.
 */
export const numberIn = (text: string): number | undefined => {
  // what Number takes and looks like a decimal number is one; Number also takes '', ' ' and '0x10'
  const first = text.charCodeAt(0)
  if ((first >= 48 && first <= 57) || first === 45 || first === 46) {
    const value = Number(text)
    if (
      value - value === 0 &&
      !(text.charCodeAt(1) > 57 && !digits.test(text)) &&
      text.charCodeAt(text.length - 1) > 32
    )
      return value
  }
  if (digits.test(text)) return Number(text)
  const word = words.exec(text)
  if (!word) return undefined
  if (word[2]?.toLowerCase() === 'nan') return NaN
  return word[1] === '-' ? -Infinity : Infinity
}

/** Digits that no double can hold: '1e400' is not the infinity that Python writes as inf. */
export const isHuge = (text: string): boolean => digits.test(text) && !Number.isFinite(Number(text))

/** What logs write where nothing was measured. */
const absent = new Set(['', 'NA', 'N/A', 'n/a', 'None', 'null', '-', '--', '?'])

export const isMissing = (text: string): boolean => text.length <= 4 && absent.has(text)
