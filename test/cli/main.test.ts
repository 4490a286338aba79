import { execFile, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { temporary } from '../logs/temp.js'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const { file } = temporary()
const log = file('epoch,val_loss\n0,3\n1,2\n2,2.5\n', 'log.csv')
const rxfit = (...args: ReadonlyArray<string>) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })

// `npm test` builds first
describe.skipIf(!existsSync(main))('the built program', () => {
  it('replays', () => {
    const callbacks = file(
      "import { earlyStopping } from 'rxfit'\nexport default earlyStopping({ patience: 1 })",
      'a.ts',
    )
    const { status, stdout, stderr } = rxfit('replay', log, '--callbacks', callbacks, '--json')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ outcome: { stoppedEpoch: 2, verdict: 'exact' } })
  })

  it('keeps what a callbacks file prints out of its answer, and waits for no timer of it', () => {
    const text = "import { idle } from 'rxfit'\nconsole.log('hi')\nsetInterval(() => {}, 1000)\nexport default idle"
    const { status, stdout, stderr } = rxfit('explain', file(text, 'b.mjs'))
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: 'idle\n', stderr: 'hi\n' })
  })

  it.each([
    ['a missing log', ['inspect', '/nowhere.csv'], '/nowhere.csv: no such file'],
    ['bad usage', ['inspect'], 'missing required argument'],
    [
      'a rejection nobody handles',
      [
        'explain',
        file(
          'Promise.reject(new Error("late"))\nawait new Promise((r) => setTimeout(r, 50))\nexport default 1',
          'c.mjs',
        ),
      ],
      'late',
    ],
  ])('ends with 2 and one line on %s', (_, args, message) => {
    const { status, stdout, stderr } = rxfit(...args)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/^rxfit: [^\n]*\n$/)
    expect(stderr).toContain(message)
  })

  const imports = "import { earlyStopping, stopIf } from 'rxfit'\n"
  it('keeps process.stdout to itself', () => {
    const text = `${imports}process.stdout.write('a\\n')\nexport default stopIf(() => { process.stdout.write('b\\n'); return true }, 'x')`
    const { status, stdout, stderr } = rxfit('replay', log, '--json', '-c', file(text, 'd.mjs'))
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'a\nb\n' })
    expect(JSON.parse(stdout)).toMatchObject({ outcome: { stoppedEpoch: 0 } })
  })

  const never = 'the callbacks file waits for something that never happens'
  it.each([
    ['never.mjs', 'await new Promise(() => {})\nexport default 1', never],
    ['pending.mjs', 'export default new Promise(() => {})', never],
    ['exit0.mjs', 'process.exit(0)', 'the callbacks file ended the program (process.exit(0))'],
    ['exit1.mjs', `${imports}export default stopIf(() => process.exit(1), 'x')`, '(process.exit(1))'],
    ['trap.mjs', "throw new Proxy({}, { getPrototypeOf() { throw new Error('trap') } })", "can't be shown"],
  ])('says that %s gives no answer', (name, text, message) => {
    const path = file(text, name)
    const { status, stdout, stderr } = rxfit('replay', log, '--json', '-c', path)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/^rxfit: [^\n]*\n$/)
    expect(stderr).toContain(path)
    expect(stderr).toContain(message)
  })

  it('survives a reader that has seen enough', async () => {
    const many = Array.from({ length: 400 }, () => `'${log}'`).join(' ')
    const [error, stderr] = await new Promise<[Error | null, string]>((resolve) =>
      execFile(
        'bash',
        ['-c', `set -o pipefail; '${process.execPath}' '${main}' inspect ${many} --json | head -n 1`],
        (e, _, err) => resolve([e, err]),
      ),
    )
    expect([error, stderr]).toEqual([null, ''])
  })
})
