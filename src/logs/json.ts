export type Fields = Readonly<Record<string, unknown>>

export const isObject = (x: unknown): x is Fields => typeof x === 'object' && x !== null && !Array.isArray(x)

const bare = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g

/**
 * JSON as Python writes it, with NaN, Infinity and -Infinity, which JSON doesn't have; undefined where it is something else.
 * Those three come out as texts, as rxfit itself writes them.
 */
export const parseLoose = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    if (!text.includes('NaN') && !text.includes('Infinity')) return undefined
    try {
      return JSON.parse(text.replace(bare, (token) => (token.startsWith('"') ? token : `"${token}"`))) as unknown
    } catch {
      return undefined
    }
  }
}
