import { kerasCsv } from './kerasCsv.js'
import type { Reader } from './Reader.js'
import { record } from './record.js'

/** Every format there is; the first that matches is taken. A new one adds a file and a line here. */
export const readers = [record, kerasCsv] as const satisfies ReadonlyArray<Reader>

export type LogFormat = (typeof readers)[number]['name']
