import { httpPost, type Command } from '../dsl/Command.js'
import * as Machine from '../dsl/Machine.js'
import { flag, parse } from '../dsl/Options.js'
import { make, type Policy } from '../dsl/Policy.js'
import { pythonJson } from '../dsl/PythonJson.js'
import type { TrainingEvent } from '../dsl/TrainingEvent.js'
import * as v from 'valibot'

export interface RemoteMonitorOptions {
  /** address of the server. Default 'http://localhost:9000' */
  readonly root?: string
  /** what is appended to it. Default '/publish/epoch/end/' */
  readonly path?: string
  /** field of the form that holds the JSON. Default 'data' */
  readonly field?: string
  /** further headers */
  readonly headers?: Readonly<Record<string, string>> | null
  /** send the JSON itself, not a form with it. Default false */
  readonly sendAsJson?: boolean
}

const wellFormed = (text: string): boolean =>
  !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text)

export const remoteMonitorSchema = v.strictObject({
  root: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (root) => /^https?:/i.test(root) || !/^[a-z][a-z0-9+.-]*:/i.test(root),
        'must be an http or https address',
      ),
    ),
    'http://localhost:9000',
  ),
  path: v.optional(v.string(), '/publish/epoch/end/'),
  field: v.optional(v.pipe(v.string(), v.check(wellFormed, 'must be well-formed text')), 'data'),
  headers: v.optional(v.nullable(v.record(v.string(), v.string())), null),
  sendAsJson: v.optional(flag, false),
})

/** As Python's `urlencode` writes it, which escapes a little more than `encodeURIComponent`, and blanks otherwise. */
const formEncoded = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!*'()]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')

const hasContentType = (headers: object): boolean =>
  Object.keys(headers).some((name) => name.toLowerCase() === 'content-type')

const integers: ReadonlySet<string> = new Set(['epoch'])
const none: ReadonlySet<string> = new Set()
const by = 'remoteMonitor'

/**
 * Posts each epoch's metrics to a server: `{"epoch": 0, "loss": 0.5}`, the epoch from 0, as the body or in a form's field.
 * Keras 3's RemoteMonitor, byte for byte; NaN and the infinities are written as Python writes them, which strict JSON readers
 * refuse. Requests go out in the background and never hold training up; a server that isn't there costs one warning.
 * @category builtins
 * @see https://keras.io/api/callbacks/remote_monitor/
 * @example
 * import { remoteMonitor } from 'rxfit'
 * import { commands } from 'rxfit/testing'
 * const [post] = commands(remoteMonitor({ sendAsJson: true }), [{ loss: 0.5, val_loss: NaN }])
 * post?._tag === 'HttpPost' && post.body // => '{"epoch": 0, "loss": 0.5, "val_loss": NaN}'
 */
export const remoteMonitor = (options: RemoteMonitorOptions = {}): Policy<never> => {
  const { root, path, field, headers, sendAsJson } = parse(by, remoteMonitorSchema, options)
  const type = sendAsJson ? 'application/json' : 'application/x-www-form-urlencoded'
  const all = { ...headers, ...(!hasContentType(headers ?? {}) && { 'Content-Type': type }) }
  return make<never>(
    Machine.fromFunction(
      { kind: by, options: { ...options }, events: ['EpochEnd'], ignoresRate: true },
      ({ epoch, logs }: TrainingEvent<never>): ReadonlyArray<Command> => {
        // a metric of that name takes the epoch's place, and is a float
        const json = pythonJson({ epoch, ...logs }, Object.hasOwn(logs, 'epoch') ? none : integers)
        const body = sendAsJson ? json : `${formEncoded(field)}=${formEncoded(json)}`
        return [{ by, ...httpPost(root + path, body, all) }]
      },
    ),
  )
}
