import fc from 'fast-check'
import { contentModels, type Model } from '../../src/csp/contentModel.ts'
import { Element } from '../../src/csp/element.ts'
import type { SessionMessage } from '../../src/csp/message.ts'
import { type Version, versions } from '../../src/csp/versions.ts'

export const version = fc.constantFrom<Version>(...versions)

/** Text that XML can carry: any Unicode but what XML 1.0 has no place for. */
export const text = fc
  .string({ unit: 'binary', maxLength: 20 })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no place for these
  .map((one) => one.replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu, ''))

/** An element that fits the content model of a version: what a server may send. */
export function conforming(name: string, of: Version, depth = 0): fc.Arbitrary<Element> {
  const model = contentModels[of].get(name)
  if (!model || depth > 8) return text.map((content) => new Element(name, content))
  return children(model, of, depth).map((content) => new Element(name, content))
}

function children(model: Model, of: Version, depth: number): fc.Arbitrary<Element[]> {
  const parts = model.map(({ name, occurs }) => {
    const least = occurs === '1' || occurs === '+' ? 1 : 0
    const most = occurs === '*' || occurs === '+' ? 3 : 1
    return fc.array(conforming(name, of, depth + 1), { minLength: least, maxLength: depth > 3 ? least : most })
  })
  return fc.tuple(...parts).map((found) => found.flat())
}

/** Elements that a message can hold inside TransactionContent. */
export const primitiveNames = (of: Version): string[] =>
  [...contentModels[of].keys()].filter((name) =>
    /-(Request|Response)$|^(Status|Disconnect|NewMessage|MessageDelivered)$/.test(name),
  )

/** Any message that a server or a client may send in some version. */
export const message: fc.Arbitrary<SessionMessage> = version.chain((of) => {
  const identifier = text.map((one) => one.trim()).filter((one) => one !== '')
  const transaction = fc.record({
    mode: fc.constantFrom('Request' as const, 'Response' as const),
    id: identifier,
    primitive: fc.constantFrom(...primitiveNames(of)).chain((name) => conforming(name, of)),
  })
  return fc.record({
    kind: fc.constant('session' as const),
    version: fc.constant(of),
    session: fc.record({ type: fc.constant('Inband' as const), id: identifier }),
    transactions: fc.array(transaction, { minLength: 1, maxLength: 3 }),
  })
})
