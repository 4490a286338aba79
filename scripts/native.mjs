// Builds @tensorflow/tfjs-node into node_modules without its binary host: the C library comes from the tensorflow-cpu
// wheel, the addon is compiled here. package.json and package-lock.json stay as they are.
import { spawnSync } from 'node:child_process'
import { constants } from 'node:fs'
import * as fs from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir, hostname } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const tfjsNode = {
  version: '4.22.0',
  integrity: 'sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==',
}
// 2.15.1 is a release whose wheel ships libtensorflow_cc, which exports the C API the binding links against.
const tensorflow = {
  version: '2.15.1',
  sha256: '54660c074d7241a503e81edfd9f5ef5af88f64051b72e2945f26318c790f2d26',
}
const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']

const temporaryPrefix = `.rxfit-native-${hostname()}-`
const temporaryIn = (folder, name) => join(folder, `${temporaryPrefix}${process.pid}-${name}`)

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = resolve(
  process.env.RXFIT_NATIVE_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'rxfit-native'),
)
const target = `${process.platform}-${process.arch}`
const libraryEntry = join(cache, `tensorflow-cpu-${tensorflow.version}-${target}`)
const wheelEntry = `${libraryEntry}-wheel`
const addonEntry = join(
  cache,
  `tfjs-node-${tfjsNode.version}-tf${tensorflow.version}-abi${process.versions.modules}-${target}`,
)

class Failure extends Error {}

const fail = (message) => {
  throw new Failure(message)
}

const say = (line) => console.log(`native: ${line}`)

const present = (path) =>
  fs.access(path).then(
    () => true,
    () => false,
  )

const run = (command, args, options = {}) =>
  spawnSync(command, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  })

const runs = (command, ...args) => run(command, args).status === 0

const lastLines = ({ stdout, stderr, error }) =>
  (error?.message || stderr.trim() || stdout.trim())
    .split('\n')
    // pip repeats every failed try at length.
    .filter((line) => !line.startsWith('WARNING: Retrying'))
    .slice(-8)
    .join('\n  ')

const unreachable = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT/

const npm = (what, args, options) => {
  const result = run('npm', [...args, '--no-audit', '--no-fund', '--fetch-retries=1'], options)
  if (result.error?.code === 'ENOENT') fail('npm is missing from PATH.')
  if (result.status === 0) return result.stdout
  const code = unreachable.exec(result.stderr)?.[0]
  return fail(
    code
      ? `the npm registry is unreachable (${code}) while ${what}. Check the network and npm's registry setting, then run again.`
      : `npm failed while ${what}:\n  ${lastLines(result)}`,
  )
}

const alive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

// Removes what killed runs left behind; a folder whose process still lives on this host belongs to a run beside this one.
const sweep = async (folder) => {
  for (const name of await fs.readdir(folder)) {
    if (!name.startsWith(temporaryPrefix)) continue
    const pid = Number(name.slice(temporaryPrefix.length).split('-')[0])
    if (pid === process.pid || !alive(pid)) await fs.rm(join(folder, name), { recursive: true, force: true })
  }
}

// An entry appears by one rename, complete or not at all.
const cached = async (entry, build) => {
  if (await present(entry)) return
  const temporary = temporaryIn(cache, basename(entry))
  await fs.mkdir(temporary, { recursive: true })
  try {
    await build(temporary)
    await fs.rename(temporary, entry).catch(async (error) => {
      // A run beside this one was first: its entry is as good.
      if (!(await present(entry))) throw error
    })
  } finally {
    await fs.rm(temporary, { recursive: true, force: true })
  }
}

const requireRoom = async (megabytes) => {
  const { bavail, bsize } = await fs.statfs(cache)
  const free = Math.floor((bavail * bsize) / 1e6)
  if (free < megabytes)
    fail(
      `${free} MB are free in ${cache}, about ${megabytes} MB are needed. Make room or point RXFIT_NATIVE_CACHE elsewhere.`,
    )
}

const requirePlatform = () => {
  if (target !== 'linux-x64')
    fail(`${target} is not supported: the TensorFlow wheel used here is for linux-x64. Plain @tensorflow/tfjs works.`)
  if (!process.report.getReport().header.glibcVersionRuntime)
    fail('this Node runs on musl; the TensorFlow wheel needs glibc. Plain @tensorflow/tfjs works.')
}

const requirePython = () => {
  if (!runs('python3', '--version')) fail('python3 is missing (Debian: apt-get install python3 python3-pip).')
}

const requirePip = () => {
  requirePython()
  if (!runs('python3', '-m', 'pip', '--version'))
    fail('pip is missing for python3 (Debian: apt-get install python3-pip).')
}

const requireCompiler = () => {
  const compiler = process.env.CXX || 'g++'
  if (!runs(compiler, '--version')) fail(`${compiler} is missing (Debian: apt-get install g++).`)
  if (!runs('make', '--version')) fail('make is missing (Debian: apt-get install make).')
}

