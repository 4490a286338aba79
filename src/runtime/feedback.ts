import type { TrainingEvent } from '../dsl/TrainingEvent.js'

/** Feedback events that one event may lead to, live and in a replay. */
export const feedbackLimit = 1000

/** Policies that save because something was saved: they would never end. */
export class EndlessFeedback extends Error {
  override readonly name = 'EndlessFeedback'
  constructor({ _tag, epoch }: TrainingEvent) {
    super(`policies answer each other without end at ${_tag} of epoch ${epoch}`)
  }
}
