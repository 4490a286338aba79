import * as v from 'valibot'
import type { Command } from './Command.js'
import { flag, text } from './Options.js'
import type { Spec } from './Spec.js'

/** How far commands may reach that were made of JSON, which may come from anywhere. */
export interface Permissions {
  /**
   * folders (or files) that may be written to and deleted from, with all below; for what isn't a file, how its address begins, up
   * to a whole name: `indexeddb://`, `s3://bucket`. Default '.', the working directory; '/' is everywhere
   */
  readonly paths?: string | ReadonlyArray<string>
  /** whether requests may be sent: true, or the servers that they may go to, such as `http://localhost:9000`. Default false */
  readonly network?: boolean | ReadonlyArray<string>
}

export const permissionsSchema = v.strictObject({
  paths: v.optional(v.union([text, v.array(text)]), '.'),
  network: v.optional(v.union([flag, v.array(text)]), false),
})

/** Registered, so that two copies of rxfit mean the same; not enumerable, so that commands stay what they say. */
const key = Symbol.for('rxfit/permissions')

type Confined = { readonly [key]?: Required<Permissions> }

/** The permissions that a command, or a part of a pipeline, was made under; undefined for code's, which may do anything. */
export const permissionsOf = (made: Command | Spec): Required<Permissions> | undefined => (made as Confined)[key]

const under = (command: Command, permissions: Required<Permissions>): Command =>
  Object.defineProperty({ ...command }, key, { value: permissions })

/**
 * Puts a spec and its parts under permissions, those aside that are under some already: what a fit does before it hears any
 * command goes by the spec. In place, for a spec is known by its identity; whoever calls has just made it.
 */
export const confineParts = (spec: Spec, permissions: Required<Permissions>): void => {
  if (permissionsOf(spec) === undefined) Object.defineProperty(spec, key, { value: permissions })
  for (const child of spec.children ?? []) confineParts(child, permissions)
}

/** Every path that a command may write to, or read. */
export const pathsOf = (command: Command): ReadonlyArray<string> =>
  [
    'path' in command ? command.path : undefined,
    'sameAs' in command ? command.sameAs : undefined,
    'prCurves' in command ? command.prCurves.path : undefined,
    'dir' in command ? command.dir : undefined,
    'gif' in command ? command.gif.path : undefined,
    'board' in command ? command.board.path : undefined,
  ].filter((path) => path !== undefined)

/** What a command may reach: nothing else need be watched. */
const reaches = (command: Command): boolean => 'url' in command || pathsOf(command).length > 0

/** Puts commands under permissions, unless they are under some already: those are of an inner part, and hold. */
export const confine =
  (permissions: Required<Permissions>) =>
  (commands: ReadonlyArray<Command>): ReadonlyArray<Command> =>
    commands.some(reaches)
      ? commands.map((command) =>
          reaches(command) && permissionsOf(command) === undefined ? under(command, permissions) : command,
        )
      : commands

/** A changed copy of a command, under its permissions. */
export const keepPermissions = (from: Command, to: Command): Command => {
  const permissions = permissionsOf(from)
  return permissions === undefined ? to : under(to, permissions)
}