// The folder that holds include/node, as node-gyp wants it.
const nodeHeaders = async () => {
  const flag = process.argv.indexOf('--nodedir')
  const named =
    (flag > 0 && process.argv[flag + 1]) ||
    process.argv.find((argument) => argument.startsWith('--nodedir='))?.slice('--nodedir='.length) ||
    process.env.RXFIT_NODE_HEADERS
  const candidates = named
    ? [resolve(named), resolve(named, '../..')]
    : [process.env.npm_config_nodedir, resolve(dirname(process.execPath), '..'), '/usr'].filter(Boolean)
  for (const folder of candidates) {
    const headers = join(folder, 'include', 'node')
    if ((await present(join(headers, 'node_api.h'))) && (await present(join(headers, 'common.gypi')))) return folder
  }
  return fail(
    `Node's headers are missing${named ? ` in ${named}` : ''}: install them (Debian: the package that puts them in /usr/include/node) ` +
      'or name the folder that holds include/node: RXFIT_NODE_HEADERS=<folder> npm run native, or npm run native -- --nodedir=<folder>.',
  )
}

const downloadWheel = async (folder) => {
  say(`fetching the tensorflow-cpu ${tensorflow.version} wheel (207 MB)`)
  const requirements = join(folder, 'requirements.txt')
  await fs.writeFile(requirements, `tensorflow-cpu==${tensorflow.version} --hash=sha256:${tensorflow.sha256}\n`)
  // The tags are spelled out so that any python3 fetches this one wheel.
  const tags = ['--python-version=3.11', '--implementation=cp', '--abi=cp311', '--platform=manylinux2014_x86_64']
  const result = run('python3', [
    ...['-m', 'pip', 'download', '--quiet', '--no-cache-dir', '--retries=2', '--no-deps', '--only-binary=:all:'],
    ...[...tags, '--require-hashes', `--dest=${folder}`, `--requirement=${requirements}`],
  ])
  if (result.status !== 0)
    fail(
      `pip could not fetch tensorflow-cpu ${tensorflow.version} (is the package index reachable?):\n  ${lastLines(result)}`,
    )
}

const unzip = `
import os, sys, zipfile
wheel, out = sys.argv[1:3]
libraries = sys.argv[3:]
headers = ('tensorflow/c/', 'tensorflow/core/platform/', 'tensorflow/tsl/', 'tsl/')
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        folder, _, rest = name.partition('/')
        if folder != 'tensorflow' or name.endswith('/'):
            continue
        if rest in libraries:
            path = os.path.join(out, 'lib', rest)
        elif rest.startswith('include/') and rest[len('include/'):].startswith(headers):
            path = os.path.join(out, rest)
        else:
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with archive.open(name) as source, open(path, 'wb') as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)
`

const unpackWheel = async (folder) => {
  say('unpacking the library and its headers (620 MB)')
  const name = (await fs.readdir(wheelEntry)).find((file) => file.endsWith('.whl'))
  const result = run('python3', ['-c', unzip, join(wheelEntry, String(name)), folder, ...libraries])
  if (result.status !== 0)
    fail(`the wheel in ${wheelEntry} cannot be unpacked; remove it and run again:\n  ${lastLines(result)}`)
  for (const library of libraries)
    if (!(await present(join(folder, 'lib', library)))) fail(`the tensorflow-cpu wheel holds no ${library}.`)
  await fs.symlink('libtensorflow_cc.so.2', join(folder, 'lib', 'libtensorflow.so'))
  await fs.symlink('libtensorflow_framework.so.2', join(folder, 'lib', 'libtensorflow_framework.so'))
}

const buildAddon = (headers) => async (folder) => {
  say(`fetching @tensorflow/tfjs-node ${tfjsNode.version}`)
  const spec = `@tensorflow/tfjs-node@${tfjsNode.version}`
  const packed = npm(`fetching ${spec}`, ['pack', spec, '--json', '--ignore-scripts', `--pack-destination=${folder}`])
  const [{ filename, integrity }] = Object.values(JSON.parse(packed))
  if (integrity !== tfjsNode.integrity) fail(`${spec} came with an unexpected checksum (${integrity}).`)
  const tarball = join(folder, filename)
  const untarred = run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1', '--no-same-owner'])
  if (untarred.status !== 0) fail(`${filename} cannot be unpacked:\n  ${lastLines(untarred)}`)
  await fs.rm(tarball)

  // Its dependencies nest inside it, all but @tensorflow/tfjs: that one has to be the project's own copy.
  const manifest = join(folder, 'package.json')
  const original = await fs.readFile(manifest, 'utf8')
  const trimmed = JSON.parse(original)
  delete trimmed.dependencies['@tensorflow/tfjs']
  await fs.writeFile(manifest, JSON.stringify(trimmed))
  npm(
    `fetching the dependencies of ${spec}`,
    ['install', `--prefix=${folder}`, '--ignore-scripts', '--omit=dev', '--no-package-lock'],
    { cwd: folder },
  )
  await fs.writeFile(manifest, original)

  say('compiling the addon')
  await fs.symlink(libraryEntry, join(folder, 'deps'))
  const builder = join(folder, 'node_modules', '@mapbox', 'node-pre-gyp', 'bin', 'node-pre-gyp')
  const built = run(process.execPath, [builder, 'install', '--build-from-source', `--nodedir=${headers}`], {
    cwd: folder,
    // npm's own setting, where there is one, must not aim the build at other headers.
    env: { ...process.env, npm_config_nodedir: headers },
  })
  if (built.status !== 0) fail(`the addon does not compile:\n  ${lastLines(built)}`)
  for (const leftover of ['deps', 'build', 'build-tmp-napi-v8'])
    await fs.rm(join(folder, leftover), { recursive: true, force: true })
}

