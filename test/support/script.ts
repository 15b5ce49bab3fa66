import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { versions as allVersions, type Version } from '../../src/csp/versions.ts'
import { Dialogue } from './dialogue.ts'
import { createWorld } from './dialogueWorld.ts'
import type { Dynalite } from './dynalite.ts'
import { createMemoryTable } from './memoryTable.ts'
import { type Line, outline, ScriptError } from './scriptOutline.ts'
import { readVersions, type Step, toStep } from './scriptSentences.ts'

/** One dialogue of a script in one version and encoding, ready to run. */
export interface ScriptedDialogue {
  readonly title: string
  readonly version: Version
  readonly encoding: 'XML' | 'WBXML'
  /** Over the emulated DynamoDB, in XML; all else over the table in memory, ten times as fast. */
  readonly isEmulated: boolean
  readonly line: Line
  readonly steps: readonly Step[]
}

/** Lines that stand for others: `to log in as <who>` with its body. */
interface Phrase {
  readonly line: Line
  readonly pattern: RegExp
  readonly parameters: readonly string[]
  /** True when it says `<below>` where the lines go that stand below its call. */
  readonly takesLines: boolean
}

/** @throws ScriptError for the first line that the language does not know */
export const readScript = (path: string): ScriptedDialogue[] => parseScript(readFileSync(path, 'utf8'), path)

/**
 * The dialogues of a script, one after the other and once for each version. What stands before the first `==` holds for
 * all of them.
 *
 * @param path where other scripts are looked for that it uses
 * @throws ScriptError for the first line that the language does not know
 */
export function parseScript(text: string, path: string): ScriptedDialogue[] {
  const lines = outline(text, basename(path))
  const first = lines.findIndex(isTitle)
  if (first < 0)
    throw new ScriptError({ file: basename(path), number: 1, text: '' }, 'a script has a line "== <what it shows>"')
  const preamble = readPreamble(lines.slice(0, first), path)
  const dialogues = splitAtTitles(lines.slice(first))
  return dialogues.flatMap(({ title, body }, number) => {
    const own = body[0]?.text.startsWith('versions ') ? body[0] : undefined
    const lines = own ? body.slice(1) : body
    const versions = own ? versionsOf(own, own.text.slice('versions '.length)) : preamble.versions
    const isInWbxml = (version: Version) => isThorough || version === versions[number % versions.length]
    return versions.flatMap((version) => {
      const steps = [...preamble.steps, ...lines].flatMap((line) => expand(line, version, preamble.phrases)).map(toStep)
      const inXml = { title: title.text.slice(2).trim(), version, line: title, steps, encoding: 'XML' } as const
      const isOfBytes = steps.some(({ isAboutBytes }) => isAboutBytes)
      const isEmulated = (isThorough || number % 3 === 0) && version === versions[Math.floor(versions.length / 2)]
      return [
        { ...inXml, isEmulated },
        ...(isOfBytes || !isInWbxml(version) ? [] : [{ ...inXml, encoding: 'WBXML', isEmulated: false } as const]),
      ]
    })
  })
}

/**
 * `DIALOGUES=all`: every dialogue runs in WBXML in all its versions, and over the emulated DynamoDB in one of them. Otherwise
 * versions have their turn in WBXML, and every third dialogue runs over the emulation, which takes ten times as long: what
 * versions differ in is shown in XML, and that both tables do the same in test/store.
 */
const isThorough = process.env.DIALOGUES === 'all'

const isTitle = ({ text }: Line) => text.startsWith('== ')

function splitAtTitles(lines: readonly Line[]): { title: Line; body: Line[] }[] {
  const dialogues: { title: Line; body: Line[] }[] = []
  for (const line of lines) {
    if (isTitle(line)) dialogues.push({ title: line, body: [] })
    else dialogues.at(-1)!.body.push(line)
  }
  const empty = dialogues.find(({ body }) => body.length === 0)
  if (empty) throw new ScriptError(empty.title, 'nothing happens in this dialogue')
  return dialogues
}

interface Preamble {
  readonly versions: readonly Version[]
  readonly phrases: readonly Phrase[]
  readonly steps: readonly Line[]
}

