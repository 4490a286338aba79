import type { Decision } from '../../runtime/Decision.js'
import { describe, reasons } from '../words.js'
import { html, tableOf, type Html } from './html.js'

const mostRows = 200

/** Decisions with their authors and grounds; `judged`: and how far each can be trusted. */
export const decisionTable = (decisions: ReadonlyArray<Decision>, judged = true): Html => {
  if (decisions.length === 0) return html`<p class="soft">no decisions</p>`
  const rows = decisions
    .slice(0, mostRows)
    .map((decision) => [
      decision.batch === null ? decision.epoch : `${decision.epoch}, batch ${decision.batch}`,
      describe(decision.command),
      decision.by,
      reasons(decision.why),
      ...(judged ? [html`<span class="badge ${decision.validity}">${decision.validity}</span>`] : []),
    ])
  const columns = [
    { title: 'epoch', number: true },
    ...['decision', 'by', 'because', ...(judged ? ['validity'] : [])].map((title) => ({ title })),
  ]
  const left = decisions.length - rows.length
  return html`${tableOf(columns, rows)}${left > 0 ? html`<p class="soft">${left} more decisions are left out.</p>` : ''}`
}
