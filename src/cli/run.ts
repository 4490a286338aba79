import { readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { dialectNames } from '../dialects/index.js'
import { LogError } from '../logs/TrainingLog.js'
import { explain } from './explain.js'
import { inspect } from './inspect.js'
import { replay } from './replay.js'
import { sweep } from './sweep.js'
import { messageOf, oneLine, printable } from '../logs/text.js'
import { UsageError } from './UsageError.js'

/** What the program says and how it ends: 0 fine, 1 the answer is "no", 2 bad usage or unreadable input. */
export interface Result {
  readonly code: 0 | 1 | 2
  readonly stdout: string
  readonly stderr: string
}

const version = (): string => {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { readonly version: string }).version
}

const decimal = (text: string): number => {
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(Number(text)))
    throw new InvalidArgumentError('Expected a number from 0, such as 0.001.')
  return Number(text)
}

const positive = (text: string): number => {
  if (!/^\d+$/.test(text) || !(Number(text) >= 1) || !Number.isSafeInteger(Number(text)))
    throw new InvalidArgumentError('Expected a whole number from 1.')
  return Number(text)
}

const count = (text: string): number => {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new InvalidArgumentError('Expected a whole number from 0.')
  return Number(text)
}

const gather = (text: string, before: ReadonlyArray<string> = []): ReadonlyArray<string> => [...before, text]

const exitCodes = `
Exit code: 0 fine; 2 bad usage or unreadable input, with a line on stderr that names the file, the line and what was expected.
`

