import type { Version } from '../../src/csp/versions.ts'
import { versions } from '../../src/csp/versions.ts'
import type { Dialogue, Due, DueEnvelope, Manner, Opening } from './dialogue.ts'
import { newestVersion } from './dialogue.ts'
import { type Sketch, sketch } from './scriptElements.ts'
import { type Line, rawText, ScriptError } from './scriptOutline.ts'
import { evaluate } from './scriptValues.ts'

/** A sentence of a script, ready to be carried out. */
export interface Step {
  readonly line: Line
  readonly run: (dialogue: Dialogue) => void | Promise<void>
  /** True when it says itself what is on the wire: its dialogue runs as it stands, and in no other encoding. */
  readonly isAboutBytes: boolean
}

type Run = Step['run']

interface Sentence {
  /** As a person would look it up. */
  readonly form: string
  readonly pattern: RegExp
  /** True when lines may be indented below it. */
  readonly hasBody?: boolean
  /** True when it says what is on the wire, and so makes sense in one encoding alone. */
  readonly isAboutBytes?: boolean
  readonly step: (words: string[], line: Line) => Run
}

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 }

/** Every sentence of the language. A line that fits none of them is refused. */
const sentences: readonly Sentence[] = [
  {
    form: 'after <number> ms|s|min|h',
    pattern: /^after (\d+(?:\.\d+)?) (ms|s|min|h)$/,
    step: ([number = '', unit = '']) =>
      tell((dialogue) => dialogue.world.clock.advance(Number(number) * milliseconds[unit]!)),
  },
  {
    form: 'setting <name> [<value>]',
    pattern: /^setting (IMPS_[A-Z_]+)(?: (.*))?$/,
    step: ([name = '', value], line) =>
      tell((dialogue) => dialogue.world.set(name, value === undefined ? undefined : dialogue.value(line, value))),
  },
  {
    form: 'account <user> <password>',
    pattern: /^account (\S+) (\S+)$/,
    step: ([user = '', password = '']) =>
      tell((dialogue) => {
        dialogue.keepSecret(password)
        return dialogue.operator.adds(user, password)
      }),
  },
  {
    form: 'operator disconnects <session>',
    pattern: /^operator disconnects (\S+)$/,
    step: ([session = ''], line) => tell((dialogue) => dialogue.operator.disconnects(dialogue.value(line, session))),
  },
  {
    form: 'operator disables|enables|removes <user>',
    pattern: /^operator (disables|enables|removes) (\S+)$/,
    step: ([act = '', user = '']) => tell(({ operator }) => operator[act as 'disables' | 'enables' | 'removes'](user)),
  },
  {
    form: 'operator lists <user> [with <fact> <value>, ...]',
    pattern: /^operator lists (\S+)(?: with (.*))?$/,
    step: ([user = '', facts = '']) => tell(({ operator }) => operator.lists(user, factsIn(facts))),
  },
  {
    form: 'operator hides <user>',
    pattern: /^operator hides (\S+)$/,
    step: ([user = '']) => tell(({ operator }) => operator.hides(user)),
  },
  {
    form: 'operator sends "<text>" to <user>',
    pattern: /^operator sends "(.*)" to (\S+)$/,
    step: ([text = '', user = '']) => tell(({ operator }) => operator.sends(text, user)),
  },
  {
    form: 'operator asks <user> "<text>", to be answered "<text>" ...',
    pattern: /^operator asks (\S+) "([^"]*)", to be answered((?: "[^"]*")+)$/,
    step: ([user = '', text = '', answers = '']) => {
      const texts = [...answers.matchAll(/"([^"]*)"/g)].map(([, one = '']) => one)
      return tell(({ operator }) => operator.sends(text, user, texts))
    },
  },
  {
    form: 'operator reads "<text>"|nothing from <user> about <message>',
    pattern: /^operator reads (?:"([^"]*)"|nothing) from (\S+) about (\S+)$/,
    step:
      ([text, user = '', id = ''], line) =>
      (dialogue) =>
        dialogue.isAnswered(line, user, dialogue.value(line, id), text),
  },
  {
    form: 'operator sets the password of <user> to <password>',
    pattern: /^operator sets the password of (\S+) to (\S+)$/,
    step: ([user = '', password = '']) =>
      tell((dialogue) => {
        dialogue.keepSecret(password)
        return dialogue.operator.setsPassword(user, password)
      }),
  },
  {
    form: 'sweeper runs',
    pattern: /^sweeper runs$/,
    step: () => tell(({ operator }) => operator.sweeps()),
  },
  {
    form: 'table forgets what has expired',
    pattern: /^table forgets what has expired$/,
    step: () => tell(({ operator }) => operator.forgets()),
  },
  {
    form: 'table keeps <session> for <number> s',
    pattern: /^table keeps (\S+) for (\d+) s$/,
    step:
      ([session = '', seconds = ''], line) =>
      (dialogue) =>
        dialogue.isKeptFor(line, session, Number(seconds)),
  },
  {
    form: 'table has no trace of <session>',
    pattern: /^table has no trace of (\S+)$/,
    step:
      ([session = ''], line) =>
      (dialogue) =>
        dialogue.isKeptFor(line, session, undefined),
  },
  {
    form: '<value> is [not] <value>',
    pattern: /^(\$\w+) is (not )?(\S+)$/,
    step:
      ([left = '', not, right = ''], line) =>
      (dialogue) =>
        dialogue.is(line, left, not === undefined, right),
  },
  {
    form: '<client> sends <primitive> [how]',
    pattern: /^(?!server |operator )(\w+) sends ([A-Z][A-Za-z-]+)(.*)$/,
    hasBody: true,
    step: ([who = '', name = '', rest = ''], line) => {
      const how = readHow(rest, line)
      const primitive = sketch({ ...line, text: name })
      return (dialogue) => dialogue.sends(line, who, [opening(how, primitive)], how)
    },
  },
  {
    form: '<client> sends several [how], with the primitives below',
    pattern: /^(\w+) sends several(.*)$/,
    hasBody: true,
    step: ([who = '', rest = ''], line) => {
      const how = readHow(rest, line)
      const openings = line.children.map((one) => {
        const [name = '', ...more] = one.text.split(' ')
        return opening(readHow(` ${more.join(' ')}`.trimEnd(), one), sketch({ ...one, text: name }))
      })
      if (openings.length === 0) throw new ScriptError(line, 'several transactions are due below')
      return (dialogue) => dialogue.sends(line, who, openings, how)
    },
  },
  {
    form: '<client> writes "<plain text>" [how]',
    pattern: /^(?!server )(\w+) writes "(.*)"((?: (?:to|from|over) \S+)*)$/,
    isAboutBytes: true,
    step: ([who = '', text = '', rest = ''], line) => {
      const how = readHow(rest, line)
      return (dialogue) => dialogue.writes(line, who, text, how)
    },
  },
  {
    form: 'server writes "<plain text>"',
    pattern: /^server writes "(.*)"$/,
    isAboutBytes: true,
    step:
      ([text = ''], line) =>
      (dialogue) =>
        dialogue.answersText(line, text),
  },
  {
    form: '<client> posts <number> bytes [how]',
    pattern: /^(\w+) posts (\d+) bytes(.*)$/,
    isAboutBytes: true,
    step: ([who = '', number = '', rest = ''], line) => {
      const how = readHow(rest, line)
      return (dialogue) => dialogue.posts(line, who, Buffer.alloc(Number(number), ' '), how)
    },
  },
  {
    form: '<client> posts the bytes <hexadecimal> [how]',
    pattern: /^(\w+) posts the bytes ((?:[0-9A-F]{2}){1,64})(.*)$/,
    isAboutBytes: true,
    step: ([who = '', hex = '', rest = ''], line) => {
      const how = readHow(rest, line)
      return (dialogue) => dialogue.posts(line, who, Buffer.from(hex, 'hex'), how)
    },
  },
  {
    form: '<client> posts [how], with the body below',
    pattern: /^(\w+) posts(?! \d| the bytes)(.*)$/,
    hasBody: true,
    isAboutBytes: true,
    step: ([who = '', rest = ''], line) => {
      const how = readHow(rest, line)
      const body = rawText(line.children)
      return (dialogue) => dialogue.posts(line, who, Buffer.from(fillIn(body, dialogue, line)), how)
    },
  },
  {
    form: '<client> does GET|HEAD|PUT|DELETE|OPTIONS <path>',
    pattern: /^(\w+) does (GET|PUT|DELETE|OPTIONS) (\/\S*)$/,
    step:
      ([who = '', method = '', path = ''], line) =>
      (dialogue) =>
        dialogue.does(line, who, method, path),
  },
  {
    form: '<client> repeats it',
    pattern: /^(\w+) repeats it$/,
    step:
      ([who = ''], line) =>
      (dialogue) =>
        dialogue.repeats(line, who),
  },
  {
    form: 'the answer is lost',
    pattern: /^the answer is lost$/,
    step: (_, line) => (dialogue) => dialogue.isLost(line),
  },
  {
    form: 'server answers nothing',
    pattern: /^server answers nothing$/,
    step: (_, line) => (dialogue) => dialogue.answersNothing(line),
  },
  {
    form: 'server refuses <HTTP status>',
    pattern: /^server refuses (4\d\d)$/,
    step:
      ([status = ''], line) =>
      (dialogue) =>
        dialogue.refuses(line, Number(status)),
  },
  {
    form: 'server answers several [how], with the primitives below',
    pattern: /^server answers several(.*)$/,
    hasBody: true,
    step: ([rest = ''], line) => {
      const { envelope } = readDue(rest, line)
      const due = line.children.map((one) => {
        const [, verb, name = '', code, more = ''] = /^(?:(sends) )?(\S+)(?: (\d{3}))?(.*)$/.exec(one.text) ?? []
        return dueOf(verb ?? 'answers', name, code, readDue(more, one), one)
      })
      return (dialogue) => dialogue.answers(line, due, envelope)
    },
  },
  {
    form: 'server answers|sends <primitive> [<code>] [how]',
    pattern: /^server (answers|sends) ([A-Z][A-Za-z-]+)(?: (\d{3}))?(.*)$/,
    hasBody: true,
    step: ([verb = '', name = '', code, rest = ''], line) => {
      const read = readDue(rest, line)
      const due = dueOf(verb, name, code, read, line)
      if (name.startsWith('WV-CSP-'))
        return (dialogue) => dialogue.answersDiscovery(line, due.primitive, read.envelope.version)
      return (dialogue) => dialogue.answers(line, [due], read.envelope)
    },
  },
]

