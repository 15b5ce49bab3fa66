import { Element, element } from '../element.ts'
import { isAtLeast, type Version } from '../versions.ts'
import { clientTypes, codeTable, plainValues, type ValueTable, valueTable } from './codeTable.ts'
import type { Form } from './forms.ts'
import { recordsOf, textOf, textsOf, type Value } from './value.ts'

const capabilityCodes = codeTable({
  CT: 'ClientType',
  CI: 'CIRHTTPAddress',
  DL: 'DefaultLanguage',
  ID: 'InitialDeliveryMethod',
  MT: 'MultiTrans',
  PS: 'ParserSize',
  PM: 'ServerPollMin',
  SB: 'SupportedBearer',
  SC: 'SupportedCIRMethod',
  TA: 'TCPAddress',
  TP: 'TCPPort',
  UP: 'UDPPort',
})

const values: Readonly<Record<string, ValueTable>> = {
  ClientType: clientTypes,
  SupportedCIRMethod: valueTable({ SS: 'SSMS', ST: 'STCP', SU: 'SUDP', WS: 'WAPSMS', WU: 'WAPUDP' }),
}

const valuesOf = (name: string) => values[name] ?? plainValues

/** CapabilityList of a request: a group of (code,value), one for each value. Capabilities without a code are left out. */
export const capabilityList: Form = listOf(() => 'CapabilityList')

/** The agreed ones: 1.1 calls them CapabilityList too. */
export const agreedCapabilityList: Form = listOf((version) =>
  isAtLeast(version, '1.2') ? 'AgreedCapabilityList' : 'CapabilityList',
)

function listOf(nameIn: (version: Version) => string): Form {
  return {
    write: (primitive, version) => {
      const list = primitive.child(nameIn(version))
      return list?.children.flatMap(writeCapability)
    },
    read: (value, version) => {
      const capabilities = recordsOf(value).flatMap((pair) => readCapability(pair, version))
      return value === '' ? [] : [new Element(nameIn(version), capabilities)]
    },
  }
}

function writeCapability(capability: Element): Value[] {
  // 1.2 has another name for the address.
  const name = capability.name === 'CIRURL' ? 'CIRHTTPAddress' : capability.name
  const [code, text] = [capabilityCodes.codeOf(name), capability.textOf('URL') ?? capability.text]
  return code === undefined || text === undefined ? [] : [[code, valuesOf(name).write(text)]]
}

/** Several values in one pair are taken too. */
function readCapability([code, ...told]: readonly Value[], version: Version): Element[] {
  const name = capabilityCodes.nameOf(textOf(code) ?? '')
  if (name === undefined) return []
  const texts = told.flatMap(textsOf)
  if (name !== 'CIRHTTPAddress') return texts.map((one) => new Element(name, valuesOf(name).read(one)))
  return texts.map((URL) => element(isAtLeast(version, '1.3') ? name : 'CIRURL', { URL }))
}