/** The command line; `answer` gets what the command that was asked for prints. */
const program = (write: (text: string) => void, answer: (text: string) => void): Command => {
  const rxfit = new Command('rxfit')
    .description('Training callbacks as pure values: replay them on recorded runs.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    // subcommands inherit both: nothing is written or exited from here
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: () => {} })
    .addHelpText(
      'after',
      `
Examples:
  rxfit inspect runs/training.csv
  rxfit replay runs/training.csv --callbacks callbacks.json
  rxfit sweep runs/*.csv --callbacks callbacks.json --grid 'earlyStopping.patience=1..20' --judge val_accuracy
  rxfit explain callbacks.ts
${exitCodes}`,
    )

  rxfit
    .command('replay')
    .description('what callbacks would have decided on recorded runs')
    .argument('<logs...>', 'recorded runs: rxfit records or Keras CSVLogger files')
    .requiredOption(
      '-c, --callbacks <file>',
      'the callbacks: a list in JSON, or a JS or TS module that exports a policy',
    )
    .option(
      '-d, --dialect <name>',
      `whose rules, for callbacks in JSON that don't say it themselves: ${dialectNames.join(', ')}`,
    )
    .option(
      '--learning-rate <rate>',
      "the rate that training begins with, where the log doesn't say or another is to be tried",
      decimal,
    )
    .option(
      '--batches-per-epoch <n>',
      "batches an epoch, where the log doesn't say and a callback counts them",
      positive,
    )
    .option('--json', 'print JSON; for several logs {"replays": [...]}')
    .addHelpText(
      'after',
      `
A callbacks file in JSON is a list of one-key objects:
  [{"earlyStopping": {"monitor": "val_loss", "patience": 3, "restoreBestWeights": true}}]
In JavaScript or TypeScript it has a policy, or a list of policies, as its default export:
  import { earlyStopping } from 'rxfit'
  export default earlyStopping({ patience: 3 })

A dialect that stands in the file wins over --dialect. A module has already chosen: --dialect is refused with it.

Examples:
  rxfit replay runs/training.csv --callbacks callbacks.json
  rxfit replay runs/*.csv --callbacks callbacks.ts --json
  rxfit replay keras.csv --callbacks callbacks.json --dialect keras3 --learning-rate 0.001
${exitCodes}`,
    )
    .action(async (logs: ReadonlyArray<string>, options: Parameters<typeof replay>[1]) =>
      answer(await replay(logs, options)),
    )

  rxfit
    .command('sweep')
    .description('what would have become of recorded runs under many settings: epochs saved, regret, what to choose')
    .argument('<logs...>', 'recorded runs: rxfit records or Keras CSVLogger files')
    .requiredOption('-c, --callbacks <file>', 'the callbacks: JSON, or a JS or TS module')
    .requiredOption('-j, --judge <metric>', 'the metric that says how good a kept model is')
    .option(
      '-g, --grid <option=values>',
      "what to vary, again for each option: 'earlyStopping.patience=1..20', 'earlyStopping.minDelta=0,1e-4,1e-3'",
      gather,
    )
    .option('--judge-mode <mode>', 'min or max, where the name of the metric does not say')
    .option('--tolerance <x>', 'a stop is premature if a later value beats all before it by more than this', decimal)
    .option('--completed', "runs whose log doesn't say how they ended did so where it was planned")
    .option('--random <n>', 'so many settings drawn from the grid, rather than all of them', positive)
    .option('--seed <n>', 'of what is drawn: settings, intervals, splits', count)
    .option('--bootstrap <n>', 'resamples for the intervals; 0: none. Default 1000', count)
    .option('--splits <n>', 'splits for the held-out choice; 0: none. Default 200', count)
    .option('--workers <n>', 'threads. Default: as many as there are cores, or none where it is not worth it', positive)
    .option('-d, --dialect <name>', "whose rules, for callbacks in JSON that don't say it themselves")
    .option('--learning-rate <rate>', 'the rate that training begins with', decimal)
    .option('--batches-per-epoch <n>', "batches an epoch, where the log doesn't say", positive)
    .option('--csv <file>', 'write a row for each policy')
    .option('--json', 'print JSON: every policy, and what came of it on every run')
    .addHelpText(
      'after',
      `
An option is named by its callback: earlyStopping.patience, or [2].patience and [2].earlyStopping.patience where there are
several (from 0); down through parts inside parts: emit.whenPlateau.patience.
Values: 1,2,5 · 1..20 · 1..20..2 (by steps) · 1e-5..1e-1*10 (by factors); with --random also 0.1..0.5 and 1e-5..1e-1*
(any number between, each power of ten as likely).

Examples:
  rxfit sweep runs/*.csv -c callbacks.json -g 'earlyStopping.patience=1..20' -j val_accuracy
  rxfit sweep runs/*.csv -c callbacks.json -g 'earlyStopping.patience=1..50' -g 'earlyStopping.minDelta=1e-5..1e-1*' \\
    -j val_loss --random 500 --seed 1 --csv sweep.csv
${exitCodes}`,
    )
    .action(async (logs: ReadonlyArray<string>, options: Parameters<typeof sweep>[1]) =>
      answer(await sweep(logs, options)),
    )

  rxfit
    .command('inspect')
    .description('what is in recorded runs, and what was taken for what')
    .argument('<logs...>', 'recorded runs: rxfit records or Keras CSVLogger files')
    .option('--json', 'print JSON; for several logs {"logs": [...]}')
    .addHelpText(
      'after',
      `\nExamples:\n  rxfit inspect runs/training.csv\n  rxfit inspect runs/*.csv --json\n${exitCodes}`,
    )
    .action(async (logs: ReadonlyArray<string>, options: Parameters<typeof inspect>[1]) =>
      answer(await inspect(logs, options)),
    )

  rxfit
    .command('explain')
    .description('what a callbacks file is made of')
    .argument('<file>', 'the callbacks: JSON, or a JS or TS module')
    .option('--json', 'print the specification as JSON: a callbacks file too, unless a function is inside')
    .addHelpText(
      'after',
      `\nExamples:\n  rxfit explain callbacks.json\n  rxfit explain callbacks.ts --json\n${exitCodes}`,
    )
    .action(async (file: string, options: Parameters<typeof explain>[1]) => answer(await explain(file, options)))

  return rxfit
}

const refused = (...lines: ReadonlyArray<string>): Result => ({
  code: 2,
  stdout: '',
  stderr: lines.map((line) => `rxfit: ${oneLine(line)}\n`).join(''),
})

const usage = (error: CommanderError): Result => {
  const message = oneLine(error.message.replace(/^error: /, ''))
  return refused(
    `${message.startsWith('(') ? 'expected a command: replay, sweep, inspect or explain' : message} (see rxfit --help)`,
  )
}

/** Runs the command line without touching the process. Output comes only when everything has gone well. */
export const run = async (args: ReadonlyArray<string>): Promise<Result> => {
  let stdout = ''
  const add = (text: string): void => {
    stdout += text
  }
  try {
    const answer = (text: string): void => add(printable(text))
    await program(add, answer).parseAsync([...args], { from: 'user' })
    return { code: 0, stdout, stderr: '' }
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? { code: 0, stdout, stderr: '' } : usage(error)
    if (error instanceof UsageError) return refused(...error.lines)
    if (error instanceof LogError) return refused(error.message)
    return refused(`unexpected: ${messageOf(error)}`)
  }
}
