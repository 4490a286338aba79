/**
 * How far a value lies above another, as a share of the other's size: 0.1 is a tenth above. Prechelt's errors are positive, and
 * for those it is `value / other - 1` to the last bit.
 */
export const excess = (value: number, other: number): number => value / Math.abs(other) - Math.sign(other)
