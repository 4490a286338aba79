import { expect, it } from 'vitest'
import { all, earlyStopping, modelCheckpoint, reduceLROnPlateau, type Policy } from 'rxfit'
import { fromEpochs, type TrainingLog } from 'rxfit/logs'
import { grid, replay, replayReport, sweep, sweepReport } from 'rxfit/replay'
import { describeInBrowser, openPage } from '../browser.js'

const evil = `<img src="https://example.com/x.png" onerror="alert(1)"> & '</title><script>alert(2)</script>`

const run = (seed: number): TrainingLog => ({
  ...fromEpochs(
    Array.from({ length: 40 + seed }, (_, i) => ({
      loss: Math.exp(-i / 12),
      val_loss: 0.4 + Math.exp(-i / 8) + 0.004 * Math.max(0, i - 15) + 0.05 * Math.sin(i * seed + seed),
      val_accuracy: 0.9 - 0.5 * Math.exp(-i / 9) + 0.01 * Math.cos(i * seed),
    })),
    { learningRate: 0.01 },
  ),
  path: seed === 1 ? evil : `${'a_folder_with_a_long_name'.repeat(5)}/run_${seed}.csv`,
  notes: [evil],
})

const logs = [1, 2, 3, 4, 5, 6, 7, 8].map(run)
const policy = all(
  earlyStopping({ patience: 5, restoreBestWeights: true }),
  reduceLROnPlateau({ patience: 2, factor: 0.5 }),
  modelCheckpoint({ filepath: `${evil}-{epoch}`, saveBestOnly: true }),
) as Policy
const candidates = grid(policy, {
  'earlyStopping.patience': '1..20',
  'earlyStopping.minDelta': '0,1e-3,1e-2',
  'reduceLROnPlateau.patience': '2,4',
})

const pages = {
  'a replay': () =>
    replayReport(
      policy,
      logs.map((log) => ({ log, replay: replay(policy, log) })),
    ),
  'a sweep': () => sweepReport(sweep(candidates, logs, { judge: 'val_accuracy', completed: true }), candidates, logs),
}

describeInBrowser('the page of', () => {
  it.each(Object.entries(pages))('%s asks for nothing, runs nothing and shows names as they are', async (_, page) => {
    const { requests, errors, dom, text } = await openPage(page(), 1200)
    expect(requests).toEqual([expect.stringMatching(/^file:.*page\.html$/)])
    expect(errors).toEqual([])
    expect(dom).not.toMatch(/<script|<img/)
    expect(text).toContain(evil)
  })

  it.each(Object.entries(pages))('%s fits a phone', async (_, page) => {
    const { scrollWidth, innerWidth } = await openPage(page(), 390)
    expect([scrollWidth, innerWidth]).toEqual([390, 390])
  })
})

describeInBrowser('a page that does all this', () => {
  it('is found out', async () => {
    const page = `<!doctype html><meta name="viewport" content="width=device-width"><body>
      <img src="http://127.0.0.1:9/x.png"><div style="width:900px">wide</div><script>throw new Error('no')</script>`
    const { requests, errors, scrollWidth } = await openPage(page, 390)
    expect(requests).toContain('http://127.0.0.1:9/x.png')
    expect(errors).toContain('Uncaught')
    expect(scrollWidth).toBeGreaterThanOrEqual(900)
  })
})
