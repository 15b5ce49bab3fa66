import { PassThrough, Readable, Writable } from 'node:stream'
import { runCommand } from '../../cli/run.ts'

/** What came of a command. */
export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
  /** Standard output as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: every command has its own, and the tests look at them one by one
  readonly json: any
}

export type Environment = Readonly<Record<string, string>>

/** Somebody who types commands: `imps('account list --local')`, or word by word where a word has spaces. */
export function operator(environment: Environment) {
  return async (written: string | readonly string[], input = ''): Promise<Said> => {
    const stdin = Readable.from(input === '' ? [] : [Buffer.from(input)])
    return run(written, environment, stdin)
  }
}

/** The same at a terminal: `typed` answers one prompt after the other, once it stands there. */
export async function atTerminal(
  environment: Environment,
  written: string | readonly string[],
  typed: readonly string[],
): Promise<Said> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  const answers = [...typed]
  return run(written, environment, stdin, (text) => {
    if (/: $/.test(text) && answers.length > 0) stdin.write(answers.shift())
  })
}

async function run(
  written: string | readonly string[],
  environment: Environment,
  stdin: Readable & { isTTY?: boolean },
  onError: (text: string) => void = () => {},
): Promise<Said> {
  let out = ''
  let err = ''
  const stdout = collecting((text) => {
    out += text
  })
  const stderr = collecting((text) => {
    err += text
    onError(text)
  })
  const argv = typeof written === 'string' ? written.split(' ') : written
  const code = await runCommand(argv, environment, { stdin, stdout, stderr })
  return {
    code,
    out,
    err,
    get json() {
      return JSON.parse(out)
    },
  }
}

const collecting = (take: (text: string) => void) =>
  new Writable({
    write(chunk, _encoding, done) {
      take(String(chunk))
      done()
    },
  })
