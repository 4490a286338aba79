import { readFileSync } from 'node:fs'
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { dialectNames } from '../dialects/index.js'
import { formats } from '../logs/readers.js'
import { LogError } from '../logs/TrainingLog.js'
import { compare } from './compare.js'
import { explain } from './explain.js'
import { gate } from './gate.js'
import { inspect } from './inspect.js'
import { lint } from './lint.js'
import { replay } from './replay.js'
import { sweep } from './sweep.js'
import { messageOf, oneLine, printable } from '../logs/text.js'
import { UsageError } from './UsageError.js'
import { watch, type Screen } from './watch.js'

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

const segmentOf = (text: string): 'last' | 'joined' | number => {
  if (text === 'last' || text === 'joined') return text
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError("Expected 'last', 'joined' or a whole number from 1.")
  return Number(text)
}

const collect = (text: string, before: ReadonlyArray<string> = []): ReadonlyArray<string> => [...before, text]

/** How logs are to be read, where their content doesn't say enough. */
const withLogOptions = (command: Command, logs = '<logs...>'): Command =>
  command
    .argument(logs, 'recorded runs, of any format in docs/logs.md, or folders of them')
    .option('-f, --format <name>', `the format, where it is not to be found from the content: ${formats.join(', ')}`)
    .option(
      '-p, --pattern <text>',
      "how lines of text are read: 'step {step} loss {loss}'; {*} is anything; once for each kind of line",
      collect,
    )
    .option(
      '--segment <which>',
      "which run of a file with several: 'last', 'joined' (one that was resumed) or a number from 1",
      segmentOf,
    )
    .addOption(
      new Option('--unit <what>', 'what counts as an epoch, and so what patience counts').choices([
        'epoch',
        'evaluation',
        'row',
      ]),
    )

const count = (text: string): number => {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new InvalidArgumentError('Expected a whole number from 0.')
  return Number(text)
}

const dialectFlag = '-d, --dialect <name>'
const dialectHelp = `whose rules, for callbacks in JSON that don't say it themselves: ${dialectNames.join(', ')}`
const rateFlag = '--learning-rate <rate>'
const rateHelp = "the rate that training begins with, where the log doesn't say or another is to be tried"
const batchesFlag = '--batches-per-epoch <n>'
const batchesHelp = "batches an epoch, where the log doesn't say and a callback counts them"

const exitCodes = `
Exit code: 0 fine; 2 bad usage or unreadable input, with a line on stderr that names the file, the line and what was expected.
`

