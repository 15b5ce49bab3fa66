import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import type { Input, Option, Terminal } from './command.ts'
import { CommandError, Interrupted, UsageError } from './errors.ts'

/** The option of the commands that set a password. */
export const passwordOption: Option = {
  value: 'PASSWORD',
  help: 'the password; others on this machine may see it while the command runs',
}

export const passwordDetails = [
  'Without --password it is asked for on a terminal, twice and without echo; otherwise the first line of standard input is it.',
]

/** Characters that a login can carry. */
const longest = 255

/**
 * A new password from `--password`, from a prompt, or from standard input.
 *
 * @throws UsageError when it cannot be one, CommandError when the two of a prompt differ, Interrupted
 */
export async function readNewPassword(input: Input, terminal: Terminal): Promise<string> {
  const password = input.text('password') ?? (await (terminal.stdin.isTTY ? askTwice(terminal) : firstLine(terminal)))
  if (password === '') throw new UsageError('The password is empty.')
  if (password.length > longest) throw new UsageError(`The password is longer than ${longest} characters.`)
  if (/\p{Cc}/u.test(password)) throw new UsageError('The password has control characters in it.')
  return password
}

async function askTwice(terminal: Terminal): Promise<string> {
  const password = await askHidden('Password: ', terminal)
  const again = await askHidden('Once more: ', terminal)
  if (password !== again) throw new CommandError('The two passwords differ; nothing was changed.')
  return password
}

/** One line without echo. What is asked goes to standard error: standard output is for results. */
function askHidden(question: string, { stdin, stderr }: Terminal): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 })
  return new Promise<string>((resolve, reject) => {
    lines.on('SIGINT', () => reject(new Interrupted()))
    lines.on('close', () => reject(new Interrupted()))
    lines.question('', resolve)
    stderr.write(question)
  }).finally(() => {
    lines.close()
    stderr.write('\n')
  })
}

async function firstLine({ stdin }: Terminal): Promise<string> {
  const lines = createInterface({ input: stdin })
  for await (const line of lines) return line
  return ''
}
