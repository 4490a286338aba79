// Replays recorded decisions of other frameworks: node scripts/conform.mjs [--actual] FILE.jsonl…
import { readFileSync } from 'node:fs'
import { actual, judgeCases, readCases, report } from '../dist/conform/index.js'

const args = process.argv.slice(2)
const files = args.filter((arg) => !arg.startsWith('--'))
if (files.length === 0 || args.some((arg) => arg.startsWith('--') && arg !== '--actual')) {
  console.error('usage: conform [--actual] FILE.jsonl…')
  process.exit(2)
}
let cases
try {
  cases = files.flatMap((file) => readCases(readFileSync(file, 'utf8')))
} catch (error) {
  console.error(`conform: ${error.message}`)
  process.exit(2)
}
if (args.includes('--actual')) {
  const lines = cases.map((c) => `${JSON.stringify({ id: c.id, actual: actual(c) ?? null })}\n`)
  process.stdout.write(lines.join(''))
} else {
  const verdicts = judgeCases(cases)
  console.log(report(verdicts))
  process.exitCode = verdicts.every((verdict) => verdict.differences.length === 0) ? 0 : 1
}
