import { picklist } from 'valibot'
import { OptionError } from '../dsl/Options.js'
import { nearest } from '../dsl/nearest.js'
import type { Dialect } from './Dialect.js'
import { hf } from './hf.js'
import { ignite } from './ignite.js'
import { keras3 } from './keras3.js'
import { lightning } from './lightning/index.js'
import { optax } from './optax.js'
import { rxfit } from './rxfit.js'
import { tfjs } from './tfjs.js'
import { tfkeras2 } from './tfkeras2.js'
import { torch } from './torch.js'

const dialects = { rxfit, keras3, tfkeras2, tfjs, lightning, torch, hf, ignite, optax } as const

/** The frameworks whose decisions can be had to the letter; 'rxfit' is Keras 3 with its bugs mended. */
export type DialectName = keyof typeof dialects

export const dialectNames = Object.keys(dialects) as ReadonlyArray<DialectName>

/** That dialect. */
export const dialectOf = (name: DialectName): Dialect => dialects[name]

/** The option of that name in a builtin's schema. */
export const dialectOption = picklist(dialectNames)

/** Reads a dialect's name as a person may give it, on a command line. */
export const parseDialect = (name: string): DialectName => {
  const found = dialectNames.find((known) => known === name)
  if (found) return found
  const guess = nearest(name, dialectNames)
  throw new OptionError([
    {
      path: 'dialect',
      message: `unknown dialect '${name}'${guess ? ` (did you mean '${guess}'?)` : ''}; there is ${dialectNames.join(', ')}`,
    },
  ])
}
