/** What a worker thread runs, as it is built: Node reads no TypeScript. Tests put that of their own build in its place. */
export const workerFile = new URL('./worker.js', import.meta.url)
