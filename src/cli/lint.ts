import * as E from 'fp-ts/lib/Either.js'
import { oneLine } from '../logs/text.js'
import type { Finding, LintContext } from '../runtime/lint/Finding.js'
import { invalid, lint as look, notASpec } from '../runtime/lint/lint.js'
import { loadCallbacks, shownPlace } from './callbacks.js'
import type { Place } from './json.js'
import { toJson } from './toJson.js'

export interface LintCommandOptions {
  readonly dialect?: string
  readonly json?: boolean
  readonly epochs?: number
  readonly steps?: number
  readonly learningRate?: number
}

/** What the command prints, and whether the answer is "no". */
export interface Answer {
  readonly text: string
  readonly code: 0 | 1
}

interface Placed {
  readonly finding: Finding
  readonly place: Place | undefined
}

const many = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`

const report = (file: string, found: ReadonlyArray<Placed>, [errors, warnings]: readonly [number, number]): string => {
  if (found.length === 0) return `${file}: nothing found`
  return [
    ...found.flatMap(({ finding: { severity, path, message, rule, reason }, place }) => [
      oneLine(`${shownPlace(file, place)}: ${severity}: ${path}: ${message} (${rule})`),
      // what a mistake in JSON comes to needs no saying
      ...(rule === notASpec.name ? [] : [`    ${reason}`]),
    ]),
    '',
    `${many(errors, 'error')}, ${many(warnings, 'warning')}`,
  ].join('\n')
}

/** `rxfit lint FILE`: what callbacks will do that can't be meant. The answer is "no" where there is an error. */
export const lint = async (file: string, options: LintCommandOptions): Promise<Answer> => {
  const { dialect, json = false, epochs, steps, learningRate } = options
  const context: LintContext = {
    ...(epochs !== undefined && { epochs }),
    ...(steps !== undefined && { steps }),
    ...(learningRate !== undefined && { learningRate }),
  }
  const { made, placeOf } = await loadCallbacks(file, dialect, { suspended: true })
  const findings = E.isRight(made) ? look(made.right, context) : invalid(made.left.problems)
  const found = findings.map((finding): Placed => ({ finding, place: placeOf?.(finding.path) }))
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const counts = [errors, findings.length - errors] as const
  const text = json
    ? toJson({
        file,
        findings: found.map(({ finding, place }) => ({ ...finding, ...place })),
        errors,
        warnings: counts[1],
      })
    : report(file, found, counts)
  return { text: `${text}\n`, code: errors > 0 ? 1 : 0 }
}
