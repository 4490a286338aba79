import { pythonRepr } from './PythonFormat.js'

/** Everything but printable ASCII; a character beyond the first plane as its two halves. */
const escaped = (text: string): string =>
  text.replace(/["\\]|[^ -~]/g, (unit) => short[unit] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)

const short: Readonly<Record<string, string>> = {
  ...{ '"': '\\"', '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\f': '\\f', '\b': '\\b' },
}

const named: Readonly<Record<string, string>> = { nan: 'NaN', inf: 'Infinity', '-inf': '-Infinity' }

/** A float as Python's json writes it: `1.0`, `1e-05`, and `NaN`, `Infinity`, which no other JSON has. */
const float = (x: number): string => {
  const repr = pythonRepr(x)
  return named[repr] ?? repr
}

/** A flat object of floats as Python's `json.dumps` writes it, byte for byte; those named in `integers` are ints. */
export const pythonJson = (
  values: Readonly<Record<string, number>>,
  integers: ReadonlySet<string> = new Set(),
): string => {
  const fields = Object.entries(values).map(
    ([name, value]) => `"${escaped(name)}": ${integers.has(name) ? String(value) : float(value)}`,
  )
  return `{${fields.join(', ')}}`
}
