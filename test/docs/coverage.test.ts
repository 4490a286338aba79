import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import * as operators from '../../src/operators/index.js'
import * as schedules from '../../src/schedules/index.js'
import { programOf, root } from './examples.js'

const entries = [
  'src/index.ts',
  'src/logs/index.ts',
  'src/metrics/index.ts',
  'src/replay/index.ts',
  'src/replay/node/index.ts',
  'src/testing/index.ts',
  'src/testing/properties/index.ts',
  'src/tfjs/index.ts',
  'src/sinks/node.ts',
]
  .map((path) => join(root, path))
  .filter(existsSync)

const program = programOf(entries)
const checker = program.getTypeChecker()

const resolved = (symbol: ts.Symbol): ts.Symbol =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol

const isFunction = (symbol: ts.Symbol): boolean => {
  const declaration = symbol.valueDeclaration
  return (
    declaration !== undefined &&
    !ts.isClassDeclaration(declaration) &&
    checker.getTypeOfSymbolAtLocation(symbol, declaration).getCallSignatures().length > 0
  )
}

/** For their authors to mend; nothing may be added. */
const pending = new Set(['replayToJson'])

/** Values that are machines and so can be called, but are no functions to a reader. */
const values = new Set(['always', 'never', 'idle'])

const functionsOf = (entry: string): ReadonlyArray<readonly [string, ts.Symbol]> => {
  const module = checker.getSymbolAtLocation(program.getSourceFile(entry) as ts.SourceFile)
  return checker
    .getExportsOfModule(module as ts.Symbol)
    .map((symbol) => [symbol.name, resolved(symbol)] as const)
    .filter(([name, symbol]) => isFunction(symbol) && !values.has(name) && !pending.has(name))
}

describe.each(entries.map((entry) => [entry.slice(root.length), entry] as const))('%s', (_, entry) => {
  it('documents every function with an example', () => {
    const without = functionsOf(entry).filter(
      ([, symbol]) => !symbol.getJsDocTags(checker).some((tag) => tag.name === 'example'),
    )
    expect(without.map(([name]) => name)).toEqual([])
  })
  it('exports nothing called then', () => {
    // a module with a `then` is a thenable: importing it would never settle
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry) as ts.SourceFile) as ts.Symbol
    expect(checker.getExportsOfModule(module).map((symbol) => symbol.name)).not.toContain('then')
  })
})

describe('docs/operators.md', () => {
  const page = readFileSync(join(root, 'docs/operators.md'), 'utf8')
  it.each([...Object.keys(operators), ...Object.keys(schedules), 'idle'])('lists %s', (name) => {
    expect(page).toMatch(new RegExp(`^\\| \`${name}\\b`, 'm'))
  })
})

describe('docs/laws.md', () => {
  const page = readFileSync(join(root, 'docs/laws.md'), 'utf8')
  it('names tests that exist', () => {
    const named = [...page.matchAll(/`(test\/[\w/.-]+)`/g)].map((found) => found[1] as string)
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})
