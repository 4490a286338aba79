import { describe, expect, it } from 'vitest'
import { MissingMetric, monitor } from 'rxfit'
import { events, values } from 'rxfit/testing'
import { optionError, rows } from './helpers.js'

describe('monitor', () => {
  it.each([NaN, Infinity, -Infinity, 0, 5e-324])('hands %s on', (x) =>
    expect(values(monitor('loss'), [{ loss: x }])).toEqual([x]),
  )
  it('passes over an epoch in which the metric was not measured', () => {
    expect(values(monitor('val_loss'), rows('val_loss', [1, null, 3]))).toEqual([1, 3])
  })
  it('acc and accuracy stand for each other', () => {
    expect(values(monitor('accuracy'), [{ acc: 0.5 }])).toEqual([0.5])
    expect(values(monitor('val_acc'), [{ val_accuracy: 0.5 }])).toEqual([0.5])
  })
  it('its own name comes before the alias', () => {
    expect(values(monitor('acc'), [{ acc: 0.5, accuracy: 0.75 }])).toEqual([0.5])
  })
  it('an alias that was not measured this time is passed over too', () => {
    expect(values(monitor('accuracy'), rows('acc', [1, null]))).toEqual([1])
  })
  it('a name that the run does not report is an error with what there is, and the nearest', () => {
    const run = () => values(monitor('val_los'), [{ loss: 1, val_loss: 2 }])
    expect(run).toThrow(MissingMetric)
    expect(run).toThrow(
      "metric 'val_los' is not reported at EpochEnd of epoch 0 (0-based): there is loss, val_loss (did you mean 'val_loss'?)",
    )
  })
  it('says so when there is no validation', () => {
    expect(() => values(monitor('val_loss'), [{ loss: 1 }])).toThrow('there is no validation data')
  })
  it('onMissing skip passes over', () => {
    expect(values(monitor('x', { onMissing: 'skip' }), [{ loss: 1 }])).toEqual([])
  })
  it.each(['constructor', 'toString', 'hasOwnProperty', '__proto__'])(
    '%s is no metric unless it is reported',
    (name) => {
      expect(() => values(monitor(name), [{ loss: 1 }])).toThrow(MissingMetric)
    },
  )
  it.each(['constructor', 'toString', '__proto__'])('%s is a metric if it is reported', (name) => {
    expect(values(monitor(name), [JSON.parse(`{"${name}": 2}`) as Record<string, number>])).toEqual([2])
  })
  it('reads batches when told to', () => {
    expect(values(monitor('loss', { at: 'BatchEnd' }), [{ loss: 1, batches: [{ loss: 2 }, { loss: 3 }] }])).toEqual([
      2, 3,
    ])
  })
  it('names the batch in the error', () => {
    expect(() => values(monitor('x', { at: 'BatchEnd' }), [{ batches: [{ loss: 2 }] }])).toThrow(
      'epoch 0 (0-based), batch 0',
    )
  })
  it('has the name that it reads, and is printed as its tree', () => {
    expect(monitor('loss').name).toBe('monitor')
    expect(JSON.parse(JSON.stringify({ s: monitor('loss') }))).toEqual({ s: monitor('loss').spec })
  })
  it('lists everything that is wrong with its options', () => {
    const error = optionError(() => monitor('', { att: 'EpochEnd', onMissing: 'ignore' } as never))
    expect(error.problems.map(({ path }) => path).sort()).toEqual([
      'monitor.att',
      'monitor.metric',
      'monitor.onMissing',
    ])
    expect(error.message).toContain("did you mean 'at'?")
  })
  it('options named as what every object has are refused', () => {
    expect(optionError(() => monitor('loss', { constructor: 1 } as never)).problems[0]?.path).toBe(
      'monitor.constructor',
    )
    const proto = JSON.parse('{"__proto__": 1}') as object
    expect(() => monitor('loss', proto)).not.toThrow(TypeError)
  })
  it('is silent at other events', () => {
    const signal = monitor('loss')
    const others = events([{ loss: 1 }]).filter((event) => event._tag !== 'EpochEnd')
    expect(others.map((event) => signal.step(signal.init, event as never)[0])).toEqual(others.map(() => undefined))
  })
})
