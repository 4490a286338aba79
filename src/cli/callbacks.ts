import * as E from 'fp-ts/lib/Either.js'
import { readFile, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import type { Policy } from '../dsl/Policy.js'
import { callbacksOfJson, type Callbacks, type Taking } from './callbacksJson.js'
import { policyOfModule } from './callbacksModule.js'
import { decode, isUtf16, whyUnreadable } from '../logs/file.js'
import { LogError } from '../logs/TrainingLog.js'
import { oneLine } from '../logs/text.js'
import type { Place } from './json.js'
import { fail, UsageError } from './UsageError.js'

const modules = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts']

const check = async (file: string): Promise<void> => {
  const found = await stat(file).catch((error: unknown) => {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    return fail(`${file}: ${missing ? 'no such file, expected a callbacks file' : whyUnreadable(error)}`)
  })
  if (found.isDirectory()) fail(`${file}: is a directory, expected a callbacks file`)
}

const bytesOf = async (file: string): Promise<Uint8Array> =>
  readFile(file).catch((error: unknown) => fail(`${file}: ${whyUnreadable(error)}`))

const textOf = async (file: string): Promise<string> => {
  const bytes = await bytesOf(file)
  try {
    return decode(bytes, file)
  } catch (error) {
    if (error instanceof LogError) return fail(error.message)
    throw error
  }
}

/** Reads a callbacks file: JSON, or a module whose default export is a policy. Throws a UsageError where it can't be read. */
export const loadCallbacks = async (file: string, dialect?: string, taking: Taking = {}): Promise<Callbacks> => {
  await check(file)
  const extension = extname(file).toLowerCase()
  if (modules.includes(extension)) {
    if (dialect !== undefined)
      fail(`--dialect is for callbacks in JSON: ${file} has already built its policy, say the dialect there`)
    if (isUtf16(await bytesOf(file))) fail(`${file}: is UTF-16 text, expected UTF-8`)
    return { made: E.right(await policyOfModule(file)) }
  }
  // without an extension: a pipe, as in --callbacks <(jq …)
  if (extension !== '.json' && extension !== '')
    fail(`${file}: unknown kind of callbacks file '${extension}', expected .json or ${modules.join(', ')}`)
  return callbacksOfJson(file, await textOf(file), dialect, taking)
}

/** The policy of a callbacks file. Throws a UsageError, with a line for each problem of its JSON. */
export const readCallbacks = async (file: string, dialect?: string): Promise<Policy<never>> => {
  const { made, placeOf } = await loadCallbacks(file, dialect)
  if (E.isRight(made)) return made.right
  throw new UsageError(
    made.left.problems.map(({ path, message }) => oneLine(`${shownPlace(file, placeOf?.(path))}: ${path}: ${message}`)),
  )
}

/** `callbacks.json:3:5`, or the file alone. */
export const shownPlace = (file: string, place?: Place): string =>
  place ? `${file}:${place.line}:${place.column}` : file
