// The native TensorFlow where it is built (`npm run native`), plain TensorFlow.js elsewhere. One or the other, never both.
const native =
  process.env.RXFIT_BACKEND === 'cpu' ? undefined : await import('@tensorflow/tfjs-node').catch(() => undefined)

const hush = console.warn
// plain tfjs greets with an advertisement for the native addon
console.warn = () => {}
export const tf = native?.default ?? native ?? (await import('@tensorflow/tfjs'))
await tf.ready()
console.warn = hush
