// npm run torture [-- --count 200 --seed 1 --part kills]: kills, faults and hostile input, as many as asked for, and whether
// anything was lost. The same seed tries the same things.
import { readdirSync } from 'node:fs'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '60' },
    seed: { type: 'string', default: '7' },
    part: { type: 'string' },
  },
})
const whole = (name) => {
  const number = Number(values[name])
  if (Number.isSafeInteger(number) && number >= 0) return number
  console.error(`torture: --${name} must be a whole number, got '${values[name]}'`)
  process.exit(2)
}
const [count, seed] = [whole('count'), whole('seed')]

const folder = new URL('torture/', import.meta.url)
const files = readdirSync(folder).filter((file) => file.endsWith('.mjs'))
const parts = await Promise.all(files.sort().map((file) => import(new URL(file, folder).href)))
const wanted = parts.filter(({ name }) => values.part === undefined || name === values.part)
if (wanted.length === 0) {
  console.error(`torture: there is no part '${values.part}'; there is ${parts.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

const summary = []
let lost = 0
for (const { name, run } of wanted) {
  const result = await run({ count, seed }).catch((error) => ({ tried: 0, lost: 1, failures: [error.stack] }))
  for (const failure of result.failures)
    console.error(`${name}: ${typeof failure === 'string' ? failure : JSON.stringify(failure, null, 2)}`)
  summary.push(`${name} ${result.tried}`)
  lost += result.lost
}
console.log(`torture (seed ${seed}): ${summary.join(', ')} tried, lost ${lost}`)
process.exitCode = lost > 0 ? 1 : 0
