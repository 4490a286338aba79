import { createRequire } from 'node:module'
import { dirname, extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createJiti } from 'jiti'
import { isPolicy, type Policy } from '../dsl/Policy.js'
import { isSchedule } from '../dsl/Schedule.js'
import { isSignal } from '../dsl/Signal.js'
import { isTrigger } from '../dsl/Trigger.js'
import * as root from '../index.js'
import * as logs from '../logs/index.js'
import { all } from '../operators/all.js'
import * as replay from '../replay/index.js'
import * as testing from '../testing/index.js'
import { messageOf } from '../logs/text.js'
import { underway } from './underway.js'
import { fail, UsageError } from './UsageError.js'

/** This package, as source or as built. */
const here = (module: string): string =>
  fileURLToPath(new URL(`../${module}${extname(fileURLToPath(import.meta.url))}`, import.meta.url))

const { resolve: find } = createRequire(import.meta.url)

/** `import … from 'rxfit'` means this very rxfit, wherever the file lies; so do the libraries that rxfit is used with. */
const alias = {
  rxfit: here('index'),
  'rxfit/logs': here('logs/index'),
  'rxfit/node': here('sinks/node'),
  'rxfit/replay': here('replay/index'),
  'rxfit/replay/node': here('replay/node/index'),
  'rxfit/testing': here('testing/index'),
  'rxfit/testing/properties': here('testing/properties/index'),
  'rxfit/tfjs': here('tfjs/index'),
  'fp-ts/lib': dirname(find('fp-ts/lib/function.js')),
  rxjs: find('rxjs'),
  'rxjs/operators': find('rxjs/operators'),
}

/** What is loaded already need not be transformed once more. */
const loaded = {
  [alias.rxfit]: root,
  [alias['rxfit/logs']]: logs,
  [alias['rxfit/replay']]: replay,
  [alias['rxfit/testing']]: testing,
}

const load = async (file: string): Promise<unknown> => {
  const jiti = createJiti(import.meta.url, { alias, interopDefault: false, fsCache: false })
  for (const [filename, exports] of Object.entries(loaded))
    jiti.cache[filename] = { id: filename, filename, loaded: true, exports } as never
  underway.begin(file)
  try {
    return await jiti.import(resolve(file))
  } catch (thrown) {
    return fail(`${file}: can't be loaded: ${explain(thrown)}`)
  }
}

const explain = (thrown: unknown): string =>
  messageOf(thrown)
    .replace(/ Require stack:.*/, '')
    .replace(/^ParseError: /, '')

const hasDefault = (x: unknown): x is { readonly default: unknown } =>
  ((typeof x === 'object' && x !== null) || typeof x === 'function') && 'default' in x

/** CommonJS may export the policy itself, or have been wrapped once more on its way. */
const defaultOf = (module: unknown): unknown => {
  const exported = hasDefault(module) ? module.default : module
  return hasDefault(exported) && !isPolicy(exported) ? exported.default : exported
}

const describe = (x: unknown): string => {
  if (x instanceof Promise) return 'a promise: await it'
  if (isTrigger(x)) return 'a trigger: say what it should do, as in emit(stopTraining())(trigger)'
  if (isSignal(x)) return 'a signal, which no policy is made of yet'
  if (isSchedule(x)) return 'a schedule: give it to scheduleLR'
  if (typeof x === 'function') return `a function${x.name ? ` (${x.name})` : ''}: did you mean to call it?`
  if (Array.isArray(x)) return 'a list'
  return x === null || x === undefined ? String(x) : `${typeof x === 'object' ? 'an' : 'a'} ${typeof x}`
}

/**
 * The policy that a module exports as its default, or a promise of it; several in a list are joined. Throws a UsageError, even
 * where what is exported throws when it is looked at.
 */
export const policyOfModule = async (file: string): Promise<Policy<never>> => {
  const module = await load(file)
  try {
    return await policyIn(file, module)
  } catch (error) {
    if (error instanceof UsageError) throw error
    return fail(`${file}: its default export can't be read: ${messageOf(error)}`)
  }
}

const settled = async (file: string, x: unknown): Promise<unknown> => {
  if (!(x instanceof Promise)) return x
  try {
    return (await x) as unknown
  } catch (thrown) {
    return fail(`${file}: its default export is a promise that was rejected: ${messageOf(thrown)}`)
  }
}

const policyIn = async (file: string, module: unknown): Promise<Policy<never>> => {
  const found = await settled(file, defaultOf(module))
  if (isPolicy(found)) return found as Policy<never>
  if (Array.isArray(found)) {
    const wrong = found.findIndex((item) => !isPolicy(item))
    if (wrong >= 0) fail(`${file}: item ${wrong} of its default export must be a policy, got ${describe(found[wrong])}`)
    return all(...(found as ReadonlyArray<Policy<never>>))
  }
  if (found === module) return fail(`${file}: has no default export, expected 'export default' and a policy`)
  return fail(`${file}: its default export must be a policy or a list of policies, got ${describe(found)}`)
}
