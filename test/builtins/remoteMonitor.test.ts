import { describe, expect, it } from 'vitest'
import { remoteMonitor, type RemoteMonitorOptions } from 'rxfit'

const post = (logs: Record<string, number>, options: RemoteMonitorOptions = {}, epoch = 0) => {
  const event = { _tag: 'EpochEnd', epoch, batch: null, step: 0, at: 0, lr: 1, logs } as const
  const [command] = remoteMonitor(options).step(null, event)[0]
  if (command?._tag !== 'HttpPost') throw new Error('no post')
  return command
}

/** What `json.dumps` and `urlencode` of Python 3.11 write. */
const python: ReadonlyArray<readonly [Record<string, number>, string, string]> = [
  [
    { loss: 0.5, val_loss: 1 },
    '{"epoch": 0, "loss": 0.5, "val_loss": 1.0}',
    '%7B%22epoch%22%3A+0%2C+%22loss%22%3A+0.5%2C+%22val_loss%22%3A+1.0%7D',
  ],
  [
    { loss: NaN, 'a b': Infinity, c: -Infinity },
    '{"epoch": 1, "loss": NaN, "a b": Infinity, "c": -Infinity}',
    '%7B%22epoch%22%3A+1%2C+%22loss%22%3A+NaN%2C+%22a+b%22%3A+Infinity%2C+%22c%22%3A+-Infinity%7D',
  ],
  [
    { loss: 1e-5, 'é"\\\n\x7f😀': 1e16, "z~!*'()": -0 },
    '{"epoch": 2, "loss": 1e-05, "\\u00e9\\"\\\\\\n\\u007f\\ud83d\\ude00": 1e+16, "z~!*\'()": -0.0}',
    '%7B%22epoch%22%3A+2%2C+%22loss%22%3A+1e-05%2C+%22%5Cu00e9%5C%22%5C%5C%5Cn%5Cu007f%5Cud83d%5Cude00%22%3A+1e%2B16%2C+%22z~%21%2A%27%28%29%22%3A+-0.0%7D',
  ],
  [
    { loss: 123456789.123, epoch: 3 },
    '{"epoch": 3.0, "loss": 123456789.123}',
    '%7B%22epoch%22%3A+3.0%2C+%22loss%22%3A+123456789.123%7D',
  ],
]

describe('remoteMonitor', () => {
  it.each(python)('writes %o as Keras does', (logs, json, form) => {
    const epoch = python.findIndex(([own]) => own === logs)
    expect(post(logs, { sendAsJson: true }, epoch).body).toBe(json)
    expect(post(logs, { field: 'da ta~!*é' }, epoch).body).toBe(`da+ta~%21%2A%C3%A9=${form}`)
  })
  it('asks for the address and the headers that Keras would', () => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    expect(post({ loss: 1 })).toMatchObject({ url: 'http://localhost:9000/publish/epoch/end/', headers: form })
    expect(post({ loss: 1 }, { root: 'https://x:1', path: '/y', headers: { A: 'b' } })).toMatchObject({
      url: 'https://x:1/y',
      headers: { A: 'b', ...form },
    })
    expect(post({ loss: 1 }, { sendAsJson: true, headers: { 'content-type': 'text/plain' } }).headers).toEqual({
      'content-type': 'text/plain',
    })
  })
  it('refuses what can be no address', () => {
    expect(() => remoteMonitor({ root: 'ftp://x' })).toThrow(/remoteMonitor.root: must be an http or https address/)
    expect(() => remoteMonitor({ field: '\ud800' })).toThrow(/remoteMonitor.field: must be well-formed text/)
    expect(() => remoteMonitor({ url: 'x' } as never)).toThrow(/unknown option/)
    // a page's own server
    expect(post({}, { root: '' }).url).toBe('/publish/epoch/end/')
  })
})
