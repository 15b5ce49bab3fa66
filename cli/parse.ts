import { parseArgs } from 'node:util'
import type { Command, Input, Options } from './command.ts'
import { UsageError } from './errors.ts'

/** Options of every command. */
export const globalOptions: Options = {
  local: { help: 'the local stack (npm start), whether it runs or not; otherwise AWS' },
  table: { value: 'NAME', help: 'the table on AWS (IMPS_TABLE; output TableName of the deployment)' },
  'key-parameter': {
    value: 'NAME',
    help: 'the SSM parameter with the sealing key (IMPS_SEALING_KEY_PARAMETER; output SealingKeyParameter)',
  },
  json: { help: 'one JSON document on standard output; errors as JSON on standard error' },
  help: { help: 'this text' },
}

/**
 * Finds the words of the command, among options of every command, and leaves the rest.
 *
 * @returns the command, if the words are one, the words as far as they go, and what else was written
 */
export function findCommand(
  argv: readonly string[],
  commands: readonly Command[],
): { command?: Command; words: readonly string[]; rest: readonly string[] } {
  const words: string[] = []
  const rest: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const token = argv[at]!
    const option = token.startsWith('--') ? globalOptions[token.slice(2)] : undefined
    if (option) {
      rest.push(token)
      if (option.value && at + 1 < argv.length) rest.push(argv[++at]!)
      continue
    }
    if (token.startsWith('-')) return { words, rest: [...rest, ...argv.slice(at)] }
    words.push(token)
    const command = commands.find(({ name }) => name === words.join(' '))
    if (command) return { command, words, rest: [...rest, ...argv.slice(at + 1)] }
  }
  return { words, rest }
}

/** Stands in front of an argument that begins with a hyphen, such as a SessionID may, while the options are parsed. */
const guard = '\0'

/** @throws UsageError for what the command does not take */
export function parseInput(command: Command, rest: readonly string[]): Input {
  const options = { ...globalOptions, ...command.options }
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { value, repeats = false }]) => [
      name,
      { type: value ? ('string' as const) : ('boolean' as const), multiple: repeats },
    ]),
  )
  const { values, positionals } = parse(guarded(rest, options), config)
  const args = positionals.map((one) => one.replace(guard, ''))
  const [least, most] = command.takes
  if (!values.help && (args.length < least || args.length > most)) {
    const what = args.length < least ? 'Something is missing' : 'That is too much'
    throw new UsageError(`${what}. Usage: ${usageOf(command)}`)
  }
  return {
    args,
    text: (option) => values[option] as string | undefined,
    texts: (option) => (values[option] ?? []) as string[],
    isSet: (option) => values[option] === true,
  }
}

export const usageOf = ({ name, usage }: Command): string => `imps ${name} ${usage}`.trim()

/** `-x` is no option here; and what follows an option that takes a text is its text, whatever it looks like. */
function guarded(rest: readonly string[], options: Options): string[] {
  const tokens: string[] = []
  for (let at = 0; at < rest.length; at++) {
    const token = rest[at]!
    if (token === '--') return [...tokens, ...rest.slice(at)]
    const takesText = token.startsWith('--') && options[token.slice(2)]?.value !== undefined
    if (takesText && at + 1 < rest.length) tokens.push(`${token}=${rest[++at]}`)
    else if (token === '-h') tokens.push('--help')
    else tokens.push(/^-[^-]/.test(token) ? guard + token : token)
  }
  return tokens
}

function parse(args: string[], options: Record<string, { type: 'string' | 'boolean'; multiple: boolean }>) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    if (!code.startsWith('ERR_PARSE_ARGS')) throw error
    throw new UsageError(message.split('. ')[0]!.replaceAll('\n', ' '))
  }
}