function readPreamble(lines: readonly Line[], path: string): Preamble {
  let versions: readonly Version[] = allVersions
  const phrases: Phrase[] = []
  const steps: Line[] = []
  for (const line of lines) {
    const [word = '', ...rest] = line.text.split(' ')
    if (word === 'versions') versions = versionsOf(line, rest.join(' '))
    else if (word === 'to') phrases.push(phraseOf(line))
    else if (word === 'use') {
      const used = join(dirname(path), rest.join(' '))
      const other = readPreamble(outline(readFileSync(used, 'utf8'), basename(used)), used)
      phrases.push(...other.phrases)
      steps.push(...other.steps)
    } else steps.push(line)
  }
  return { versions, phrases, steps }
}

function versionsOf(line: Line, text: string): Version[] {
  const versions = readVersions(text)
  if (!versions) throw new ScriptError(line, 'versions are some of 1.1, 1.2 and 1.3')
  return versions
}

/** `to log in as <who> for <seconds>`: the words of the phrase, with places for what differs. */
function phraseOf(line: Line): Phrase {
  const words = line.text.slice('to '.length)
  const parameters = [...words.matchAll(/<(\w+)>/g)].map(([, name = '']) => name)
  const pattern = words
    .split(/<\w+>/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('(\\S+)')
  return { line, parameters, takesLines: saysBelow(line), pattern: new RegExp(`^${pattern}$`) }
}

const saysBelow = ({ text, children }: Line): boolean => text === '<below>' || children.some(saysBelow)

/** A line as it is in one version, with phrases and repetitions written out. */
function expand(line: Line, version: Version, phrases: readonly Phrase[], depth = 0): Line[] {
  if (depth > 20) throw new ScriptError(line, 'this phrase stands for itself')
  const chosen = inVersion([line], version)
  return chosen.flatMap((one) => {
    const times = /^(\d+) times$/.exec(one.text)?.[1]
    if (times) {
      const body = one.children.flatMap((child) => expand(child, version, phrases, depth + 1))
      return Array.from({ length: Number(times) }, () => body).flat()
    }
    const phrase = phrases.find(({ pattern }) => pattern.test(one.text))
    // Elements as well may be phrases: what stands in many answers alike.
    if (!phrase) return [{ ...one, children: one.children.flatMap((child) => expand(child, version, phrases, depth)) }]
    if (one.children.length > 0 && !phrase.takesLines)
      throw new ScriptError(one, 'this phrase has no place (`<below>`) for lines below it')
    const [, ...values] = phrase.pattern.exec(one.text)!
    const filled = phrase.line.children.flatMap((child) => fill(child, phrase.parameters, values, one))
    return filled.flatMap((child) => expand(child, version, phrases, depth + 1))
  })
}

/** Sections of other versions left out: `in 1.2 1.3` with lines below, or `1.1: <line>`. */
function inVersion(lines: readonly Line[], version: Version): Line[] {
  return lines.flatMap((line) => {
    const section = /^in ((?:1\.\d ?)+)$/.exec(line.text)
    if (section) return versionsOf(line, section[1]!.trim()).includes(version) ? inVersion(line.children, version) : []
    const prefix = /^((?:1\.\d )*1\.\d): (.*)$/.exec(line.text)
    if (prefix && !versionsOf(line, prefix[1]!).includes(version)) return []
    const text = prefix ? prefix[2]! : line.text
    return [{ ...line, text, children: inVersion(line.children, version) }]
  })
}

/** A line of a phrase as its call has it; `<below>` are the lines below the call. */
const fill = (line: Line, parameters: readonly string[], values: readonly string[], call: Line): readonly Line[] =>
  line.text === '<below>'
    ? call.children
    : [
        {
          ...line,
          file: call.file,
          number: call.number,
          text: line.text.replace(/<(\w+)>/g, (all, name: string) => values[parameters.indexOf(name)] ?? all),
          children: line.children.flatMap((child) => fill(child, parameters, values, call)),
        },
      ]

/** Runs a dialogue in a world of its own. @throws DialogueFailure with the dialogue up to the difference */
export async function runDialogue(dynalite: Dynalite, scripted: ScriptedDialogue): Promise<void> {
  const { line, version, encoding, steps, isEmulated } = scripted
  const table = isEmulated ? await dynalite.createTable() : createMemoryTable()
  const world = await createWorld(table, `${line.file}:${scripted.title} ${version}`)
  try {
    const dialogue = new Dialogue(world, version, encoding, scripted.title)
    for (const step of steps) await step.run(dialogue)
    dialogue.ends(steps.at(-1)!.line)
  } finally {
    await world.close()
  }
}