// Its JavaScript is copied, so that it resolves the project's @tensorflow/tfjs; the 614 MB of libraries are linked.
const install = async () => {
  const home = join(root, 'node_modules', '@tensorflow')
  const final = join(home, 'tfjs-node')
  const fresh = temporaryIn(home, 'new')
  const old = temporaryIn(home, 'old')
  await sweep(home)
  try {
    await fs.cp(addonEntry, fresh, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE })
    await fs.mkdir(join(fresh, 'deps'))
    await fs.symlink(join(libraryEntry, 'lib'), join(fresh, 'deps', 'lib'))
    if (await present(final)) await fs.rename(final, old)
    await fs.rename(fresh, final)
  } finally {
    await fs.rm(fresh, { recursive: true, force: true })
    await fs.rm(old, { recursive: true, force: true })
  }
}

const probe = `
import { createRequire } from 'node:module'
const project = createRequire(process.cwd() + '/package.json')
const addon = createRequire(project.resolve('@tensorflow/tfjs-node'))
for (const name of ['@tensorflow/tfjs', '@tensorflow/tfjs-core', '@tensorflow/tfjs-layers'])
  if (project.resolve(name) !== addon.resolve(name)) throw new Error('two copies of ' + name)
const { default: tf } = await import('@tensorflow/tfjs-node')
const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5], [6]])).arraySync().flat().join()
if (product !== '17,39') throw new Error('matMul answers ' + product)
const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] })
model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' })
const { history } = await model.fit(tf.tensor2d([[0], [1]]), tf.tensor2d([[0], [1]]), { epochs: 2, verbose: 0 })
if (history.loss.length !== 2 || !history.loss.every(Number.isFinite)) throw new Error('fit answers ' + history.loss)
console.log(JSON.stringify({ backend: tf.getBackend(), library: tf.backend().binding.TF_Version }))
`

// In a child process: a crash inside the library must not end this script without a word.
const verify = () => {
  const result = run(process.execPath, ['--input-type=module', '--eval', probe], {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2', NODE_OPTIONS: '' },
  })
  if (result.status !== 0) {
    const reason =
      /^\w*Error.*$/m.exec(result.stderr)?.[0] ?? (result.signal ? `ended by ${result.signal}` : lastLines(result))
    return { ready: false, reason }
  }
  const { backend, library } = JSON.parse(result.stdout.trim().split('\n').at(-1))
  return { ready: backend === 'tensorflow', reason: `the backend is ${backend}`, backend, library }
}

const requireProject = () => {
  try {
    const { version } = createRequire(join(root, 'package.json'))('@tensorflow/tfjs/package.json')
    if (version !== tfjsNode.version)
      fail(`@tensorflow/tfjs is ${version} here, tfjs-node ${tfjsNode.version} needs the same version.`)
  } catch (error) {
    if (error instanceof Failure) throw error
    fail('@tensorflow/tfjs is not installed; run npm ci first.')
  }
}

const prepareLibraries = async (missing) => {
  if (missing) {
    await cached(wheelEntry, downloadWheel)
    await cached(libraryEntry, unpackWheel)
  }
  await fs.rm(wheelEntry, { recursive: true, force: true })
}

const prepare = async () => {
  requirePlatform()
  await fs.mkdir(cache, { recursive: true })
  await sweep(cache)
  const librariesMissing = !(await present(libraryEntry))
  const addonMissing = !(await present(addonEntry))
  // Everything that can be missing is asked for before the long download.
  if (librariesMissing) requirePip()
  if (addonMissing) {
    requirePython()
    requireCompiler()
  }
  const headers = addonMissing ? await nodeHeaders() : undefined
  if (librariesMissing) await requireRoom(1000)
  else if (addonMissing) await requireRoom(100)

  await prepareLibraries(librariesMissing)
  if (addonMissing) await cached(addonEntry, buildAddon(headers))
  say('installing into node_modules')
  await install()
}

const main = async () => {
  const major = Number(process.versions.node.split('.')[0])
  if (major >= 23)
    fail(
      `Node ${process.versions.node} cannot run tfjs-node ${tfjsNode.version}, which calls functions Node 23 removed. Use Node 20 or 22.`,
    )
  requireProject()
  let state = verify()
  if (!state.ready) {
    await prepare()
    say('checking')
    state = verify()
  }
  if (!state.ready) fail(`it is built, but does not run: ${state.reason}`)
  console.log(`native backend ready: ${state.backend} (TF ${state.library})`)
}

await main().catch((error) => {
  console.error(`native: ${error.message}`)
  process.exitCode = 1
})
