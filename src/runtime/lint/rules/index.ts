import type { Rule } from '../Rule.js'
import { differentDeltas } from './differentDeltas.js'
import { duplicate } from './duplicate.js'
import { learningRateWriters } from './learningRateWriters.js'
import { minLrAboveRate } from './minLrAboveRate.js'
import { neverFires } from './neverFires.js'
import { neverFirst } from './neverFirst.js'
import { neverMeasured } from './neverMeasured.js'
import { oppositeDirections } from './oppositeDirections.js'
import { overwrites } from './overwrites.js'
import { pathField } from './pathField.js'
import { restoreWithoutSnapshot } from './restoreWithoutSnapshot.js'
import { sameFile } from './sameFile.js'
import { sameLimit } from './sameLimit.js'
import { sameName } from './sameName.js'
import { stopsBeforeCut } from './stopsBeforeCut.js'
import { unknownMetric } from './unknownMetric.js'
import { unreachableWarmup } from './unreachableWarmup.js'
import { valMetricAtBatch } from './valMetricAtBatch.js'
import { weightsAtEnd } from './weightsAtEnd.js'
import { wrongDirection } from './wrongDirection.js'

/** Every rule, in the order of docs/lint.md. A new rule is a file and a line here. */
export const rules: ReadonlyArray<Rule> = [
  learningRateWriters,
  sameName,
  unknownMetric,
  valMetricAtBatch,
  pathField,
  stopsBeforeCut,
  differentDeltas,
  neverFirst,
  neverFires,
  unreachableWarmup,
  minLrAboveRate,
  wrongDirection,
  oppositeDirections,
  neverMeasured,
  restoreWithoutSnapshot,
  weightsAtEnd,
  duplicate,
  sameFile,
  sameLimit,
  overwrites,
]
