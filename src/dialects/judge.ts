import * as v from 'valibot'
import { check, OptionError, type Problem } from '../dsl/Options.js'
import type { Dialect, Form, Sealed } from './Dialect.js'
import { dialectNames, dialectOf, type DialectName } from './index.js'

/** Builtins whose rules differ between frameworks. */
export type Disputed = 'earlyStopping' | 'reduceLROnPlateau' | 'modelCheckpoint'

type VerdictOf<B extends Disputed> = NonNullable<Dialect[B]> extends Form<infer V> ? V : never

/** What every dialect's form takes; the builtin itself sees to it. */
const common = { verbose: v.optional(v.picklist([0, 1]), 0), dialect: v.optional(v.picklist(dialectNames), 'rxfit') }

/** Dialects that have that builtin, and there that option. */
const whoHas = (builtin: Disputed, option?: string): ReadonlyArray<DialectName> =>
  dialectNames.filter((name) => {
    const form = dialectOf(name)[builtin]
    return form !== undefined && (option === undefined || option in form.entries)
  })

const list = (names: ReadonlyArray<string>): string => names.map((name) => `'${name}'`).join(', ')

/** Options that exist, though not in this dialect. */
const misplaced = (builtin: Disputed, name: DialectName, form: Form<unknown>, given: object): ReadonlyArray<Problem> =>
  Object.keys(given).flatMap((option) => {
    if (Object.hasOwn(form.entries, option) || Object.hasOwn(common, option)) return []
    const owners = whoHas(builtin).filter((other) => Object.hasOwn(dialectOf(other)[builtin]?.entries ?? {}, option))
    if (owners.length === 0) return []
    return [{ path: `${builtin}.${option}`, message: `is no option of dialect '${name}', but of ${list(owners)}` }]
  })

/** Checks a builtin's options against its dialect, and makes the judge. */
export const judge = <B extends Disputed>(
  builtin: B,
  given: object,
): { readonly dialect: Dialect; readonly verbose: boolean; readonly judge: Sealed<VerdictOf<B>> } => {
  const { dialect: asked = 'rxfit' } = given as { readonly dialect?: DialectName }
  const name = dialectNames.includes(asked) ? asked : 'rxfit'
  const dialect = dialectOf(name)
  const form = dialect[builtin] as Form<VerdictOf<B>> | undefined
  if (form === undefined)
    throw new OptionError([
      { path: `${builtin}.dialect`, message: `'${name}' has no ${builtin}; there is one in ${list(whoHas(builtin))}` },
    ])
  const elsewhere = misplaced(builtin, name, form, given)
  const said = new Set(elsewhere.map(({ path }) => path))
  const known = Object.fromEntries(Object.entries(given).filter(([option]) => !said.has(`${builtin}.${option}`)))
  const checked = check(builtin, v.strictObject({ ...form.entries, ...common }), known)
  if (!checked.ok || elsewhere.length > 0)
    throw new OptionError([...elsewhere, ...(checked.ok ? [] : checked.problems)])
  const options = checked.options as Record<string, unknown>
  return { dialect, verbose: options['verbose'] === 1, judge: form.make(options as never) }
}
