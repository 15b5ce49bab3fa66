import { gatewayHandler } from '../src/adapters/lambda/gateway.ts'
import { pollingRoute } from '../src/adapters/lambda/routes.ts'
import { createVillage } from '../src/wiring.ts'

/** POST /csp/polling: Polling-Request, and acknowledgements of what it brought. */
export const handler = gatewayHandler(createVillage(process.env), pollingRoute.only)
