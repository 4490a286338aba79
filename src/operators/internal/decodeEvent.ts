import { decodeNumber, type Json, type JsonNumber } from '../../dsl/Json.js'
import type { TrainingEvent } from '../../dsl/TrainingEvent.js'

/** An event as it was before `encodeJson`: numbers in `logs` and `lr` that JSON could only spell out. */
export const decodeEvent = (json: Json): TrainingEvent => {
  const event = json as unknown as TrainingEvent & {
    readonly lr: JsonNumber
    readonly logs: Record<string, JsonNumber>
  }
  return {
    ...event,
    lr: decodeNumber(event.lr),
    logs: Object.fromEntries(Object.entries(event.logs).map(([name, value]) => [name, decodeNumber(value)])),
  }
}
