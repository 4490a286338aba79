export { lint, invalid } from './lint.js'
export { LintError, oneLine, type Finding, type LintContext, type Severity } from './Finding.js'
