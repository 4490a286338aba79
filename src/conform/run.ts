import { encodeJson } from '../dsl/Json.js'
import type { Actual, Case } from './Case.js'
import { hf } from './hf.js'
import { ignite } from './ignite.js'
import { keras } from './keras.js'
import { lightning } from './lightning.js'
import { optax } from './optax.js'
import { sklearn } from './sklearn.js'
import { torch } from './torch.js'

const dialects: Readonly<Record<string, (c: Case) => Actual | undefined>> = {
  keras3: keras,
  tfkeras2: keras,
  lightning,
  torch,
  hf,
  ignite,
  optax,
  metrics: sklearn,
}

/**
 * What rxfit does in a case, under the names that the case's `expect` uses; `expect` itself isn't looked at. Undefined where
 * rxfit has no such policy. Numbers that JSON can't write are spelled out.
 */
export const actual = (c: Case): Actual | undefined => {
  const result = dialects[c.dialect]?.(c)
  return result === undefined ? undefined : (encodeJson(result) as Actual)
}
