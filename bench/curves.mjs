// A noisy training curve, the same at every run: falls, then flattens, as real ones do. `pace`: how many epochs that takes.
export const curve = (epochs, { seed = 1, pace = 200 } = {}) => {
  let state = seed
  const noise = () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 2147483648 - 0.5
  }
  return Array.from({ length: epochs }, (_, epoch) => {
    const loss = 0.3 + Math.exp(-epoch / pace) + 0.02 * noise()
    const val_loss = 0.5 + Math.exp(-epoch / (0.75 * pace)) + (epoch * 4e-3) / pace + 0.06 * noise()
    return { loss, accuracy: 1 - loss / 2, val_loss, val_accuracy: 1 - val_loss / 2 }
  })
}
