import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { backupAndRestore, explain, fromSpec } from 'rxfit'
import { commands, events } from 'rxfit/testing'

describe('backupAndRestore', () => {
  it('asks for a backup at the end of each epoch, or every so many batches', () => {
    const asked = commands(backupAndRestore({ dir: 'b' }), [{ loss: 1 }, { loss: 2 }])
    expect(asked).toEqual([1, 2].map(() => ({ _tag: 'BackUp', dir: 'b', by: 'backupAndRestore' })))
    const batches = events([{}, {}, {}], { batchesPerEpoch: 3 })
    const steps = batches.flatMap((event) => {
      const policy = backupAndRestore({ dir: 'b', saveFreq: 4 })
      return policy.step(policy.init, event)[0].length > 0 ? [[event._tag, event.step]] : []
    })
    expect(steps).toEqual([
      ['BatchEnd', 4],
      ['BatchEnd', 8],
    ])
  })
  it("takes Keras' name for the folder, one of both", () => {
    expect(explain(backupAndRestore({ backupDir: 'b' }))).toBe('backupAndRestore dir=b')
    const made = fromSpec({ backupAndRestore: { backupDir: 'b', saveFreq: 2, doubleCheckpoint: false } })
    expect(E.isRight(made) && explain(made.right)).toBe('backupAndRestore dir=b saveFreq=2 doubleCheckpoint=false')
    expect(() => backupAndRestore({ backupDir: 'b', dir: 'b' })).toThrow('is another name for dir: give one of them')
  })
  it.each([
    [{}, 'backupAndRestore.dir'],
    [{ dir: '' }, 'backupAndRestore.dir: must not be empty'],
    [{ dir: 'b', saveFreq: 0 }, 'backupAndRestore.saveFreq'],
    [{ dir: 'b', saveFreq: false }, 'backupAndRestore.saveFreq'],
    [{ dir: 'b', saveFreq: 1.5 }, 'backupAndRestore.saveFreq'],
    [{ dir: 'b', delete_checkpoint: true }, "did you mean 'deleteCheckpoint'"],
    [{ dir: 'b', backup: 1 }, 'unknown option'],
  ])('refuses %j', (options, message) => {
    expect(() => backupAndRestore(options as never)).toThrow(message)
  })
})