/** The command line; `answer` gets what the command that was asked for prints. */
const program = (
  write: (text: string) => void,
  answer: (text: string, code?: Result['code']) => void,
  screen: Screen,
): Command => {
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
  rxfit watch runs/run.jsonl
  rxfit replay runs/training.csv --callbacks callbacks.json
  rxfit sweep runs/*.csv --callbacks callbacks.json --grid 'earlyStopping.patience=1..20' --judge val_accuracy
  rxfit compare old.json new.json runs/training.csv
  rxfit gate runs/*.csv --callbacks callbacks.json --expect expect.json
  rxfit explain callbacks.ts
  rxfit lint callbacks.json
${exitCodes}`,
    )

  withLogOptions(rxfit.command('replay').description('what callbacks would have decided on recorded runs'))
    .requiredOption(
      '-c, --callbacks <file>',
      'the callbacks: a list in JSON, or a JS or TS module that exports a policy',
    )
    .option(dialectFlag, dialectHelp)
    .option(rateFlag, rateHelp, decimal)
    .option(batchesFlag, batchesHelp, positive)
    .option('--why', 'explain each decision: the way through the pipeline, the numbers, what was missing')
    .option('--epoch <n>', 'with --why: explain this epoch (from 0), whether there was a decision or not', count)
    .option('--html <file>', 'also write one self-contained page: curves, decisions, verdicts')
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
  rxfit replay runs/training.csv --callbacks callbacks.json --why --epoch 7
  rxfit replay keras.csv --callbacks callbacks.json --dialect keras3 --learning-rate 0.001
${exitCodes}`,
    )
    .action(async (logs: ReadonlyArray<string>, options: Parameters<typeof replay>[1]) =>
      answer(await replay(logs, options)),
    )

  withLogOptions(
    rxfit
      .command('sweep')
      .description('what would have become of recorded runs under many settings: epochs saved, regret, what to choose'),
  )
    .requiredOption('-c, --callbacks <file>', 'the callbacks: JSON, or a JS or TS module')
    .requiredOption('-j, --judge <metric>', 'the metric that says how good a kept model is')
    .option(
      '-g, --grid <option=values>',
      "what to vary, again for each option: 'earlyStopping.patience=1..20', 'earlyStopping.minDelta=0,1e-4,1e-3'",
      collect,
    )
    .option('--judge-mode <mode>', 'min or max, where the name of the metric does not say')
    .option('--tolerance <x>', 'a stop is premature if a later value beats all before it by more than this', decimal)
    .option('--completed', "runs whose log doesn't say how they ended did so where it was planned")
    .option('--random <n>', 'so many settings drawn from the grid, rather than all of them', positive)
    .option('--seed <n>', 'of what is drawn: settings, intervals, splits', count)
    .option('--bootstrap <n>', 'resamples for the intervals; 0: none. Default 1000', count)
    .option('--splits <n>', 'splits for the held-out choice; 0: none. Default 200', count)
    .option('--workers <n>', 'threads. Default: as many as there are cores, or none where it is not worth it', positive)
    .option(dialectFlag, dialectHelp)
    .option(rateFlag, rateHelp, decimal)
    .option(batchesFlag, batchesHelp, positive)
    .option('--csv <file>', 'also write a row for each policy')
    .option(
      '--html <file>',
      'also write one self-contained page: epochs against regret, curves with stops, every policy',
    )
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

  withLogOptions(
    rxfit
      .command('compare')
      .description('where two policies part on recorded runs, and what comes of it; no logs are needed with --shrink')
      .argument('<a>', 'callbacks: JSON, or a JS or TS module')
      .argument('<b>', 'the callbacks to compare them with'),
    '[logs...]',
  )
    .option(dialectFlag, dialectHelp)
    .option(rateFlag, rateHelp, decimal)
    .option(batchesFlag, batchesHelp, positive)
    .option('--shrink', 'look for a smallest curve that tells them apart, and print it as a test (needs fast-check)')
    .option('--curves <n>', 'how many curves --shrink tries. Default 1000', positive)
    .option('--seed <n>', 'of the curves that --shrink tries. Default 0', count)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
They agree where they steer training alike, event by event: what only observes (logging, progress) is not compared.

Examples:
  rxfit compare old.json new.json runs/*.csv
  rxfit compare old.ts new.ts --shrink --seed 7

Exit code: 0 they agree everywhere; 1 they differ; 2 bad usage or unreadable input, with a line on stderr.
`,
    )
    .action(async (a: string, b: string, logs: ReadonlyArray<string>, options: Parameters<typeof compare>[3]) => {
      const { text, code } = await compare(a, b, logs, options)
      answer(text, code)
    })

  withLogOptions(
    rxfit.command('gate').description('whether callbacks still do what is expected of them on recorded runs: for CI'),
  )
    .requiredOption('-c, --callbacks <file>', 'the callbacks: JSON, or a JS or TS module')
    .requiredOption('-e, --expect <file>', 'the expectation: JSON, which --update writes')
    .option('--tolerance <epochs>', 'by how many epochs a stop may move. Default 0', count)
    .option('--judge <metric>', 'the metric in which costs are counted; kept in the expectation')
    .option('--judge-mode <mode>', 'min or max, where the name of the metric does not say')
    .option('--cost <x>', "how much the judge's metric may get worse. Default 0", decimal)
    .option('--update', 'write what comes out now as the expectation')
    .option(dialectFlag, dialectHelp)
    .option(rateFlag, rateHelp, decimal)
    .option(batchesFlag, batchesHelp, positive)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
The gate closes if a stop moves by more than --tolerance epochs, if what is kept gets worse by more than --cost, and if a run
is new, missing or has changed. --update writes the expectation anew; look at its difference before you commit it.

Examples:
  rxfit gate runs/*.csv --callbacks callbacks.json --expect expect.json --judge val_loss --update
  rxfit gate runs/*.csv --callbacks callbacks.json --expect expect.json --tolerance 2 --cost 0.01

Exit code: 0 it passes; 1 it doesn't; 2 bad usage or unreadable input, with a line on stderr.
`,
    )
    .action(async (logs: ReadonlyArray<string>, options: Parameters<typeof gate>[1]) => {
      const { text, code } = await gate(logs, options)
      answer(text, code)
    })

  withLogOptions(rxfit.command('inspect').description('what is in recorded runs, and what was taken for what'))
    .option('--html <file>', 'also write one self-contained page: curves, learning rate, recorded decisions')
    .option('--json', 'print JSON; for several logs {"logs": [...]}')
    .addHelpText(
      'after',
      `\nExamples:\n  rxfit inspect runs/training.csv\n  rxfit inspect runs --json\n  rxfit inspect train.log --pattern 'step {step} loss {loss}'\n${exitCodes}`,
    )
    .action(async (logs: ReadonlyArray<string>, options: Parameters<typeof inspect>[1]) =>
      answer(await inspect(logs, options)),
    )

  withLogOptions(
    rxfit.command('watch').description('curves, learning rate and decisions of a run that is going on'),
    '<log>',
  )
    .option('--once', 'show how it stands now, and end')
    .option('--interval <seconds>', 'from one look at the file to the next. Default 0.5', decimal)
    .addHelpText(
      'after',
      `
Follows a record (fit's option "record") until the run ends; a log of another format that grows until you end it (Ctrl-C). A file
that isn't there yet is waited for. On a terminal one view is drawn anew; elsewhere each epoch and decision is a line.

Examples:
  rxfit watch runs/run.jsonl
  rxfit watch runs/run.jsonl --once
  rxfit watch runs/training.csv | tee watched.txt
${exitCodes}`,
    )
    .action(async (log: string, options: Parameters<typeof watch>[1]) => answer(await watch(log, options, screen)))

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

  rxfit
    .command('lint')
    .description("what callbacks will do that can't be meant: cuts that come too late, rules that never fire …")
    .argument('<file>', 'the callbacks: JSON, or a JS or TS module')
    .option(
      '-d, --dialect <name>',
      `whose rules, for callbacks in JSON that don't say it themselves: ${dialectNames.join(', ')}`,
    )
    .option('--epochs <n>', 'the planned number of epochs', positive)
    .option('--steps <n>', 'batches an epoch', positive)
    .option('--learning-rate <rate>', 'the rate that training begins with', decimal)
    .option('--json', 'print JSON: {"file", "findings", "errors", "warnings"}')
    .addHelpText(
      'after',
      `
What needs a number that isn't given is not looked for. docs/lint.md lists the rules.

Examples:
  rxfit lint callbacks.json
  rxfit lint callbacks.ts --epochs 50 --learning-rate 0.001 --json

Exit code: 0 no errors (warnings are none); 1 errors; 2 bad usage or unreadable input, with a line on stderr.
`,
    )
    .action(async (file: string, options: Parameters<typeof lint>[1]) => {
      const { text, code } = await lint(file, options)
      answer(text, code)
    })

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
    `${message.startsWith('(') ? 'expected a command: replay, sweep, compare, gate, inspect, watch, explain or lint' : message} (see rxfit --help)`,
  )
}

/** Where nobody watches. */
const nowhere: Screen = { write: () => undefined, size: () => undefined, wait: () => Promise.resolve() }

/**
 * Runs the command line without touching the process. Output comes only when everything has gone well; what is shown while something
 * goes on goes to the screen.
 */
export const run = async (args: ReadonlyArray<string>, screen: Screen = nowhere): Promise<Result> => {
  let stdout = ''
  const add = (text: string): void => {
    stdout += text
  }
  try {
    let code: Result['code'] = 0
    const answer = (text: string, exit: Result['code'] = 0): void => {
      code = exit
      add(printable(text))
    }
    await program(add, answer, screen).parseAsync([...args], { from: 'user' })
    return { code, stdout, stderr: '' }
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? { code: 0, stdout, stderr: '' } : usage(error)
    if (error instanceof UsageError) return refused(...error.lines)
    if (error instanceof LogError) return refused(error.message)
    return refused(`unexpected: ${messageOf(error)}`)
  }
}
