import { gatewayHandler } from '../src/adapters/lambda/gateway.ts'
import { keepAliveRoute } from '../src/adapters/lambda/routes.ts'
import { createVillage } from '../src/wiring.ts'

/** POST /csp/keepalive: KeepAlive-Request alone. */
export const handler = gatewayHandler(createVillage(process.env), keepAliveRoute.only)
