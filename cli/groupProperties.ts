import { CspError } from '../src/csp/cspError.ts'
import { type ContentTree, element } from '../src/csp/element.ts'
import type { NewGroup } from '../src/groups/creating.ts'
import { readGroupProperties } from '../src/groups/properties.ts'
import type { Input, Options } from './command.ts'
import { UsageError } from './errors.ts'

type Properties = NewGroup['properties']

export const propertyOptions: Options = {
  property: { value: 'NAME=VALUE', help: 'a property, as Topic=Chess; once for each of them', repeats: true },
  welcome: { value: 'TEXT', help: 'a welcome note for everybody who joins' },
  history: { help: 'what is said can be listed for as long as it is valid; the same as --property History=T' },
}

/**
 * The properties that an operator has written: those that clients can set, with the same values.
 *
 * @throws UsageError for a property that there is not, or that cannot be set, or a value that it cannot have
 */
export function readProperties({ text, texts, isSet }: Input): Properties {
  const written = [...texts('property'), ...(isSet('history') ? ['History=T'] : [])]
  const note = text('welcome')
  return Object.assign({}, ...written.map(readProperty), note === undefined ? {} : readNote(note))
}

function readProperty(written: string): Properties {
  const [, Name, Value] = /^([^=]+)=(.*)$/s.exec(written) ?? []
  if (Name === undefined || Value === undefined) throw new UsageError(`--property: "${written}" is not NAME=VALUE.`)
  const read = reading('property', written, { Property: { Name, Value } })
  if (Object.keys(read).length === 0) throw new UsageError(`--property: ${Name} cannot be set.`)
  return read
}

function readNote(written: string): Properties {
  if (written.trim() === '') throw new UsageError('--welcome: the note is empty.')
  return reading('welcome', written, { WelcomeNote: { ContentType: 'text/plain', ContentData: written } })
}

function reading(option: string, written: string, content: ContentTree): Properties {
  // XML has no way to say them.
  if (/[^\P{Cc}\t\n\r]|\p{Cs}/u.test(written))
    throw new UsageError(`--${option} has characters in it that no phone can show.`)
  try {
    return readGroupProperties(element('GroupProperties', content))
  } catch (error) {
    throw error instanceof CspError ? new UsageError(`--${option}: ${error.message}.`) : error
  }
}