/** A step that changes the world, and stands in the transcript as it stands in the script. */
const tell =
  (run: Run): Run =>
  async (dialogue) =>
    run(dialogue)

/** @throws ScriptError for a line that is no sentence of the language */
export function toStep(line: Line): Step {
  const { text } = line
  const found = sentences.find(({ pattern }) => pattern.test(text))
  if (!found)
    throw new ScriptError(
      line,
      `no sentence of the language; there are\n      ${sentences.map((one) => one.form).join('\n      ')}`,
    )
  if (line.children.length > 0 && !found.hasBody)
    throw new ScriptError(line, `nothing can be indented below "${found.form}"`)
  const [, ...words] = found.pattern.exec(text)!
  const run = found.step(words, line)
  return {
    line,
    isAboutBytes: found.isAboutBytes === true || / (typed "|written in )/.test(text),
    run: async (dialogue) => {
      if (/^(after|setting|account|operator|sweeper|table|\$)/.test(text))
        dialogue.note(`${line.file}:${line.number}: ${text}`)
      await run(dialogue)
    },
  }
}

type How = Manner & { readonly id?: { readonly template: string | undefined }; readonly answering?: boolean }

const value = String.raw`("[^"]*"|\S+)`

/** How a message is sent: the words after its primitive, in any order. */
const howWords: readonly { pattern: RegExp; set: (word: string) => How }[] = [
  { pattern: new RegExp(`^ in ${value}`), set: (session) => ({ session }) },
  { pattern: /^ (outband|inband)\b/, set: (type) => ({ sessionType: type === 'inband' ? 'Inband' : 'Outband' }) },
  { pattern: /^ without id\b/, set: () => ({ id: { template: undefined } }) },
  { pattern: new RegExp(`^ with id ${value}`), set: (template) => ({ id: { template } }) },
  { pattern: new RegExp(`^ answering ${value}`), set: (template) => ({ id: { template }, answering: true }) },
  { pattern: /^ to (\/\S*)/, set: (path) => ({ path }) },
  { pattern: /^ from (\S+)/, set: (source) => ({ source }) },
  { pattern: /^ over (http|https)\b/, set: (bearer) => ({ bearer }) },
  { pattern: /^ typed "([^"]*)"/, set: (contentType) => ({ contentType }) },
  { pattern: /^ written in (XML|WBXML)\b/, set: (encoding) => ({ encoding: encoding as 'XML' | 'WBXML' }) },
  { pattern: /^ speaking (1\.[123])/, set: (version) => ({ version: version as Version }) },
]

