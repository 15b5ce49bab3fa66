import { element } from './csp/element.ts'
import { type DiscoveryMessage, discoveryResponse } from './csp/message.ts'
import { namespaces, spokenVersion, versions } from './csp/versions.ts'

/**
 * WV-CSP-VersionDiscovery: the namespaces of every version that this service speaks, newest first. There is neither
 * session nor transaction. Asked in a version that is not spoken, it answers in the highest.
 */
export function discoverVersions({ version }: DiscoveryMessage): DiscoveryMessage {
  const spoken = [...versions].reverse().map((one) => namespaces[one])
  return {
    kind: 'discovery',
    version: spokenVersion(version),
    content: element(discoveryResponse, {
      VersionList: {
        SessionNSName: spoken.map((one) => one.session),
        TransactionNSName: spoken.map((one) => one.transaction),
        PresenceAttributeNSName: spoken.map((one) => one.presence),
      },
    }),
  }
}
