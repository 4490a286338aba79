import { join } from 'node:path'
import ts from 'typescript'
import { expect, it } from 'vitest'
import { root } from '../docs/examples.js'

/** Compiled on its own: in the tests' program a command of the user's would be one of everybody's. */
const errorsIn = (code: string): ReadonlyArray<string> => {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)).config,
    ts.sys,
    root,
  )
  const path = join(root, 'test/types/virtual.ts')
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  host.getSourceFile = (name, ...rest) =>
    name === path
      ? ts.createSourceFile(name, code, ts.ScriptTarget.ES2022, true)
      : getSourceFile.call(host, name, ...rest)
  host.fileExists = (name) => name === path || fileExists.call(host, name)
  const program = ts.createProgram([path], options, host)
  return program
    .getSemanticDiagnostics(program.getSourceFile(path))
    .map((d) => ts.flattenDiagnosticMessageText(d.messageText, '\n'))
}

const page = `import { emit, everyN, type Command, type CommandMap } from 'rxfit'
export const policy = emit({ _tag: 'Page', text: 'half way' })(everyN(5))
export const texts = (commands: ReadonlyArray<Command>): ReadonlyArray<string> =>
  commands.flatMap((command) => (command._tag === 'Page' ? [command.text] : []))
export const known: CommandMap['Page']['text'] = 'x'
`
const declaration = `declare module 'rxfit' { interface CommandMap { readonly Page: { readonly _tag: 'Page'; readonly text: string } } }
`

it("a command of the user's own is declared by merging", () => {
  expect(errorsIn(page + declaration)).toEqual([])
})
it('and unknown without that', () => {
  expect(errorsIn(page).length).toBeGreaterThan(0)
})
it('and as strict as the others', () => {
  expect(errorsIn(page.replace("'half way'", '7') + declaration)).toHaveLength(1)
})