function readHow(text: string, line: Line): How {
  let how: How = {}
  let rest = text
  while (rest !== '') {
    const word = howWords.find(({ pattern }) => pattern.test(rest))
    if (!word) throw new ScriptError(line, `"${rest.trim()}" says nothing of how it is sent`)
    const [all, first = ''] = word.pattern.exec(rest)!
    how = { ...how, ...word.set(first) }
    rest = rest.slice(all.length)
  }
  return how
}

const opening = ({ id, answering }: How, primitive: Sketch): Opening => ({
  mode: answering ? 'Response' : 'Request',
  // A poll has no TransactionID of its own.
  id: id ? id.template : primitive.name === 'Polling-Request' ? '' : 'next',
  primitive,
})

interface ReadDue {
  readonly envelope: DueEnvelope
  readonly id?: string
  /** `...`: whatever is in the primitive. */
  readonly anything?: boolean
}

const dueWords: readonly { pattern: RegExp; set: (word: string, due: ReadDue) => ReadDue }[] = [
  { pattern: new RegExp(`^ in ${value}`), set: (session, due) => withEnvelope(due, { session }) },
  { pattern: /^ (outband)\b/, set: (_, due) => withEnvelope(due, { sessionType: 'Outband' }) },
  { pattern: new RegExp(`^ with id ${value}`), set: (id, due) => ({ ...due, id }) },
  { pattern: /^ with or without Poll\b/, set: (_, due) => withEnvelope(due, { poll: undefined }) },
  { pattern: /^ with Poll\b/, set: (_, due) => withEnvelope(due, { poll: true }) },
  { pattern: /^ with CIR (F)\b/, set: (cir, due) => withEnvelope(due, { cir }) },
  { pattern: /^ speaking (1\.[123])/, set: (version, due) => withEnvelope(due, { version: version as Version }) },
  { pattern: /^ \.\.\.$/, set: (_, due) => ({ ...due, anything: true }) },
  { pattern: /^ speaking (the newest version)/, set: (_, due) => withEnvelope(due, { version: newestVersion }) },
]

