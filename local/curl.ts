import { namespaces } from '../src/csp/versions.ts'
import type { DemoAccount } from './demoAccounts.ts'

/** A shell command that logs an account in: CSP 1.2, the password in clear. It can be pasted as it is. */
export function curlLogin(url: string, { name, password }: DemoAccount): string {
  const { session, transaction } = namespaces['1.2']
  const message =
    `<WV-CSP-Message xmlns="${session}"><Session>` +
    '<SessionDescriptor><SessionType>Outband</SessionType></SessionDescriptor><Transaction>' +
    '<TransactionDescriptor><TransactionMode>Request</TransactionMode><TransactionID>1</TransactionID></TransactionDescriptor>' +
    `<TransactionContent xmlns="${transaction}"><Login-Request><UserID>wv:${name}</UserID>` +
    `<ClientID><URL>curl</URL></ClientID><Password>${password}</Password><TimeToLive>600</TimeToLive>` +
    '<SessionCookie>curl</SessionCookie></Login-Request></TransactionContent>' +
    '</Transaction></Session></WV-CSP-Message>'
  return `curl -sS -H 'Content-Type: application/vnd.wv.csp.xml' --data-binary '${message}' ${url}/`
}
