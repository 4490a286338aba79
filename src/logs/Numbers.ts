const bits = 14
const size = 1 << bits
const mask = size - 1

/** A list of numbers that grows without being copied: eight bytes a number, however many there are. */
export class Numbers {
  private blocks: Array<Float64Array> = []
  private current: Float64Array = new Float64Array(0)
  length = 0

  push(x: number): void {
    const at = this.length & mask
    // the first block begins small: most columns of most logs are short
    if (at === 0) this.blocks.push((this.current = new Float64Array(this.length === 0 ? 64 : size)))
    else if (at === this.current.length) this.widen()
    this.current[at] = x
    this.length += 1
  }

  private widen(): void {
    const wider = new Float64Array(Math.min(size, this.current.length * 4))
    wider.set(this.current)
    this.current = wider
    this.blocks[this.blocks.length - 1] = wider
  }

  at(i: number): number {
    return (this.blocks[i >> bits] as Float64Array)[i & mask] as number
  }

  /** Forgets all but the first. */
  truncate(length: number): void {
    if (length >= this.length) return
    this.length = length
    this.blocks.length = (length + mask) >> bits
    this.current = this.blocks.at(-1) ?? new Float64Array(0)
  }
}

/** Numbers of some of the rows of a log, in their order. Where every row has one, rows are not noted. */
export class Column {
  private rows: Numbers | null = null
  readonly values = new Numbers()

  put(row: number, x: number): void {
    if (this.rows === null && this.values.length !== row) {
      this.rows = new Numbers()
      for (let i = 0; i < this.values.length; i += 1) this.rows.push(i)
    }
    this.rows?.push(row)
    this.values.push(x)
  }

  get length(): number {
    return this.values.length
  }

  /** row of the i-th value */
  rowOf(i: number): number {
    return this.rows === null ? i : this.rows.at(i)
  }

  get last(): number | undefined {
    return this.values.length === 0 ? undefined : this.values.at(this.values.length - 1)
  }

  /** Forgets what rows from this one on have. */
  truncate(row: number): void {
    let length = this.values.length
    while (length > 0 && this.rowOf(length - 1) >= row) length -= 1
    this.values.truncate(length)
    this.rows?.truncate(length)
  }
}

/** Reads a column row by row, upwards. */
export class Cursor {
  private next = 0
  constructor(private readonly column: Column) {}

  at(row: number): number | undefined {
    const { column } = this
    while (this.next < column.length && column.rowOf(this.next) < row) this.next += 1
    return this.next < column.length && column.rowOf(this.next) === row ? column.values.at(this.next) : undefined
  }
}