const withEnvelope = (due: ReadDue, more: Partial<DueEnvelope>): ReadDue => ({
  ...due,
  envelope: { ...due.envelope, ...more },
})

function readDue(text: string, line: Line): ReadDue {
  let due: ReadDue = { envelope: { poll: false } }
  let rest = text
  while (rest !== '') {
    const word = dueWords.find(({ pattern }) => pattern.test(rest))
    if (!word) throw new ScriptError(line, `"${rest.trim()}" says nothing of an answer`)
    const [all, first = ''] = word.pattern.exec(rest)!
    due = word.set(first, due)
    rest = rest.slice(all.length)
  }
  return due
}

/** A primitive that is due, with its Result in short where the line has a code. */
function dueOf(
  verb: string,
  name: string,
  code: string | undefined,
  { id, anything = false }: ReadDue,
  line: Line,
): Due {
  const plain = sketch({ ...line, text: name })
  if (code !== undefined && plain.children.length > 0)
    throw new ScriptError(line, 'the code stands either here or in a Result below')
  const result = code === undefined ? [] : [sketch({ ...line, text: `Result ${code}`, children: [] })]
  const primitive = { ...plain, anything, children: [...result, ...plain.children] }
  return { mode: verb === 'sends' ? 'Request' : 'Response', ...(id !== undefined && { id }), primitive }
}

/** `$name` in a raw body, and `[repeat(a, 300)]` for what is too long to write. */
const fillIn = (text: string, dialogue: Dialogue, line: Line): string =>
  dialogue.value(
    line,
    text.replace(/\[(\w+\([^)]*\))\]/g, (_, call: string) => evaluate(call, dialogue.values)),
  )

/** Versions as a script names them, or undefined for another text. */
export function readVersions(text: string): Version[] | undefined {
  const named = text.split(/\s+/)
  return named.every((one): one is Version => versions.some((version) => version === one))
    ? (named as Version[])
    : undefined
}

/** `firstName Ann, mobile +358 40 123` */
const factsIn = (text: string): Record<string, string> =>
  Object.fromEntries(text.split(/, */).flatMap((one) => (one ? [one.split(/ (.*)/s).slice(0, 2)] : [])))
