import type { Element } from '../../src/csp/element.ts'
import type { SessionMessage } from '../../src/csp/message.ts'

/** An element as plain data: what it says, compared more quickly and shown more clearly. */
export const outline = (one: Element): unknown =>
  one.children.length > 0 ? [one.name, one.children.map(outline)] : [one.name, one.rawText]

/** What a message says, whatever it was encoded in. */
export const said = ({ version, session, transactions }: SessionMessage) => ({
  version,
  session,
  transactions: transactions.map(({ mode, id, primitive }) => ({ mode, id, primitive: outline(primitive) })),
})
