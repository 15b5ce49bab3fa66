import type { Command, Outcome, Terminal } from './command.ts'
import { commands } from './commands/index.ts'
import { connect, type Environment } from './connection.ts'
import { Interrupted, sentenceOf, UsageError } from './errors.ts'
import { commandHelp, generalHelp } from './help.ts'
import { findCommand, parseInput } from './parse.ts'

/**
 * Runs one command of the operator.
 *
 * @param argv what was written after `imps`
 * @returns the exit code: 0 done, 1 not done, 2 wrongly written, 130 broken off
 */
export async function runCommand(
  argv: readonly string[],
  environment: Environment,
  terminal: Terminal,
): Promise<number> {
  const asJson = argv.includes('--json')
  try {
    const outcome = await outcomeOf(argv, environment, terminal)
    terminal.stdout.write(asJson ? `${JSON.stringify(outcome.data)}\n` : `${outcome.lines.join('\n')}\n`)
    return outcome.failed ? 1 : 0
  } catch (error) {
    if (error instanceof Interrupted) return 130
    const sentence = sentenceOf(error)
    terminal.stderr.write(asJson ? `${JSON.stringify({ error: sentence })}\n` : `${sentence}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

async function outcomeOf(argv: readonly string[], environment: Environment, terminal: Terminal): Promise<Outcome> {
  const { command, words, rest } = findCommand(argv, commands)
  if (!command) return withoutCommand(words, rest)
  const input = parseInput(command, rest)
  if (input.isSet('help')) return help(commandHelp(command))
  const connection = await connect(
    { local: input.isSet('local'), table: input.text('table'), keyParameter: input.text('key-parameter') },
    environment,
  )
  try {
    return await (command satisfies Command).run(connection, input, terminal)
  } finally {
    await connection.close()
  }
}

const help = (lines: readonly string[]): Outcome => ({ data: { help: lines.join('\n') }, lines })

function withoutCommand(words: readonly string[], rest: readonly string[]): Outcome {
  const asked = rest.some((token) => token === '--help' || token === '-h') || words[0] === 'help'
  if (asked) return help(generalHelp(commands, words[0] === 'help' ? words.slice(1) : words))
  if (words.length === 0) throw new UsageError('Which command? npm run imps -- --help lists them.')
  throw new UsageError(`"${words.join(' ')}" is no command. npm run imps -- --help lists them.`)
}
