import { earlyStopping, OptionError, reduceLROnPlateau, type DialectName } from 'rxfit'
import { fromEpochs } from 'rxfit/logs'
import { replay } from 'rxfit/replay'

// The tables of docs/dialects.md: the same curves under the rules of each framework.

type Curve = readonly [
  name: string,
  values: ReadonlyArray<number>,
  options: Readonly<Record<string, unknown>>,
  delta?: number,
]

const { NaN: nan, Infinity: inf } = { NaN, Infinity }

const stoppers: ReadonlyArray<DialectName> = ['rxfit', 'keras3', 'tfkeras2', 'tfjs', 'lightning', 'hf', 'ignite']
const stopping: ReadonlyArray<Curve> = [
  ['a dip, then worse', [10, 9, 8, 9, 8.875, 8.75, 8.625], { patience: 2 }],
  ['flat', [1, 1, 1, 1], { patience: 2 }],
  ['small gains, delta 1/16', [1, 0.96875, 0.9375, 0.90625, 0.875, 0.84375], { patience: 3 }, 0.0625],
  ['NaN first', [nan, 1, 0.5, 0.25, 0.125], { patience: 2 }],
  ['NaN on the way', [1, 0.5, nan, 0.25, nan, nan, 0.125], { patience: 2 }],
  ['infinite first', [inf, inf, 1, 0.5], { patience: 1 }],
  ['improving, patience 0', [1, 0.5, 0.25], { patience: 0 }],
  ['flat, patience 0', [1, 1, 1], { patience: 0 }],
  ['above baseline 1/2', [1, 0.875, 0.75, 0.6875, 0.625, 0.625], { patience: 2, baseline: 0.5 }],
]

const reducers: ReadonlyArray<DialectName> = ['rxfit', 'keras3', 'tfkeras2', 'torch', 'optax']
const plateaus: ReadonlyArray<Curve> = [
  ['flat', [1, 1, 1, 1, 1, 1, 1], { patience: 2 }],
  ['flat, patience 0', [1, 1, 1, 1], { patience: 0 }],
  ['falling, patience 0', [1, 0.5, 0.25, 0.125], { patience: 0 }],
  ['flat, cooldown 1', [1, 1, 1, 1, 1, 1, 1, 1], { patience: 1, cooldown: 1 }],
  ['flat, cooldown 2', [1, 1, 1, 1, 1, 1, 1, 1], { patience: 1, cooldown: 2 }],
  ['NaN first', [nan, 1, 0.5, 0.25, 0.125, 0.0625], { patience: 2 }],
  ['flat below 0', [-1, -1, -1, -1], { patience: 1 }],
]

const show = (x: number): string => (Number.isNaN(x) ? 'NaN' : x === Infinity ? '∞' : String(x))
const line = (cells: ReadonlyArray<string>): string => `| ${cells.join(' | ')} |`
const curve = (values: ReadonlyArray<number>, learningRate = 1) =>
  fromEpochs(
    values.map((val_loss) => ({ val_loss })),
    { learningRate },
  )

const stop = (dialect: DialectName, [, values, options, delta = 0]: Curve): string => {
  const margin =
    delta === 0 ? {} : dialect === 'hf' || dialect === 'ignite' ? { threshold: delta } : { minDelta: delta }
  try {
    const policy = earlyStopping({ dialect, monitor: 'val_loss', mode: 'min', ...options, ...margin })
    return String(replay(policy, curve(values)).outcome.stoppedEpoch ?? '–')
  } catch (error) {
    if (error instanceof OptionError) return 'n/a'
    throw error
  }
}

const cuts = (dialect: DialectName, [, values, options]: Curve): string => {
  const mode = dialect === 'optax' ? {} : { mode: 'min' as const }
  const policy = reduceLROnPlateau({ dialect, monitor: 'val_loss', factor: 0.5, ...mode, ...options })
  const rates = replay(policy, curve(values)).outcome.learningRates
  return rates.flatMap((rate, i) => (rate === (i === 0 ? 1 : rates[i - 1]) ? [] : [i])).join(', ') || '–'
}

const table = (
  dialects: ReadonlyArray<DialectName>,
  curves: ReadonlyArray<Curve>,
  cell: (dialect: DialectName, c: Curve) => string,
): string =>
  [
    line(['curve', 'values', ...dialects]),
    `|${'---|'.repeat(dialects.length + 2)}`,
    ...curves.map((c) => line([c[0], c[1].map(show).join(' '), ...dialects.map((dialect) => cell(dialect, c))])),
  ].join('\n')

export const stoppingTable = (): string => table(stoppers, stopping, stop)
export const plateauTable = (): string => table(reducers, plateaus, cuts)
