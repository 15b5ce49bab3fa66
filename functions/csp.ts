import { gatewayHandler } from '../src/adapters/lambda/gateway.ts'
import { createVillage } from '../src/wiring.ts'

/** Any path, any CSP transaction: a phone knows one address only. */
export const handler = gatewayHandler(createVillage(process.env))
