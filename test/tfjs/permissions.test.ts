import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { all, csvLogger, explain, fromSpec, named, toSpec, type Permissions, type Policy } from 'rxfit'
import { commands } from 'rxfit/testing'
import { fit } from 'rxfit/tfjs'
import { inside } from '../../src/sinks/inside.js'
import { line, linear, tf } from './backend.js'

const made = (json: unknown, allow?: Permissions): Policy =>
  pipe(
    fromSpec(json, {}, allow && { allow }),
    E.getOrElse((error): Policy => {
      throw error
    }),
  )

const train = async (policy: Policy | ReadonlyArray<Policy>): Promise<string> => {
  const { x, y } = line(4)
  const model = linear()
  const before = tf.memory().numTensors
  const message = await fit(model, x, y, { epochs: 1, callbacks: policy as Policy<never>, lint: false }).then(
    () => 'trained',
    (error: unknown) => (error as Error).message,
  )
  expect(tf.memory().numTensors).toBe(before)
  tf.dispose([x, y, ...model.weights.map((weight) => weight.read())])
  return message
}

let outside = ''
let here = ''
beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), 'rxfit-outside-'))
  mkdirSync('runs', { recursive: true })
  here = mkdtempSync('runs/permissions-')
})
afterEach(() => {
  rmSync(outside, { recursive: true, force: true })
  rmSync(here, { recursive: true, force: true })
})

