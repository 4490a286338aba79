import { describe, expect, it } from 'vitest'
import { csvLogger, type CSVLoggerOptions } from 'rxfit'
import { commands } from 'rxfit/testing'
import type { EpochRow } from 'rxfit/logs'

/** What a file holds after a run, if it held `before`. */
const file = (rows: ReadonlyArray<EpochRow>, options: Partial<CSVLoggerOptions> = {}, before = '') =>
  commands(csvLogger({ filename: 'log.csv', ...options }), rows).reduce((text, c) => {
    if (c._tag !== 'AppendRow') return text
    const kept = c.truncate === true ? '' : text
    return `${kept === '' ? (c.header ?? '') : kept}${c.row}`
  }, before)

describe('csvLogger', () => {
  it('writes the bytes that Keras writes', () => {
    expect(
      file([
        { loss: NaN, val_loss: Infinity },
        { loss: 1e-5, val_loss: 1e16 },
        { loss: -0, val_loss: 0.1 },
      ]),
    ).toBe('epoch,loss,val_loss\r\n0,nan,inf\r\n1,1e-05,1e+16\r\n2,-0.0,0.1\r\n')
  })
  it('fixes the columns in the first epoch', () => {
    expect(
      file([
        { loss: 1, acc: 0.5 },
        { loss: 0.5, val_loss: 2, more: 1 },
      ]),
    ).toBe('epoch,acc,loss,val_acc,val_loss\r\n0,0.5,1.0,NA,NA\r\n1,NA,0.5,NA,2.0\r\n')
  })
  it('begins the file anew, or goes on with it', () => {
    expect(file([{ val_loss: 1 }], {}, 'old')).toBe('epoch,val_loss\r\n0,1.0\r\n')
    expect(file([{ val_loss: 1 }], { append: true }, 'old\r\n')).toBe('old\r\n0,1.0\r\n')
    expect(file([{ val_loss: 1 }], { append: true })).toBe('epoch,val_loss\r\n0,1.0\r\n')
  })
  it('quotes a name that holds the separator', () => {
    expect(file([{ 'val_a;b': 1 }], { separator: ';' })).toBe('epoch;"val_a;b"\r\n0;1.0\r\n')
    expect(() => csvLogger({ filename: 'x', separator: ', ' })).toThrow(/separator: must be one character/)
  })
})
