import { bytes, bytesOf, fields, fieldsIn, int, last, message, viewed, type Field } from './protobuf.js'

/** TensorProto of TensorFlow's tensor.proto: what TensorFlow 2 stores every summary as. */

const dtypes = { float: 1, double: 2, int32: 3, string: 7, int64: 9, half: 19, bfloat16: 14, bool: 10 } as const

const shapeOf = (shape: ReadonlyArray<number>): Uint8Array =>
  message(2, ...shape.map((size) => message(2, int(1, size))))

const tensor = (
  field: number,
  dtype: keyof typeof dtypes,
  shape: ReadonlyArray<number>,
  ...content: ReadonlyArray<Uint8Array>
) => message(field, int(1, dtypes[dtype]), shapeOf(shape), ...content)

/** Little endian, as TensorFlow wants it everywhere. */
const packed = (values: ArrayLike<number>, size: 4 | 8): Uint8Array => {
  const data = new Uint8Array(values.length * size)
  const view = new DataView(data.buffer)
  for (let i = 0; i < values.length; i += 1) {
    if (size === 4) view.setFloat32(4 * i, values[i] as number, true)
    else view.setFloat64(8 * i, values[i] as number, true)
  }
  return data
}

export const floatTensor = (field: number, shape: ReadonlyArray<number>, values: ArrayLike<number>): Uint8Array =>
  tensor(field, 'float', shape, bytes(4, packed(values, 4)))

export const doubleTensor = (field: number, shape: ReadonlyArray<number>, values: ArrayLike<number>): Uint8Array =>
  tensor(field, 'double', shape, bytes(4, packed(values, 8)))

export const stringTensor = (
  field: number,
  shape: ReadonlyArray<number>,
  values: ReadonlyArray<Uint8Array>,
): Uint8Array => tensor(field, 'string', shape, ...values.map((value) => bytes(8, value)))

const halfToNumber = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** A float's upper half. */
const bfloatToNumber = (bits: number): number => {
  const word = new DataView(new ArrayBuffer(4))
  word.setUint32(0, bits * 2 ** 16)
  return word.getFloat32(0)
}

/** How one number of a type lies in `tensor_content`. */
const contentReaders: Readonly<Record<number, readonly [size: number, read: (data: DataView) => number]>> = {
  [dtypes.float]: [4, (data) => data.getFloat32(0, true)],
  [dtypes.double]: [8, (data) => data.getFloat64(0, true)],
  [dtypes.int32]: [4, (data) => data.getInt32(0, true)],
  [dtypes.int64]: [8, (data) => Number(data.getBigInt64(0, true))],
  [dtypes.half]: [2, (data) => halfToNumber(data.getUint16(0, true))],
  [dtypes.bfloat16]: [2, (data) => bfloatToNumber(data.getUint16(0, true))],
  [dtypes.bool]: [1, (data) => data.getUint8(0)],
}

const varintIn = (data: Uint8Array): number => {
  const [field] = fields(Uint8Array.from([0, ...data]))
  return field ? field.varint : NaN
}

const fixedOf = (field: Field, size: 4 | 8): number => {
  if (field.end - field.start < size) return NaN
  return size === 4 ? viewed(field).getFloat32(0, true) : viewed(field).getFloat64(0, true)
}

/** A field of whole numbers, packed or not; the first of them. */
const wholeOf = (field: Field): number => (field.wireType === 0 ? field.varint : varintIn(bytesOf(field)))

/** How one number of a type lies in its own field: the field's number, and how to read it. */
const fieldReaders: Readonly<Record<number, readonly [number: number, read: (field: Field) => number]>> = {
  [dtypes.float]: [5, (field) => fixedOf(field, 4)],
  [dtypes.double]: [6, (field) => fixedOf(field, 8)],
  [dtypes.int32]: [7, wholeOf],
  [dtypes.int64]: [10, wholeOf],
  [dtypes.bool]: [11, wholeOf],
  [dtypes.half]: [13, (field) => halfToNumber(wholeOf(field))],
  [dtypes.bfloat16]: [13, (field) => bfloatToNumber(wholeOf(field))],
}

/** The number that a tensor of one element holds; undefined where it isn't one number. */
export const scalarOf = (data: Uint8Array, start = 0, end = data.length): number | undefined => {
  const all = fields(data, start, end)
  const dtype = last(all, 1)?.varint ?? 0
  const shape = last(all, 2)
  const dimensions = shape ? fieldsIn(shape) : []
  if (dimensions.some((dim) => dim.number === 2 && last(fieldsIn(dim), 1)?.varint !== 1)) return undefined
  const [size, readContent] = contentReaders[dtype] ?? []
  const content = last(all, 4)
  const length = content ? content.end - content.start : 0
  if (content && length > 0) return size === length ? readContent?.(viewed(content)) : undefined
  const [number, readField] = fieldReaders[dtype] ?? []
  if (number === undefined || readField === undefined) return undefined
  const own = all.find((field) => field.number === number)
  // what is 0 may be left out
  return own ? readField(own) : 0
}
