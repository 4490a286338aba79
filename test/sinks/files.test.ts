import type { Writable } from 'node:stream'
import { spawn, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FileError, removeLostDrafts, writeWhole, writeWholeSync } from '../../src/sinks/files.js'
import { host } from '../../src/sinks/host.node.js'
import { lock, LockedError } from '../../src/sinks/lock.js'
import { startOf } from '../../src/sinks/processes.js'

let dir = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'rxfit-files-'))
})
afterEach(() => {
  rmSync(dir, { recursive: true, force: true })
})

/** The number of a process that is gone. */
const deadPid = (): number => Number(spawnSync(process.execPath, ['-p', 'process.pid'], { encoding: 'utf8' }).stdout)

const ways = [
  ['writeWhole', writeWhole],
  [
    'writeWholeSync',
    (path: string, content: string | Uint8Array) => Promise.resolve().then(() => writeWholeSync(path, content)),
  ],
] as const

describe.each(ways)('%s', (_, write) => {
  it('writes a file and leaves nothing beside it', async () => {
    await write(join(dir, 'a'), 'one')
    await write(join(dir, 'a'), 'two')
    expect(readFileSync(join(dir, 'a'), 'utf8')).toBe('two')
    expect(readdirSync(dir)).toEqual(['a'])
  })

  it('keeps the rights a file has, and follows links', async () => {
    writeFileSync(join(dir, 'real'), 'one', { mode: 0o600 })
    symlinkSync('real', join(dir, 'link'))
    await write(join(dir, 'link'), 'two')
    expect(readFileSync(join(dir, 'real'), 'utf8')).toBe('two')
    expect(statSync(join(dir, 'real')).mode & 0o777).toBe(0o600)
    expect(readdirSync(dir).sort()).toEqual(['link', 'real'])
  })

  it('says what was in the way, and leaves no draft', async () => {
    await expect(write(join(dir, 'no', 'such'), 'x')).rejects.toThrow(/its folder is not there \(ENOENT\)/)
    mkdirSync(join(dir, 'folder'))
    await expect(write(join(dir, 'folder'), 'x')).rejects.toThrow(/it is a folder/)
    writeFileSync(join(dir, 'file'), 'x')
    await expect(write(join(dir, 'file', 'b'), 'x')).rejects.toBeInstanceOf(FileError)
    await expect(write(join(dir, 'a\0b'), 'x')).rejects.toThrow(/null character/)
    expect(readdirSync(dir).sort()).toEqual(['file', 'folder'])
  })

  it.runIf(existsSync('/dev/full'))('writes to a device as it is, and says that it is full', async () => {
    await expect(write('/dev/full', 'x')).rejects.toThrow("/dev/full: can't be written: the disk is full (ENOSPC)")
  })
})

describe('drafts', () => {
  it('of dead processes are taken away, others stay', () => {
    const here = hostname().replaceAll(/[^\w-]/g, '_')
    const names = [
      `weights.bin.${here}-${deadPid()}-0123abcd.tmp`,
      `weights.bin.${here}-${process.pid}-0123abcd.tmp`,
      `weights.bin.elsewhere-1-0123abcd.tmp`,
      'notes.tmp',
    ]
    for (const name of names) writeFileSync(join(dir, name), '')
    removeLostDrafts(dir)
    expect(readdirSync(dir).sort()).toEqual(names.slice(1).sort())
  })
})

describe('lines that are added', () => {
  it('begin a line of their own behind one that a killed process left unfinished', async () => {
    const rows = join(dir, 'rows.csv')
    writeFileSync(rows, 'epoch,loss\n0,0.')
    await host.append(rows, '1,0.5\n', {})
    expect(readFileSync(rows, 'utf8')).toBe('epoch,loss\n0,0.\n1,0.5\n')
    const record = join(dir, 'record.jsonl')
    writeFileSync(record, '{"ev')
    const lines = host.openLines(record)
    lines.write('{}\n')
    lines.write('{}\n')
    lines.close()
    expect(readFileSync(record, 'utf8')).toBe('{"ev\n{}\n{}\n')
  })

  it('make their folder, and put a header into an empty file alone', async () => {
    const rows = join(dir, 'new', 'rows.csv')
    await host.append(rows, '', { header: 'a\n', truncate: true })
    await host.append(rows, '1\n', { header: 'a\n' })
    expect(readFileSync(rows, 'utf8')).toBe('a\n1\n')
    await host.append(rows, '2\n', { truncate: true })
    expect(readFileSync(rows, 'utf8')).toBe('2\n')
  })

  it.runIf(existsSync('/dev/full'))('say that the disk is full', async () => {
    await expect(host.append('/dev/full', 'x\n', {})).rejects.toThrow(/the disk is full \(ENOSPC\)/)
    const lines = host.openLines('/dev/full')
    expect(() => {
      lines.write('x\n')
    }).toThrow(/the disk is full/)
    lines.close()
  })
})

