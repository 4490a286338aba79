import { describe, expect, it } from 'vitest'
import { examples, fileOf, typeErrors, write } from './examples.js'

write()

describe('examples in the docs', () => {
  it('are there', () => {
    expect(examples.length).toBeGreaterThan(60)
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
