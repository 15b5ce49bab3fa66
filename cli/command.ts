import type { Readable, Writable } from 'node:stream'
import type { Connection } from './connection.ts'

/** One option of a command. With `value`, the name of it in the help, it takes a text; without it is there or not. */
export interface Option {
  readonly value?: string
  readonly help: string
  /** It may stand several times: see `texts`. */
  readonly repeats?: true
}

export type Options = Readonly<Record<string, Option>>

/** What the operator wrote: arguments in order, options by name. */
export interface Input {
  readonly args: readonly string[]
  readonly text: (option: string) => string | undefined
  /** Of an option that may stand several times: each, in order. */
  readonly texts: (option: string) => readonly string[]
  readonly isSet: (option: string) => boolean
}

/** Where the operator sits. */
export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable
  readonly stderr: Writable
}

/** What came of a command: data for machines, lines for people. `failed` is exit code 1 without an error. */
export interface Outcome {
  readonly data: unknown
  readonly lines: readonly string[]
  readonly failed?: boolean
}

/** One command of the operator. */
export interface Command {
  /** As it is written: `account add`. */
  readonly name: string
  /** What follows the name: `NAME [--password PASSWORD]`. */
  readonly usage: string
  /** How many arguments it takes, at least and at most. */
  readonly takes: readonly [least: number, most: number]
  readonly summary: string
  /** Further lines of its help. */
  readonly details?: readonly string[]
  readonly options?: Options
  /** @throws UsageError, CommandError */
  run(connection: Connection, input: Input, terminal: Terminal): Promise<Outcome>
}
