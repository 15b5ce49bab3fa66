import { type Content, Element, element } from './element.ts'

/**
 * The text that identifies a client: the ClientID's URL, MSISDN or plain text, trimmed (R4). Undefined when the client
 * names none.
 */
export function clientIdText(clientId: Element | undefined): string | undefined {
  return clientId?.textOf('URL') ?? clientId?.textOf('MSISDN') ?? clientId?.text
}

/** A ClientID as plain data for a snapshot: its children, or its text. */
export const storeClientId = (clientId: Element | undefined): Record<string, string> | undefined =>
  clientId &&
  Object.fromEntries([...clientId.children, ...(clientId.text ? [clientId] : [])].map((one) => [one.name, one.rawText]))

/** The ClientID of a snapshot as content, in the form in which the client gave it. */
export const restoreClientId = (stored: Record<string, string> | undefined): Content =>
  stored && (stored.ClientID !== undefined ? new Element('ClientID', stored.ClientID) : element('ClientID', stored))
