import { describe, expect, it } from 'vitest'
import { all, earlyStopping, modelCheckpoint, named, reduceLROnPlateau, type Policy } from 'rxfit'
import { fromEpochs, type EpochRow } from 'rxfit/logs'
import { replay, replayReport } from 'rxfit/replay'

const policy = all(
  earlyStopping({ patience: 2, restoreBestWeights: true }),
  reduceLROnPlateau({ patience: 1, minDelta: 0 }),
  modelCheckpoint({ filepath: 'm-{epoch}', saveBestOnly: true }),
) as Policy

const pageOf = (rows: ReadonlyArray<EpochRow>, of: Policy = policy): string => {
  const log = fromEpochs(rows, { learningRate: 0.1 })
  return replayReport(of, [{ log, replay: replay(of, log) }])
}
const losses = (...values: ReadonlyArray<number | null>) => values.map((val_loss) => ({ val_loss, loss: 1 }))

/** Tags that are open when others close. */
const unclosed = (page: string): ReadonlyArray<string> => {
  const open: Array<string> = []
  const wrong: Array<string> = []
  for (const [, close, name = '', self] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*?(\/?)>/g)) {
    if (['meta', 'doctype'].includes(name) || self === '/') continue
    if (close === '') open.push(name)
    else if (open.pop() !== name) wrong.push(name)
  }
  return [...wrong, ...open]
}

describe('replayReport', () => {
  it('tells what would have happened, with curves, marks and verdicts', () => {
    const page = pageOf(losses(3, 2, 2.5, 2.5, 2.5, 1))
    expect(page).toContain('stops at epoch 3 of 6')
    expect(page).toContain('weights of epoch 1 put back')
    expect(page).toContain('<title>epoch 3: stop: val_loss has not improved for 2 epochs</title>')
    expect(page).toContain('class="badge diverged"')
    expect(page.match(/<svg/g)).toHaveLength(2)
    expect(unclosed(page)).toEqual([])
  })
  it('needs nothing from elsewhere and runs no script', () => {
    const page = pageOf(losses(3, 2, 1))
    expect(page).not.toMatch(/https?:|<script|<link|<img|url\(|@import/)
    expect(page).toContain("default-src 'none'")
    expect(page).toContain('width=device-width')
  })
  it('escapes what logs and policies contain', () => {
    const evil = '</title><script>alert("x")</script>'
    const log = { ...fromEpochs(losses(2, 1)), path: evil, notes: [evil] }
    const own = named(evil)(policy)
    const page = replayReport(own, [{ log, replay: { ...replay(own, log), notes: [evil] } }])
    expect(page).not.toContain('<script')
    expect(page).toContain('&lt;/title&gt;&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;')
    expect(unclosed(page)).toEqual([])
  })
  it.each<[string, ReadonlyArray<EpochRow>]>([
    ['one epoch', losses(1)],
    ['no number at all', losses(NaN, NaN, NaN)],
    ['infinities and gaps', losses(1, null, Infinity, -Infinity, 0.5)],
    ['equal values', losses(1, 1, 1)],
    ['huge and tiny', losses(1e300, 1e-300, 5)],
  ])('draws %s', (_, rows) => {
    const page = pageOf(rows, earlyStopping({ patience: 9, onMissing: 'skip' }) as Policy)
    expect(page).not.toMatch(/="NaN|="-?Infinity|[ML]NaN/)
    expect(unclosed(page)).toEqual([])
  })
  it('stays small however long the run was', () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => ({ val_loss: 1 / (i + 1) + Math.sin(i), loss: 1 }))
    expect(pageOf(rows, earlyStopping({ patience: 1e6 }) as Policy).length).toBeLessThan(200_000)
  })
})
