import type * as tf from '@tensorflow/tfjs'
import { isPolicy } from '../dsl/Policy.js'

/** Callbacks as `model.fit` takes them: an instance, a plain object of hooks, or a list of either. */
export type TfjsCallbacks = tf.ModelFitArgs['callbacks']

type Hook = 'onTrainBegin' | 'onTrainEnd' | 'onEpochBegin' | 'onEpochEnd' | 'onBatchBegin' | 'onBatchEnd' | 'onYield'

const hooks = [
  'onTrainBegin',
  'onTrainEnd',
  'onEpochBegin',
  'onEpochEnd',
  'onBatchBegin',
  'onBatchEnd',
  'onYield',
] as const

type Instance = tf.Callback & {
  readonly setParams: (params: unknown) => void
  readonly setModel: (model: tf.LayersModel) => void
}

const isInstance = (callback: object): callback is Instance => 'setParams' in callback && 'setModel' in callback

type CallHook = (...args: ReadonlyArray<unknown>) => unknown

/** Someone else's callbacks, to be called from inside ours. */
export interface Others {
  readonly none: boolean
  readonly has: (hook: Hook) => boolean
  readonly begin: (params: unknown, model: tf.LayersModel) => void
  readonly call: (hook: Hook, ...args: ReadonlyArray<unknown>) => Promise<void>
  /** the same, and one that throws keeps no other from being called; the first error comes after them */
  readonly callAll: (hook: Hook, ...args: ReadonlyArray<unknown>) => Promise<void>
}

/**
 * Takes in tfjs callbacks of any shape. Mixed lists crash tfjs (tfjs#1792: plain objects and instances need opposite
 * treatment), so each is called here, an instance's methods with the instance as `this`. A key that is no hook is refused;
 * tfjs would ignore it in silence (tfjs#7473).
 */
export const takeIn = (callbacks: TfjsCallbacks): Others => {
  const given: unknown = callbacks ?? []
  const list = (Array.isArray(given) ? given : [given]) as ReadonlyArray<object>
  for (const callback of list as ReadonlyArray<unknown>) {
    if (isPolicy(callback)) throw new TypeError('otherCallbacks: this is a policy of rxfit; it goes to callbacks')
    if (typeof callback !== 'object' || callback === null)
      throw new TypeError(`otherCallbacks: expected tfjs callbacks, got ${String(callback)}`)
    const stranger = isInstance(callback)
      ? undefined
      : Object.keys(callback).find((key) => !(hooks as ReadonlyArray<string>).includes(key))
    if (stranger !== undefined)
      throw new TypeError(
        `otherCallbacks: '${stranger}' is not a hook of tfjs; there is ${hooks.join(', ')}. An instance goes into the list itself`,
      )
  }
  const method = (callback: object, hook: Hook): CallHook | undefined => {
    const f = (callback as Readonly<Record<string, unknown>>)[hook]
    return typeof f === 'function' ? (f as CallHook).bind(callback) : undefined
  }
  // every instance inherits empty hooks from tfjs' base class: they don't count
  const own = (callback: object, hook: Hook): boolean => {
    const f = (callback as Readonly<Record<string, unknown>>)[hook]
    if (typeof f !== 'function' || !isInstance(callback)) return typeof f === 'function'
    let base = callback as object
    while (!Object.hasOwn(base, 'setParams')) base = Object.getPrototypeOf(base) as object
    return f !== (base as Readonly<Record<string, unknown>>)[hook]
  }
  return {
    none: list.length === 0,
    has: (hook) => list.some((callback) => own(callback, hook)),
    begin: (params, model) => {
      for (const callback of list)
        if (isInstance(callback)) {
          callback.setParams(params)
          callback.setModel(model)
        }
    },
    call: async (hook, ...args) => {
      for (const callback of list) await method(callback, hook)?.(...args)
    },
    callAll: async (hook, ...args) => {
      const errors: Array<unknown> = []
      for (const callback of list)
        try {
          await method(callback, hook)?.(...args)
        } catch (error) {
          errors.push(error)
        }
      if (errors.length > 0) throw errors[0]
    },
  }
}
