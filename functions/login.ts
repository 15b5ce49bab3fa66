import { gatewayHandler } from '../src/adapters/lambda/gateway.ts'
import { loginRoute } from '../src/adapters/lambda/routes.ts'
import { createVillage } from '../src/wiring.ts'

/** POST /csp/login: Login-Request alone. */
export const handler = gatewayHandler(createVillage(process.env), loginRoute.only)
