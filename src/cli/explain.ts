import { explain as draw, toSpec } from '../dsl/Policy.js'
import { messageOf } from '../logs/text.js'
import { readCallbacks } from './callbacks.js'
import { toJson } from './toJson.js'
import { fail } from './UsageError.js'

export interface ExplainOptions {
  readonly json?: boolean
}

/** `rxfit explain FILE`: what a callbacks file is made of. */
export const explain = async (file: string, { json = false }: ExplainOptions): Promise<string> => {
  const policy = await readCallbacks(file)
  try {
    return `${json ? toJson(toSpec(policy)) : draw(policy)}\n`
  } catch (error) {
    return fail(`${file}: ${messageOf(error)}`)
  }
}
