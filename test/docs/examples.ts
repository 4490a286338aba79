import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Generated modules: git-ignored, and inside the project so that they resolve as its tests do. */
export const cache = fileURLToPath(new URL('.cache', import.meta.url))

/** What is documented by its own tests: it needs a terminal. */
export const excluded = ['src/cli']

export interface Example {
  /** where it stands: file and line */
  readonly at: string
  readonly code: string
  /** false: it is only type-checked */
  readonly runs: boolean
}

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length

const walk = (dir: string): ReadonlyArray<string> =>
  readdirSync(join(root, dir), { withFileTypes: true }).flatMap((entry) => {
    const path = `${dir}/${entry.name}`
    if (entry.isDirectory()) return excluded.includes(path) ? [] : walk(path)
    return [path]
  })

/** The `@example`s of a source file's JSDoc. */
const inJSDoc = (path: string): ReadonlyArray<Example> => {
  const text = readFileSync(join(root, path), 'utf8')
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) => {
    const body = comment[0].slice(3, -2).replace(/^[ \t]*\* ?/gm, '')
    return [...body.matchAll(/^@example\b[^\n]*\n([\s\S]*?)(?=^@\w|(?![\s\S]))/gm)].map((found) => ({
      at: `${path}:${lineOf(text, comment.index) + lineOf(body, found.index) - 1}`,
      code: (found[1] as string).replace(/^```\w*$/gm, ''),
      runs: true,
    }))
  })
}

/** The ```ts fences of a page. */
const inMarkdown = (path: string): ReadonlyArray<Example> => {
  const text = readFileSync(join(root, path), 'utf8')
  return [...text.matchAll(/^```ts([^\n]*)\n([\s\S]*?)^```$/gm)].map((fence) => ({
    at: `${path}:${lineOf(text, fence.index)}`,
    code: fence[2] as string,
    runs: !(fence[1] as string).includes('no-run'),
  }))
}

export const pages: ReadonlyArray<string> = [
  ...(existsSync(join(root, 'README.md')) ? ['README.md'] : []),
  ...walk('docs').filter((path) => path.endsWith('.md')),
]

export const examples: ReadonlyArray<Example> = [
  ...walk('src')
    .filter((path) => path.endsWith('.ts'))
    .flatMap(inJSDoc),
  ...pages.flatMap(inMarkdown),
]

/** What a statement is expected to give: `// => value` behind it, or on the lines that follow it. */
const expectation = (code: string, end: number): string | undefined => {
  const found = /^[ \t]*;?[ \t]*\n?[ \t]*\/\/ => ?([^\n]*(?:\n[ \t]*\/\/ {2,}[^\n]*)*)/.exec(code.slice(end))
  return found?.[1]?.replace(/\n[ \t]*\/\/ /g, '\n')
}

/** The example as a module: `expr // => value` becomes an assertion. */
export const toModule = ({ code }: Example): string => {
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true)
  const statements = file.statements.map((statement) => {
    const text = statement.getText(file)
    const expected = expectation(code, statement.getEnd())
    if (expected === undefined) return text
    const check = (actual: string): string => `;__expect(${actual}).toEqual(${expected})`
    if (ts.isExpressionStatement(statement)) return check(statement.expression.getText(file))
    const declared = ts.isVariableStatement(statement) ? statement.declarationList.declarations[0]?.name : undefined
    return declared && ts.isIdentifier(declared) ? `${text}\n${check(declared.text)}` : text
  })
  return [`import { expect as __expect } from 'vitest'`, ...statements, 'export {}', ''].join('\n')
}

export const fileOf = ({ at }: Example): string => join(cache, `${at.replace(/[^\w]+/g, '-')}.ts`)

/** Writes all of them anew. */
export const write = (): void => {
  rmSync(cache, { recursive: true, force: true })
  mkdirSync(cache, { recursive: true })
  for (const example of examples) writeFileSync(fileOf(example), toModule(example))
}

/** Compiler options of the project; an example needn't use all that it names, nor guard every metric. */
const compilerOptions = (): ts.CompilerOptions => {
  const path = join(root, 'tsconfig.json')
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(path, (p) => ts.sys.readFile(p)).config,
    ts.sys,
    root,
  )
  return { ...options, noUnusedLocals: false, noUnusedParameters: false, noUncheckedIndexedAccess: false }
}

export const programOf = (files: ReadonlyArray<string>): ts.Program => ts.createProgram([...files], compilerOptions())

/** What is wrong with the types in these files, one line each. */
export const typeErrors = (files: ReadonlyArray<string>): ReadonlyArray<string> => {
  const program = programOf(files)
  return files.flatMap((path) => {
    const file = program.getSourceFile(path)
    if (!file) return [`${path}: not found`]
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
      (d) => `${relative(cache, path)}: ${ts.flattenDiagnosticMessageText(d.messageText, '\n')}`,
    )
  })
}
