// What needs fast-check, an optional peer: `rxfit/testing` works without it.
export {
  diverging,
  learningCurve,
  learningRows,
  noisyDecay,
  oscillating,
  plateaued,
  withGaps,
  type LengthOptions,
  type Values,
} from './curves.js'
export { laws, type Law, type LawsOptions } from './laws.js'
export { separate, type SeparateOptions, type Separation } from './separate.js'
