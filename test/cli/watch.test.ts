import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { earlyStopping, reduceLROnPlateau, all, type Policy } from 'rxfit'
import { events } from 'rxfit/testing'
import { run } from '../../src/cli/run.js'
import type { Screen } from '../../src/cli/watch.js'
import { eventLines, headerLine } from '../../src/runtime/record.js'
import { Tail } from '../../src/logs/Tail.js'

const dir = mkdtempSync(join(tmpdir(), 'rxfit-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))
let path: string
let n = 0
beforeEach(() => {
  path = join(dir, `${(n += 1)}.jsonl`)
})

/** A record's text, cut into its lines. */
const recordOf = (losses: ReadonlyArray<number>): ReadonlyArray<string> => {
  const policy = all(
    reduceLROnPlateau({ monitor: 'loss', patience: 1, factor: 0.5, minDelta: 0 }),
    earlyStopping({ monitor: 'loss', patience: 3 }),
  ) as Policy<never>
  const params = { epochs: 9, initialEpoch: 0, steps: null, samples: null, batchSize: null, metrics: ['loss'] }
  let state = policy.init
  const lines = events(losses.map((loss) => ({ loss }))).map((event) => {
    const [commands, next] = policy.step(state, event as never)
    state = next
    return eventLines(event._tag === 'TrainBegin' ? { ...event, params } : event, commands)
  })
  return [headerLine(policy.spec, params), ...lines].join('').split(/(?<=\n)/)
}

/** A screen on which something happens to the file between looks; the last thing over and over would be a hang. */
const screenOf = (steps: ReadonlyArray<() => void>, size?: { columns: number; rows: number }) => {
  const written: Array<string> = []
  let at = 0
  const screen: Screen = {
    write: (text) => written.push(text),
    size: () => size,
    wait: () => {
      const step = steps[at]
      at += 1
      if (!step) return Promise.reject(new Error('nothing more will happen'))
      step()
      return Promise.resolve()
    },
  }
  return { screen, written }
}
const watched = async (steps: ReadonlyArray<() => void>, size?: { columns: number; rows: number }) => {
  const { screen, written } = screenOf(steps, size)
  const result = await run(['watch', path], screen)
  return { result, text: written.join('') }
}

describe('watch', () => {
  it('tells each epoch and decision as it comes, through half lines, to the end of training', async () => {
    const lines = recordOf([3, 2, 2, 2, 2])
    const whole = lines.join('')
    const [a, b] = [Math.floor(whole.length / 3), Math.floor((2 * whole.length) / 3)]
    const { result, text } = await watched([
      () => writeFileSync(path, whole.slice(0, a)),
      () => undefined,
      () => appendFileSync(path, whole.slice(a, b)),
      () => appendFileSync(path, whole.slice(b)),
    ])
    expect(result).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(text.split('\n')).toEqual([
      `note: waiting for ${path}: it isn't there yet`,
      'epoch 0 of 9: loss 3, lr 1',
      'epoch 1 of 9: loss 2, lr 1',
      'epoch 2 of 9: loss 2, lr 1',
      expect.stringMatching(/^epoch 2: reduceLROnPlateau: learning rate × 0.5 \(observed 2, best 2, /),
      'epoch 3 of 9: loss 2, lr 1',
      expect.stringMatching(/^epoch 3: reduceLROnPlateau: learning rate × 0.5/),
      'epoch 4 of 9: loss 2, lr 1',
      expect.stringMatching(/^epoch 4: reduceLROnPlateau: learning rate × 0.5/),
      expect.stringMatching(/^epoch 4: earlyStopping: stop: loss has not improved for 3 epochs/),
      'training ended: completed',
      '',
    ])
  })
  it('draws one view over itself on a terminal', async () => {
    const lines = recordOf([3, 2, 1])
    const { text } = await watched(
      [() => writeFileSync(path, lines.slice(0, 5).join('')), () => appendFileSync(path, lines.slice(5).join(''))],
      { columns: 60, rows: 20 },
    )
    const views = text.split('\u001b[J')
    expect(views).toHaveLength(3)
    expect(views[1]).toContain('running')
    const last = views[2] as string
    expect(last).toContain('training ended: completed')
    expect(last).toMatch(/loss +1 {2}1 at 2 +█▅▁/)
    for (const line of text.split('\n')) expect(line.length).toBeLessThan(75)
  })
  it('begins anew when the file is replaced, written anew or gone', async () => {
    const [one, two] = [recordOf([3, 2]), recordOf([9, 8, 7])]
    const { text } = await watched([
      () => writeFileSync(path, one.slice(0, -1).join('')),
      () => writeFileSync(path, two[0] as string),
      () => appendFileSync(path, two.slice(1, 3).join('')),
      () => {
        writeFileSync(`${path}.new`, one.slice(0, 3).join(''))
        renameSync(`${path}.new`, path)
      },
      () => rmSync(path),
      () => writeFileSync(path, two.join('')),
    ])
    expect(text).toContain('note: the file was truncated: it begins anew')
    expect(text).toContain('note: the file was replaced: it begins anew')
    expect(text).toContain("it isn't there any more")
    expect(text.trimEnd().endsWith('epoch 2 of 9: loss 7, lr 1\ntraining ended: completed')).toBe(true)
  })
  it('passes over a line that can’t be read, with a note, and takes the last run of a file', async () => {
    const lines = recordOf([3, 2])
    const torn = `${(lines[2] as string).slice(0, 20)}`
    const { text } = await watched([
      () => writeFileSync(path, [...lines.slice(0, 3), 'nonsense\n', torn, ...recordOf([5, 4])].join('')),
    ])
    expect(text).toContain(`note: ${path}:4: not a JSON object`)
    expect(text).toMatch(/epoch 1 of 9: loss 4, lr 1\ntraining ended: completed\n$/)
  })
  it('shows how a run stands with --once, and steers no terminal by what is in it', async () => {
    writeFileSync(path, recordOf([3, 2]).slice(0, -1).join('').replaceAll('loss', 'l\\u001b[31mss'))
    const { code, stdout } = await run(['watch', path, '--once'])
    expect(code).toBe(0)
    expect(stdout).toContain(`${path}\nepoch 1 of 9, learning rate 1, running`)
    expect(stdout).not.toContain('\u001b')
    expect(await run(['watch', join(dir, 'none.jsonl'), '--once'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no such file, expected a log') as unknown,
    })
  })
  it('follows logs of other formats', async () => {
    path = join(dir, 'log.csv')
    const { screen, written } = screenOf([
      () => writeFileSync(path, 'epoch,loss\n0,3\n'),
      () => appendFileSync(path, '1,2\n2,'),
      () => appendFileSync(path, '1\n'),
    ])
    await run(['watch', path], screen)
    expect(written.join('')).toContain('epoch 0: loss 3\nepoch 1: loss 2\nepoch 2: loss 1\n')
  })
})

describe('Tail', () => {
  it('gives the lines of a file however it grows', () => {
    const heard: Array<string> = []
    const tail = new Tail(path)
    const look = () => tail.look({ anew: (why) => heard.push(`<${why}>`), line: (text) => heard.push(text) })
    expect(look()).toBe('absent')
    const text = 'one\ntwo ä€😀\r\n\nfour\n'
    const bytes = Buffer.from(text)
    for (let i = 0; i < bytes.length; i += 1) {
      appendFileSync(path, bytes.subarray(i, i + 1))
      look()
    }
    expect(look()).toBe('same')
    expect(heard).toEqual(['one', 'two ä€😀', '', 'four'])
    // as long as before, and another
    writeFileSync(path, Buffer.from(text.replace('four', 'five')))
    expect(look()).toBe('grown')
    expect(heard.slice(4)).toEqual(['<replaced>', 'one', 'two ä€😀', '', 'five'])
    expect(readFileSync(path).length).toBe(bytes.length)
  })
})

describe('inspect --html', () => {
  it('is not written over what is read, by whatever name', async () => {
    const text = recordOf([3, 2]).join('')
    writeFileSync(path, text)
    const [link, callbacks] = [join(dir, 'link.html'), join(dir, 'callbacks.json')]
    writeFileSync(callbacks, '[{ "terminateOnNaN": {} }]')
    symlinkSync(path, link)
    const sweep = ['sweep', path, '-c', callbacks, '--grid', 'earlyStopping.patience=1..2', '--judge', 'loss']
    for (const [html, args] of [
      [path, ['inspect', path]],
      [link, ['inspect', path]],
      [join(dir, '.', 'x', '..', basename(path)), ['replay', path, '-c', callbacks]],
      [callbacks, ['replay', path, '-c', callbacks]],
    ] as const)
      expect(await run([...args, '--html', html])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("is what is read here, so it isn't written over") as string,
      })
    writeFileSync(callbacks, '[{ "earlyStopping": { "monitor": "loss" } }]')
    expect((await run([...sweep, '--csv', path])).stderr).toContain('is what is read here')
    expect(readFileSync(path, 'utf8')).toBe(text)
  })
  it('writes a page of the curves and the recorded decisions', async () => {
    writeFileSync(path, recordOf([3, 2, 2, 2]).join('').replaceAll('"loss"', '"lo<ss"'))
    const html = join(dir, 'page.html')
    expect(await run(['inspect', path, '--html', html])).toMatchObject({ code: 0, stderr: '' })
    const page = readFileSync(html, 'utf8')
    expect(page.match(/<svg/g)).toHaveLength(2)
    expect(page).toContain('learning rate × 0.5')
    expect(page).toContain('<title>epoch 2: learning rate × 0.5</title>')
    expect(page).toContain('lo&lt;ss')
    expect(page).not.toContain('lo<ss')
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/)
  })
})
