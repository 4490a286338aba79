import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { plateauTable, stoppingTable } from './tables.js'

const page = readFileSync(new URL('../../docs/dialects.md', import.meta.url), 'utf8')

describe('docs/dialects.md', () => {
  it.each([
    ['where they stop', stoppingTable],
    ['where they cut', plateauTable],
  ])('says %s', (_, table) => {
    expect(page).toContain(table())
  })
})
