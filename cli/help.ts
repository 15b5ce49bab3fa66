import type { Command, Options } from './command.ts'
import { columns } from './format.ts'
import { globalOptions, usageOf } from './parse.ts'

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`.trimEnd())

const optionLines = (options: Options) => {
  const rows = Object.entries(options).map(([name, { value, help }]) => [`--${name}${value ? ` ${value}` : ''}`, help])
  const [, ...lines] = columns(['', ''], rows)
  return indented(lines)
}

/** The help of one command. */
export const commandHelp = (command: Command): string[] => [
  `Usage: npm run imps -- ${usageOf(command).slice('imps '.length)}`,
  '',
  `${command.name}: ${command.summary}.`,
  ...(command.details ?? []),
  '',
  'Options:',
  ...optionLines({ ...command.options, ...globalOptions }),
]

/** The help of all commands, or of those that begin with some words. */
export function generalHelp(commands: readonly Command[], words: readonly string[] = []): string[] {
  const [, ...lines] = columns(
    ['', ''],
    commands
      .filter(({ name }) => name.startsWith(words.join(' ')))
      .map((command) => [`${command.name} ${command.usage}`.trim(), command.summary]),
  )
  return [
    'Usage: npm run imps -- COMMAND …',
    '',
    'Commands:',
    ...indented(lines),
    '',
    'Options of every command:',
    ...optionLines(globalOptions),
    '',
    'A name is written ann, wv:ann or wv:ann@<domain>. Exit code: 0 done, 1 not done, 2 wrongly written.',
  ]
}
