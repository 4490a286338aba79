import { mkdtempSync, cpSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run } from '../../src/cli/run.js'
import { root } from './examples.js'

describe('docs/sweep.md', () => {
  it('shows what the command prints', async () => {
    const page = readFileSync(join(root, 'docs/sweep.md'), 'utf8')
    const shown = /<!-- worked example -->\s+```\n([^]*?)```/.exec(page)?.[1]
    const folder = mkdtempSync(join(tmpdir(), 'rxfit-'))
    cpSync(join(root, 'test/fixtures/sweep'), folder, { recursive: true })
    const runs = [1, 2, 3, 4, 5, 6, 7, 8].map((n) => join(folder, `${n}.csv`))
    const callbacks = join(folder, 'callbacks.json')
    expect(page).toContain(readFileSync(callbacks, 'utf8').trim())
    const grid = ['--grid', 'earlyStopping.patience=1..12', '--grid', 'earlyStopping.minDelta=0,1e-3,1e-2']
    const { stdout, stderr } = await run([
      'sweep',
      ...runs,
      '--callbacks',
      callbacks,
      '--judge',
      'val_accuracy',
      '--tolerance',
      '0.005',
      ...grid,
    ])
    rmSync(folder, { recursive: true })
    expect(stderr).toBe('')
    expect(stdout).toBe(shown)
  })
})
