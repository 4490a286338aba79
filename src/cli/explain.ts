import { encodeJson } from '../dsl/Json.js'
import { explain as draw, toSpec } from '../dsl/Policy.js'
import { readCallbacks } from './callbacks.js'

export interface ExplainOptions {
  readonly json?: boolean
}

/** `rxfit explain FILE`: what a callbacks file is made of. */
export const explain = async (file: string, { json = false }: ExplainOptions): Promise<string> => {
  const policy = await readCallbacks(file)
  return `${json ? JSON.stringify(encodeJson(toSpec(policy)), null, 2) : draw(policy)}\n`
}
