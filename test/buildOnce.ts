import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { transformWithOxc } from 'vite'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** folder of the sources as JavaScript */
    readonly build: string
  }
}

const root = fileURLToPath(new URL('..', import.meta.url))

/** The sources as JavaScript, once a test run, for threads and child processes: `dist` may be older than they are. */
export default async (project: TestProject): Promise<() => void> => {
  mkdirSync(join(root, 'runs'), { recursive: true })
  const out = mkdtempSync(join(root, 'runs', 'build-'))
  const source = join(root, 'src')
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue
    const file = join(out, name.replace(/\.ts$/, '.js'))
    mkdirSync(dirname(file), { recursive: true })
    const { code } = await transformWithOxc(readFileSync(join(source, name), 'utf8'), name, {
      target: 'es2022',
      sourcemap: false,
      // as `verbatimModuleSyntax` of tsconfig.json has it
      typescript: { onlyRemoveTypeImports: true },
    })
    const host = relative(dirname(file), join(out, 'sinks', 'host.node.js'))
      .split(sep)
      .join('/')
    writeFileSync(file, code.replaceAll(/(['"])#host\1/g, `'./${host}'`))
  }
  project.provide('build', out)
  return () => {
    rmSync(out, { recursive: true, force: true })
  }
}
