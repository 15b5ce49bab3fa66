/** An address of the service. Without `only` it takes every primitive. */
export interface Route {
  readonly path: string
  readonly only?: ReadonlySet<string>
}

/**
 * The narrow addresses, for clients and operators that can use separate ones. Every other path takes everything: a phone
 * knows one address only, and it is what somebody typed into it (clients.md 4).
 */
export const loginRoute = { path: '/csp/login', only: new Set(['Login-Request']) } satisfies Route
export const keepAliveRoute = { path: '/csp/keepalive', only: new Set(['KeepAlive-Request']) } satisfies Route
/** Takes acknowledgements as well, in either mode. */
export const pollingRoute = {
  path: '/csp/polling',
  only: new Set(['Polling-Request', 'Status', 'MessageDelivered']),
} satisfies Route

export const routes: readonly Route[] = [loginRoute, keepAliveRoute, pollingRoute]
