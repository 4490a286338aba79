import { relative, resolve, sep } from 'node:path'
import type { Policy } from '../dsl/Policy.js'
import type { Command } from '../dsl/Command.js'
import { encodeJson } from '../dsl/Json.js'
import { messageOf } from '../logs/text.js'
import type { Separation } from '../testing/properties/separate.js'
import { fail } from './UsageError.js'
import { describe } from '../replay/words.js'

export interface SeparateOptions {
  readonly curves?: number
  readonly seed?: number
  readonly learningRate?: number
}

/** fast-check is an optional peer: it is loaded only where it is needed. */
const load = async () => {
  try {
    return await import('../testing/properties/separate.js')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    return fail('--shrink needs fast-check, which is not installed: npm install --save-dev fast-check')
  }
}

/** A smallest curve that tells two policies apart. */
export const separation = async (
  a: Policy<never>,
  b: Policy<never>,
  { curves, seed, learningRate }: SeparateOptions,
): Promise<Separation> => {
  const { separate } = await load()
  try {
    return separate(a, b, {
      ...(curves !== undefined && { curves }),
      ...(seed !== undefined && { seed }),
      ...(learningRate !== undefined && { learningRate }),
    })
  } catch (error) {
    return fail(`--shrink: ${messageOf(error)}`)
  }
}

const row = (x: object): string => JSON.stringify(encodeJson(x))

/** What such a row is in a program. */
const literal = (x: object): string =>
  row(x)
    .replaceAll(/"(NaN|Infinity|-Infinity)"/g, '$1')
    .replaceAll(/"([A-Za-z_]\w*)":/g, '$1: ')
    .replaceAll(',', ', ')
    .replaceAll(/\{(?=.)/g, '{ ')
    .replaceAll('}', ' }')

/** A callbacks file as a test names it. */
const imported = (file: string): string => {
  const path = relative('.', resolve(file)).split(sep).join('/')
  return path.startsWith('.') ? path : `./${path}`
}

const isJson = (file: string): boolean => file.endsWith('.json')

/** How a test gets at the policy in a callbacks file; a module may export a list of them. */
const binding = (name: string, file: string): string =>
  isJson(file) ? `const ${name} = policyIn('${imported(file)}')` : `const ${name} = all(...[${name}s].flat())`

const reading = [
  'const policyIn = (file: string) => {',
  "  const policy = fromSpec(JSON.parse(readFileSync(file, 'utf8')))",
  "  if (policy._tag === 'Left') throw policy.left",
  '  return policy.right',
  '}',
]

const snippet = (rows: ReadonlyArray<object>, fileA: string, fileB: string): ReadonlyArray<string> => {
  const files = [['a', fileA] as const, ['b', fileB] as const]
  const modules = files.filter(([, file]) => !isJson(file))
  const json = modules.length < files.length
  const names = [...(modules.length > 0 ? ['all'] : []), ...(json ? ['fromSpec'] : [])].join(', ')
  return [
    ...(json ? ["import { readFileSync } from 'node:fs'"] : []),
    `import { ${names} } from 'rxfit'`,
    "import { fromEpochs } from 'rxfit/logs'",
    "import { compare } from 'rxfit/replay'",
    "import { expect, it } from 'vitest'",
    ...modules.map(([name, file]) => `import ${name}s from '${imported(file)}'`),
    '',
    ...(json ? reading : []),
    ...files.map(([name, file]) => binding(name, file)),
    '',
    "it('decides as before', () => {",
    ...(rows.length === 0
      ? ['  const log = fromEpochs([])']
      : ['  const log = fromEpochs([', ...rows.map((one) => `    ${literal(one)},`), '  ])']),
    '  expect(compare(a, b, [log]).runs[0]?.first).toBeNull()',
    '})',
  ]
}

const asked = (commands: ReadonlyArray<Command>): string =>
  commands.length === 0 ? 'nothing' : commands.map(describe).join('; ')

/** The smallest curve, and a test made of it. */
export const separateText = (found: Separation, fileA: string, fileB: string): ReadonlyArray<string> => {
  if (!found.found)
    return [
      `no difference found in ${found.curves} curves (seed ${found.seed}); that is no proof that there is none: try more (--curves) or others (--seed)`,
    ]
  const { rows, comparison, seed, curves } = found
  const { first, a, b } = comparison
  return [
    `a smallest curve that tells them apart (the first was number ${curves}, seed ${seed}):`,
    '',
    '[',
    ...rows.map((one, i) => `  ${row(one)}${i < rows.length - 1 ? ',' : ''}`),
    ']',
    '',
    `at ${first?.event} of epoch ${first?.epoch}: A asks for ${asked(first?.a ?? [])}, B for ${asked(first?.b ?? [])} (${first?.validity})`,
    `verdict  A ${a.verdict}, B ${b.verdict}`,
    '',
    'as a test, in the folder where you are (callbacks in JSON must name a --dialect themselves):',
    '',
    ...snippet(rows, fileA, fileB),
  ]
}
