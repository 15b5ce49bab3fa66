import type { Element } from '../csp/element.ts'
import { encodeXml } from '../csp/xml/encode.ts'
import type { RenderContext } from './serverTransactions.ts'

/** Bytes of the message that brings a server transaction, in XML: no other encoding takes more. */
export const sizeInXml = (
  primitive: Element,
  { session: { id }, version }: Pick<RenderContext, 'session' | 'version'>,
): number =>
  encodeXml({
    kind: 'session',
    version,
    session: { type: 'Inband', id },
    transactions: [{ mode: 'Request', id: '999', primitive }],
    poll: true,
  }).length
