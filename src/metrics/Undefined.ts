/**
 * Why a metric has no value, or one by convention only. 'one-class': all samples are of one class; 'no-positives',
 * 'no-negatives': a rate has nothing to be a share of; 'one-label': a confusion matrix of one cell; 'no-predicted', 'no-true',
 * 'no-true-nor-predicted': a label that nothing was predicted as, that nothing is, or neither.
 */
export type Undefined =
  'one-class' | 'no-positives' | 'no-negatives' | 'one-label' | 'no-predicted' | 'no-true' | 'no-true-nor-predicted'

/** Is told when a metric is undefined. Nothing is printed otherwise: the value says what it can (`NaN`, mostly). */
export type OnUndefined = (why: Undefined) => void
