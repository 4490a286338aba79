export { readCases, type Actual, type Case } from './Case.js'
export { differences, type Difference } from './compare.js'
export { judgeCases, report, type Verdict } from './report.js'
export { actual } from './run.js'
