import { describe, expect, it } from 'vitest'
import { examples, fileOf, toModule, typeErrors, write } from './examples.js'

write()

describe('examples in the docs', () => {
  it('are there', () => {
    expect(examples.length).toBeGreaterThan(60)
  })
  it('assert every value that they state', () => {
    const count = (text: string, what: string): number => text.split(what).length - 1
    const silent = examples.filter((e) => count(e.code, '// =>') !== count(toModule(e), '__expect('))
    expect(silent.map(({ at }) => at)).toEqual([])
  })
  it('type-check', () => {
    expect(typeErrors(examples.map(fileOf))).toEqual([])
  })
  it.each(examples.filter(({ runs }) => runs).map((example) => [example.at, example] as const))(
    '%s',
    async (_, example) => {
      await import(/* @vite-ignore */ fileOf(example))
    },
  )
})
