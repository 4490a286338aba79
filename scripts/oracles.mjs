// Makes the Python environment that runs the real Keras callbacks as oracles. Its python's path is the last line printed.
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

// No TensorFlow: the callbacks run with KERAS_BACKEND=numpy. That backend of Keras 3.15 itself imports scipy and jax.
const packages = [
  ...['keras==3.15.1', 'numpy==2.4.6', 'scipy==1.17.1', 'jax==0.10.2', 'jaxlib==0.10.2'],
  // metrics, and readers of event files
  ...['scikit-learn==1.9.1', 'tensorboard==2.20.0'],
  // the parser that reading tables is measured against
  'pandas==3.0.6',
]
const home = fileURLToPath(new URL('../.cache/oracles', import.meta.url))
const python = join(home, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']))
// Written last: an environment without it was left half-made by a killed run. It names the Python it was made with.
const marker = join(home, 'complete.json')

class Failure extends Error {}

const fail = (message) => {
  throw new Failure(message)
}

const run = (command, args) => spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })

const lastLines = ({ stdout, stderr, error }) =>
  (error?.message || stderr.trim() || stdout.trim()).split('\n').slice(-6).join('\n  ')

const versionOf = (command) => {
  const result = run(command, ['-c', 'import platform, sys; print(platform.python_version())'])
  return result.status === 0 ? result.stdout.trim() : undefined
}

const complete = async (wanted) => {
  const written = await fs.readFile(marker, 'utf8').catch(() => '')
  return written === wanted && versionOf(python) !== undefined
}

const main = async () => {
  const wanted = JSON.stringify({ packages, home })
  if (!(await complete(wanted))) {
    const version = versionOf('python3') ?? fail('python3 is missing (Debian: apt-get install python3 python3-venv).')
    const [major, minor] = version.split('.').map(Number)
    if (major !== 3 || minor < 11) fail(`python3 is ${version}; ${packages[0]} needs 3.11 or newer.`)
    console.log(`oracles: making a Python ${version} environment with ${packages.join(', ')}`)
    await fs.rm(home, { recursive: true, force: true })
    const made = run('python3', ['-m', 'venv', home])
    if (made.status !== 0) fail(`python3 -m venv failed (Debian: apt-get install python3-venv):\n  ${lastLines(made)}`)
    const installed = run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages])
    if (installed.status !== 0) fail(`pip could not install ${packages.join(', ')}:\n  ${lastLines(installed)}`)
    await fs.writeFile(marker, wanted)
  }
  console.log(python)
}

await main().catch((error) => {
  console.error(`oracles: ${error.message}`)
  process.exitCode = 1
})