describe('callbacks made of JSON', () => {
  it('write below the working directory', async () => {
    const policy = made([
      { csvLogger: { filename: `${here}/log.csv` } },
      { modelCheckpoint: { filepath: `${here}/at-{epoch}` } },
      { tensorBoard: { logDir: `${here}/board` } },
    ])
    expect(await train(policy)).toBe('trained')
    expect(readdirSync(here).sort()).toEqual(['at-1', 'board', 'log.csv'])
  })

  it('write nowhere else, by no way there is', async () => {
    symlinkSync(outside, join(here, 'link'))
    symlinkSync(join(outside, 'not-yet'), join(here, 'dangling'))
    const up = resolve('.')
      .split('/')
      .slice(1)
      .map(() => '..')
      .join('/')
    for (const filename of [
      join(outside, 'a'),
      `${up}${outside}/a`,
      `${here}/../../../a`,
      `${here}/link/a`,
      `${here}/link/new/a`,
      `${here}/dangling`,
      `${here}/nothing/../../../../a`,
      `${here}/a\0b`,
    ])
      for (const part of [
        { csvLogger: { filename } },
        { modelCheckpoint: { filepath: filename } },
        { historyRecorder: { path: filename, format: 'json' } },
        { tensorBoard: { logDir: filename } },
        {
          kind: 'emit',
          options: { commands: { _tag: 'DeleteModel', path: filename } },
          children: [{ everyN: { n: 1 } }],
        },
      ])
        expect(await train(made([part])), JSON.stringify(part)).toMatch(
          /failed: callbacks from JSON may write below '\.' only .*allow it with fromSpec\(json, functions, \{ allow: \{ paths/,
        )
    expect(readdirSync(outside)).toEqual([])
    expect(readdirSync(here).sort()).toEqual(['dangling', 'link'])
  })

  it('write where it is allowed, and only there', async () => {
    expect(await train(made([{ csvLogger: { filename: join(outside, 'a.csv') } }], { paths: outside }))).toBe('trained')
    expect(await train(made([{ csvLogger: { filename: join(outside, 'b.csv') } }], { paths: '/' }))).toBe('trained')
    expect(await train(made([{ csvLogger: { filename: `${here}/c.csv` } }], { paths: [outside] }))).toMatch(
      /write below/,
    )
    expect(await train(made([{ csvLogger: { filename: `${here}/c.csv` } }], { paths: [] }))).toMatch(/no folder only/)
    expect(readdirSync(outside)).toEqual(['a.csv', 'b.csv'])
    expect(readdirSync(here)).toEqual([])
  })

  it('save into no storage and through no handler that is not allowed', async () => {
    for (const filepath of ['indexeddb://best', 'localstorage://best', 'file:///tmp/x', 'downloads://x'])
      expect(await train(made([{ modelCheckpoint: { filepath } }]))).toMatch(/may not write to/)
    expect(await train(made([{ modelCheckpoint: { filepath: 'http://localhost:1/x' } }]))).toMatch(
      /may send no requests/,
    )
    // allowed: what fails now is that Node has no such storage
    expect(
      await train(made([{ modelCheckpoint: { filepath: 'indexeddb://best' } }], { paths: 'indexeddb://' })),
    ).not.toMatch(/callbacks from JSON/)
  })

  it('are held to a whole name of an address', async () => {
    const saved = async (filepath: string, ...paths: ReadonlyArray<string>) =>
      !/callbacks from JSON/.test(await train(made([{ modelCheckpoint: { filepath } }], { paths })))
    expect(await saved('s3://bucket/a', 's3://bucket')).toBe(true)
    expect(await saved('s3://bucket/a', 's3://bucket/')).toBe(true)
    expect(await saved('s3://bucket', 's3://bucket')).toBe(true)
    expect(await saved('s3://any/a', 's3://')).toBe(true)
    expect(await saved('s3://bucket-evil/a', 's3://bucket')).toBe(false)
    expect(await saved('s3://bucket/../evil/a', 's3://bucket')).toBe(false)
    expect(await saved('s3://', 's3://bucket')).toBe(false)
  })

  it('keep no backups elsewhere: nothing there is opened, whatever they are put into', async () => {
    const json = made([{ backupAndRestore: { dir: join(outside, 'backup') } }])
    const alone = made({ backupAndRestore: { dir: join(outside, 'backup') } })
    for (const policy of [json, alone, named('mine')(json), all(csvLogger({ filename: `${here}/a.csv` }), alone)])
      expect(await train(policy)).toMatch(/^backupAndRestore: callbacks from JSON may write below '\.' only/)
    expect(readdirSync(outside)).toEqual([])
    const allowed = made([{ backupAndRestore: { dir: join(outside, 'backup') } }], { paths: outside })
    expect(await train(allowed)).toBe('trained')
  })

  it('cut no file back that only a folder from elsewhere names', async () => {
    const victim = join(outside, 'victim')
    const log = join(outside, 'log.csv')
    const backup = `${here}/backup`
    const plant = (path: string, size: number | null) => {
      mkdirSync(backup, { recursive: true })
      writeFileSync(path, 'precious\n')
      writeFileSync(join(backup, 'files.jsonl'), `${JSON.stringify({ path, size })}\n`)
    }
    const json = made([{ backupAndRestore: { dir: backup } }])
    for (const size of [0, null]) {
      plant(victim, size)
      expect(await train(json)).toMatch(/a run that wrote to '.*victim', which would be cut back: callbacks from JSON/)
      expect(readFileSync(victim, 'utf8')).toBe('precious\n')
    }
    // code beside the JSON names this one
    plant(log, 0)
    expect(await train(all(json, csvLogger({ filename: log, append: true })))).toBe('trained')
    expect(readFileSync(log, 'utf8')).toMatch(/^epoch,loss/)
    plant(`${here}/mine.csv`, 0)
    expect(await train(json)).toBe('trained')
    expect(readFileSync(`${here}/mine.csv`, 'utf8')).toBe('')
  })

  it('keep to it whatever they are put into; code beside them may do anything', async () => {
    const json = made({ csvLogger: { filename: join(outside, 'json.csv') } })
    const code = csvLogger({ filename: join(outside, 'code.csv') })
    expect(await train(code)).toBe('trained')
    for (const policy of [all(code, json), named('mine')(json), named('a')(all(named('b')(json))), [json, code]])
      expect(await train(policy)).toMatch(/callbacks from JSON may write/)
    expect(existsSync(join(outside, 'json.csv'))).toBe(false)
  })

  it('ask for the same as ever, and say the same of themselves', () => {
    const options = { filename: join(outside, 'x.csv') }
    const rows = [{ loss: 1 }, { loss: 2 }]
    const json = made([{ csvLogger: options }])
    expect(commands(json, rows)).toEqual(commands(all(csvLogger(options)), rows))
    expect(toSpec(json)).toEqual(toSpec(all(csvLogger(options))))
    expect(explain(json)).toBe(explain(all(csvLogger(options))))
  })

  it('refuse permissions that mean nothing', () => {
    const bad = fromSpec([], {}, { allow: { path: 'x' } as never })
    expect(E.isLeft(bad) && bad.left.message).toMatch(
      /fromSpec\.allow\.path: unknown option \(did you mean 'paths'\?\)/,
    )
  })
})

describe('requests', () => {
  let server: Server
  let address = ''
  let requests = 0
  beforeAll(async () => {
    server = createServer((_, answer) => {
      requests += 1
      answer.end('ok')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.close()
  })

  it('are sent for callbacks of JSON only where they are allowed', async () => {
    const json = [{ remoteMonitor: { root: address } }]
    expect(await train(made(json))).toMatch(
      new RegExp(`may send no requests, this one to '${address}.*network: \\['${address}'\\]`),
    )
    expect(await train(made(json, { network: ['http://example.org'] }))).toMatch(/to http:\/\/example\.org only/)
    expect(requests).toBe(0)
    expect(await train(made(json, { network: [address] }))).toBe('trained')
    expect(await train(made(json, { network: true }))).toBe('trained')
    expect(requests).toBe(2)
  })
})

describe('inside', () => {
  it('follows links, of the folder as well', () => {
    symlinkSync(resolve(here), join(outside, 'home'))
    expect(inside(join(outside, 'home', 'a'), [here])).toBe(true)
    expect(inside(`${here}/a/b/c`, [join(outside, 'home')])).toBe(true)
    expect(inside(here, [here])).toBe(true)
    expect(inside(`${here}-other`, [here])).toBe(false)
    expect(inside(`${here}/..hidden`, [here])).toBe(true)
    expect(inside(outside, [join(outside, 'not', 'there')])).toBe(false)
  })
})
