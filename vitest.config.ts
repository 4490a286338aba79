import { defineConfig } from 'vitest/config'
import { fileURLToPath } from 'node:url'

const source = (path: string): string => fileURLToPath(new URL(`./src/${path}`, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^rxfit$/, replacement: source('index.ts') },
      { find: /^rxfit\/node$/, replacement: source('sinks/node.ts') },
      { find: /^rxfit\/(tfjs|logs|replay|metrics|testing)$/, replacement: source('$1/index.ts') },
      { find: /^rxfit\/replay\/node$/, replacement: source('replay/node/index.ts') },
      { find: /^rxfit\/testing\/properties$/, replacement: source('testing/properties/index.ts') },
      { find: /^#host$/, replacement: source('sinks/host.node.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    typecheck: { enabled: true, include: ['test/**/*.test-d.ts'] },
    testTimeout: 120_000,
    setupFiles: ['test/seed.ts'],
  },
})
