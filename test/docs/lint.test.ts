import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run } from '../../src/cli/run.js'
import { notASpec } from '../../src/runtime/lint/lint.js'
import { rules } from '../../src/runtime/lint/rules/index.js'
import { root } from './examples.js'

const page = readFileSync(join(root, 'docs/lint.md'), 'utf8')
const bad = join(root, 'test/fixtures/bad-callbacks.json')

describe('docs/lint.md', () => {
  it.each([{ ...notASpec, severity: 'error' }, ...rules])('has the rule $name', ({ name, severity, what, why }) => {
    expect(page).toContain(`| \`${name}\` | ${severity} | ${what} | ${why} |`)
  })
  it('has no other', () => {
    const rows = [...page.matchAll(/^\| `([\w-]+)` \|/gm)].map((found) => found[1])
    expect(rows).toEqual([notASpec.name, ...rules.map(({ name }) => name)])
  })
  it('shows the bad file, and what is found in it', async () => {
    expect(page).toContain(`\n\`\`\`json\n${readFileSync(bad, 'utf8')}\`\`\`\n`)
    const { code, stdout } = await run(['lint', bad, '--epochs', '20', '--learning-rate', '0.001'])
    expect(code).toBe(1)
    expect(page).toContain(stdout.replaceAll(bad, 'bad-callbacks.json'))
  })
})
