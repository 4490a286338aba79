import fc from 'fast-check'

// The same cases on every machine: what is green here is green there. RXFIT_SEED=random looks for cases that nobody has seen yet.
const { RXFIT_SEED = '7' } = process.env
if (RXFIT_SEED !== 'random') fc.configureGlobal({ seed: Number(RXFIT_SEED) })
