import { encodeJson } from '../dsl/Json.js'

// JSON may hold these as they are; a terminal would obey some of them
const unescaped = /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** A value as the JSON of `--json`: numbers that JSON can't hold are spelled out, and nothing in it steers a terminal. */
export const toJson = (value: unknown): string =>
  JSON.stringify(encodeJson(value), null, 2).replaceAll(
    unescaped,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
