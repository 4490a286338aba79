import { expect, it } from 'vitest'
import * as rx from 'rxfit'
import * as operators from '../../src/operators/index.js'
import * as schedulesIndex from '../../src/schedules/index.js'
import { readdirSync } from 'node:fs'
import { enrichers, policies, schedules, signals, triggers } from './specimens.js'

const specimens = new Set([enrichers, policies, schedules, signals, triggers].flatMap((table) => Object.keys(table)))

/** Files of builtins that are no callback. */
const notCallbacks = ['fromSpec']
const builtins = readdirSync(new URL('../../src/builtins', import.meta.url))
  .map((file) => file.replace(/\.ts$/, ''))
  .filter((name) => name in rx && !notCallbacks.includes(name))

it.each([...Object.keys(operators), ...Object.keys(schedulesIndex), ...builtins])('%s has a specimen', (name) => {
  expect(specimens).toContain(name)
})
