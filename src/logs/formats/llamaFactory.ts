import { jsonLines } from '../jsonLines.js'
import { layout } from '../Layout.js'
import type { Reader } from '../Reader.js'

const plans = new Set(['total_steps', 'percentage', 'remaining_time'])

const trainer = layout({
  format: 'llama-factory',
  word: 'key',
  step: ['current_steps'],
  time: [['elapsed_time', 'duration']],
  leaveOut: (name) => (plans.has(name) ? 'the plan, not a measurement' : undefined),
})

/** trainer_log.jsonl of LLaMA-Factory. */
export const llamaFactory = {
  name: 'llama-factory',
  looksLike: 'JSON Lines with "current_steps" and "total_steps"',
  matches: (head) => head.holds('current_steps', 'total_steps'),
  open: (context) => {
    let planned: unknown
    const consumer = jsonLines(
      context,
      {
        ...trainer,
        skip: (fields) => {
          planned = fields['total_steps']
          return undefined
        },
      },
      (objects) => ({ end: objects.last.step === planned ? 'completed' : 'unknown' }),
    )
    return consumer
  },
} as const satisfies Reader
