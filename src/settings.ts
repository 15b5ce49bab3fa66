import { serviceCodes } from './csp/services.ts'

/** What an operator can set, by environment variables. Times are in seconds, sizes in bytes. */
export interface Settings {
  /** The service's own domain: `ann` and `wv:ann@<domain>` are the same user. */
  readonly domain: string
  /** The range in which a client's TimeToLive is granted, and what it gets when it names none. */
  readonly keepAlive: { readonly min: number; readonly default: number; readonly max: number }
  /** R8: the window is `factor` × Keep-Alive-Time, at most `max` seconds. */
  readonly retention: { readonly factor: number; readonly max: number }
  /** R7: off answers every re-establishment request with 501. */
  readonly sessionReestablishment: boolean
  /** S2: off refuses a change of bearer or encoding within a session with 403. */
  readonly bearerChange: boolean
  /** Service codes that are not offered; R6 follows from it. */
  readonly servicesDisabled: ReadonlySet<string>
  /** The shortest poll interval that is agreed, in seconds. */
  readonly serverPollMin: number
  readonly maxRequestBytes: number
  /** Transactions that one message may hold. */
  readonly transactionsPerMessageMax: number
  /** Contact lists that a user may have (753). */
  readonly contactListsMax: number
  /** Members of a contact list (754). */
  readonly contactsPerListMax: number
  /** Attribute lists that a user may have, for users and contact lists together (755). */
  readonly attributeListsMax: number
  /** Bytes of one presence value (751). */
  readonly presenceValueMaxBytes: number
  /** Seconds for which a message is kept for whoever does not fetch it: when its sender says nothing, and at most. */
  readonly validity: { readonly default: number; readonly max: number }
  /** Bytes of a message's content, as it is sent. */
  readonly messageMaxBytes: number
  /** Messages and reports that are kept for a user (507). */
  readonly messagesStoredMax: number
  /** Groups that a user may have made (814). */
  readonly groupsMax: number
  /** Off: no digest login, and no password is stored in a form that can be opened again. */
  readonly fourWayLogin: boolean
  /** On: an unknown user is answered like a wrong password (409 instead of 531). */
  readonly hideUnknownUsers: boolean
  /** What GetSPInfo tells. */
  readonly serviceProvider: { readonly name: string; readonly description?: string; readonly url?: string }
}

/** Settings that only say where things are: the table, the key, the local stack. */
export interface Place {
  readonly table: string
  /** The DynamoDB endpoint; none is AWS's own for the region. */
  readonly dynamodbEndpoint?: string
  /** The SSM SecureString parameter that holds the sealing keys. */
  readonly sealingKeyParameter?: string
  /** A file that holds the sealing keys, in place of the parameter. */
  readonly sealingKeyFile?: string
  readonly stage: string
  readonly port: number
  readonly dynamodbPort: number
  readonly dataDir: string
}

export interface LoadedSettings {
  readonly settings: Settings
  readonly place: Place
  /** Sentences for the operator about values that are legal but unwise, and about names that nothing reads. */
  readonly warnings: readonly string[]
  /** The effective value of every setting by its name, as text. */
  readonly effective: Readonly<Record<string, string>>
}

/** A value that the service cannot run with; the message names the setting and says what would do. */
export class SettingError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>

/** Reads and checks values one by one, and remembers what came out. */
class Reader {
  readonly effective: Record<string, string> = {}
  readonly #environment: Environment

  constructor(environment: Environment) {
    this.#environment = environment
  }

  text(name: string, fallback: string, shape = /^[^\p{Cc}]*$/u, wants = 'plain text'): string {
    // An empty value is how deployment tools say "not set".
    const value = this.#environment[name]?.trim() || fallback
    if (!shape.test(value)) throw new SettingError(`${name}: "${value}" is not usable; it wants ${wants}.`)
    this.effective[name] = value
    return value
  }

  optional(name: string): string | undefined {
    return this.text(name, '') || undefined
  }

  whole(name: string, fallback: number, least: number, most: number): number {
    const value = Number(this.text(name, String(fallback), /^-?\d+$/, `a whole number from ${least} to ${most}`))
    if (value < least || value > most) {
      throw new SettingError(`${name}: ${value} is not usable; it wants a whole number from ${least} to ${most}.`)
    }
    return value
  }

  positive(name: string, fallback: number): number {
    const value = Number(this.text(name, String(fallback), /^-?\d+(\.\d+)?$/, 'a number over 0'))
    if (value <= 0 || value > 1e9) throw new SettingError(`${name}: ${value} is not usable; it wants a number over 0.`)
    return value
  }

  onOff(name: string, fallback: 'on' | 'off'): boolean {
    return this.text(name, fallback, /^(on|off)$/, 'on or off') === 'on'
  }
}

/**
 * Reads every `IMPS_*` variable, fills in defaults and checks them.
 *
 * @throws SettingError naming the first value that cannot be used
 */