describe('a lock', () => {
  it('is refused to whoever asks second, until it is given back', () => {
    const path = join(dir, 'run.jsonl')
    const mine = lock(path, 'the record')
    expect(() => lock(path, 'the record')).toThrow(LockedError)
    expect(() => lock(join(dir, '.', 'run.jsonl'), 'the record')).toThrow(/by this very process/)
    mine.release()
    mine.release()
    lock(path, 'the record').release()
    expect(readdirSync(dir)).toEqual([])
  })

  it('of a process that is gone is taken over', () => {
    const path = join(dir, 'run.jsonl')
    writeFileSync(`${path}.lock`, JSON.stringify({ pid: deadPid(), host: hostname() }))
    lock(path, 'it').release()
    // the number is in use again, by a process that began at another time
    if (startOf(process.pid) !== undefined) {
      writeFileSync(`${path}.lock`, JSON.stringify({ pid: process.pid, host: hostname(), started: 'long ago' }))
      lock(path, 'it').release()
    }
    expect(readdirSync(dir)).toEqual([])
  })

  it('of a process that is gone leaves nothing beside it; what the living are at is left alone', () => {
    const path = join(dir, 'run.jsonl')
    const holder = (pid: number) => JSON.stringify({ pid, host: hostname(), started: startOf(pid) })
    for (const name of ['run.jsonl.lock.0123abcd', 'run.jsonl.lock.89abcdef'])
      writeFileSync(join(dir, name), holder(deadPid()))
    const others = ['run.jsonl.lock.11111111', 'run.jsonl.lock.22222222', 'run.jsonl.lock.bak', 'other.lock.0123abcd']
    writeFileSync(join(dir, others[0] as string), holder(process.pid))
    for (const name of others.slice(1)) writeFileSync(join(dir, name), name.includes('2222') ? '' : holder(deadPid()))
    lock(path, 'it').release()
    expect(readdirSync(dir).sort()).toEqual(others.sort())
  })

  it.runIf(existsSync('/proc/self/stat'))(
    'of a process that has ended, and that nobody has buried, is taken over',
    async () => {
      const path = join(dir, 'run.jsonl')
      // who waits for its child is replaced by somebody who doesn't; then the child is let go
      const parent = spawn('sh', ['-c', 'cat <&3 & echo $!; exec sleep 600'], {
        stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
      })
      const until = async (path: string, text: string) => {
        while (!readFileSync(path, 'utf8').includes(text)) await new Promise(setImmediate)
      }
      try {
        const pid = await new Promise<number>((resolve) => {
          parent.stdout?.once('data', (text: Buffer) => {
            resolve(Number(text))
          })
        })
        await until(`/proc/${parent.pid}/comm`, 'sleep')
        ;(parent.stdio[3] as Writable).end()
        await until(`/proc/${pid}/stat`, ') Z')
        writeFileSync(`${path}.lock`, JSON.stringify({ pid, host: hostname(), started: startOf(pid) }))
        lock(path, 'it').release()
        expect(readdirSync(dir)).toEqual([])
      } finally {
        parent.kill('SIGKILL')
      }
    },
  )

  it('of another machine, or one that nobody can read, stands, and says what to do', () => {
    const path = join(dir, 'run.jsonl')
    for (const text of ['', '{"pid":1,"host":"elsewhere"}', 'null', '{"pid":"1","host":2}']) {
      writeFileSync(`${path}.lock`, text)
      expect(() => lock(path, 'the record')).toThrow(/if that is over, delete .*run\.jsonl\.lock/)
      expect(readFileSync(`${path}.lock`, 'utf8')).toBe(text)
    }
  })

  it('that somebody else holds by now is not given back', () => {
    const path = join(dir, 'run.jsonl')
    const mine = lock(path, 'it')
    writeFileSync(`${path}.lock`, 'theirs')
    mine.release()
    expect(readFileSync(`${path}.lock`, 'utf8')).toBe('theirs')
  })

  it('is refused to another process, and taken over once its holder was killed', () => {
    const path = join(dir, 'run.jsonl')
    const module = new URL('../../src/sinks/lock.ts', import.meta.url).href
    const source = `
      import { createJiti } from 'jiti'
      const { lock } = await createJiti(import.meta.url).import(${JSON.stringify(module)})
      try { lock(${JSON.stringify(path)}, 'it'); console.log('locked') } catch (error) { console.log(error.name) }
      process.kill(process.pid, 'SIGKILL')`
    const other = (): string =>
      spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8', cwd: process.cwd() })
        .stdout
    const mine = lock(path, 'it')
    expect(other()).toBe('LockedError\n')
    mine.release()
    expect(other()).toBe('locked\n')
    expect(existsSync(`${path}.lock`)).toBe(true)
    lock(path, 'it').release()
    expect(existsSync(`${path}.lock`)).toBe(false)
  })
})