export function loadSettings(environment: Environment): LoadedSettings {
  const read = new Reader(environment)
  const settings: Settings = {
    domain: read
      .text('IMPS_DOMAIN', 'localhost', /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, 'a domain name')
      .toLowerCase(),
    keepAlive: keepAlive(read),
    retention: {
      factor: read.positive('IMPS_RETENTION_FACTOR', 5),
      max: Math.ceil(read.positive('IMPS_RETENTION_MAX_SECONDS', 86400)),
    },
    sessionReestablishment: read.onOff('IMPS_SESSION_REESTABLISHMENT', 'on'),
    bearerChange: read.onOff('IMPS_BEARER_CHANGE', 'on'),
    servicesDisabled: servicesDisabled(read),
    serverPollMin: read.whole('IMPS_SERVER_POLL_MIN_SECONDS', 30, 0, 86400),
    maxRequestBytes: read.whole('IMPS_MAX_REQUEST_BYTES', 262144, 1024, 6_000_000),
    transactionsPerMessageMax: read.whole('IMPS_TRANSACTIONS_PER_MESSAGE_MAX', 10, 1, 100),
    contactListsMax: read.whole('IMPS_CONTACT_LISTS_MAX', 20, 1, 200),
    contactsPerListMax: read.whole('IMPS_CONTACTS_PER_LIST_MAX', 200, 1, 1000),
    attributeListsMax: read.whole('IMPS_ATTRIBUTE_LISTS_MAX', 500, 1, 5000),
    presenceValueMaxBytes: read.whole('IMPS_PRESENCE_VALUE_MAX_BYTES', 8192, 256, 16384),
    validity: validity(read),
    messageMaxBytes: read.whole('IMPS_MESSAGE_MAX_BYTES', 102400, 256, 4_000_000),
    messagesStoredMax: read.whole('IMPS_MESSAGES_STORED_MAX', 1000, 10, 100_000),
    groupsMax: read.whole('IMPS_GROUPS_MAX', 20, 0, 1000),
    fourWayLogin: read.onOff('IMPS_FOUR_WAY_LOGIN', 'on'),
    hideUnknownUsers: read.onOff('IMPS_HIDE_UNKNOWN_USERS', 'off'),
    serviceProvider: {
      name: read.text('IMPS_SERVICE_PROVIDER_NAME', 'Village'),
      description: read.optional('IMPS_SERVICE_PROVIDER_DESCRIPTION'),
      url: read.optional('IMPS_SERVICE_PROVIDER_URL'),
    },
  }
  const place: Place = {
    table: read.text('IMPS_TABLE', 'village', /^[A-Za-z0-9_.-]{3,255}$/, 'the name of a DynamoDB table'),
    dynamodbEndpoint:
      read.text('IMPS_DYNAMODB_ENDPOINT', '', /^(https?:\/\/\S+)?$/, 'an address such as http://127.0.0.1:8000') ||
      undefined,
    sealingKeyParameter: read.optional('IMPS_SEALING_KEY_PARAMETER'),
    sealingKeyFile: read.optional('IMPS_SEALING_KEY_FILE'),
    stage: read.text('IMPS_STAGE', 'local'),
    port: read.whole('IMPS_PORT', 3000, 0, 65535),
    dynamodbPort: read.whole('IMPS_DYNAMODB_PORT', 8000, 0, 65535),
    dataDir: read.text('IMPS_DATA_DIR', '.local'),
  }
  const unknown = Object.keys(environment).filter((name) => name.startsWith('IMPS_') && !(name in read.effective))
  return {
    settings,
    place,
    effective: read.effective,
    warnings: [...retentionWarnings(settings), ...unknown.map(unknownName)],
  }
}

function keepAlive(read: Reader): Settings['keepAlive'] {
  const min = read.whole('IMPS_KEEP_ALIVE_MIN_SECONDS', 30, 1, 604800)
  const max = read.whole('IMPS_KEEP_ALIVE_MAX_SECONDS', Math.max(7200, min), 1, 604800)
  if (max < min)
    throw new SettingError(`IMPS_KEEP_ALIVE_MAX_SECONDS: ${max} is less than IMPS_KEEP_ALIVE_MIN_SECONDS, ${min}.`)
  const fallback = read.whole('IMPS_KEEP_ALIVE_DEFAULT_SECONDS', Math.min(Math.max(600, min), max), 1, 604800)
  if (fallback < min || fallback > max) {
    throw new SettingError(
      `IMPS_KEEP_ALIVE_DEFAULT_SECONDS: ${fallback} is not between the least, ${min}, and the most, ${max}.`,
    )
  }
  return { min, default: fallback, max }
}

function validity(read: Reader): Settings['validity'] {
  const max = read.whole('IMPS_MESSAGE_VALIDITY_MAX_SECONDS', 604800, 60, 31_536_000)
  return { max, default: read.whole('IMPS_MESSAGE_VALIDITY_SECONDS', Math.min(86400, max), 60, max) }
}

function servicesDisabled(read: Reader): ReadonlySet<string> {
  const name = 'IMPS_SERVICES_DISABLED'
  const codes = read
    .text(name, '')
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((code) => code.toUpperCase())
  for (const code of codes) {
    if (!serviceCodes.has(code))
      throw new SettingError(`${name}: "${code}" is no service code of the protocol, such as GETSPI or SRCH.`)
    if (/^M[FPMG]$/.test(code))
      throw new SettingError(`${name}: ${code} stands for mandatory functions, which cannot be left out one by one.`)
  }
  return new Set(codes)
}

// R8
function retentionWarnings({ retention }: Settings): string[] {
  const warnings: string[] = []
  if (retention.factor < 5) {
    warnings.push(
      `IMPS_RETENTION_FACTOR: ${retention.factor} keeps ended sessions for less than the recommended five times the Keep-Alive-Time (rule R8).`,
    )
  }
  if (retention.max > 86400) {
    warnings.push(
      `IMPS_RETENTION_MAX_SECONDS: ${retention.max} keeps ended sessions for more than the recommended 24 hours (rule R8).`,
    )
  }
  return warnings
}

const unknownName = (name: string) => `${name}: no setting has this name, so it changes nothing.`
