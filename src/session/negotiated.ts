import type { Element } from '../csp/element.ts'
import { packFunctions } from '../csp/services.ts'
import { isAtLeast } from '../csp/versions.ts'
import type { Context } from '../transactions/transaction.ts'
import { agreeCapabilities, type CapabilityValues, hotCapabilities } from './capabilityNegotiation.ts'
import { requestedFunctions } from './serviceNegotiation.ts'
import type { Session } from './session.ts'

/** What a message that may carry `Functions` and a `CapabilityList` leads to. */
export interface Negotiated {
  /** For the hot item. */
  readonly change: Pick<Session, 'functions' | 'capabilities' | 'capabilityPending' | 'delivery'>
  /** For the cold item and the answer. */
  readonly capabilities?: CapabilityValues
  /** Wanted and not provided: the `Functions` of the answer. Absent when no functions were named. */
  readonly notProvided?: ReadonlySet<string>
}

/** Agrees on functions. Undefined when none are named, which leaves what was agreed before. */
export function negotiateFunctions(functions: Element | undefined, { version, offered }: Context) {
  const requested = requestedFunctions(functions, version)
  if (!requested) return undefined
  const agreed = [...requested].filter((code) => offered.has(code))
  const notProvided = new Set([...requested].filter((code) => !offered.has(code)))
  return { functions: packFunctions(agreed), notProvided }
}

/** @throws CspError 402 naming a value that cannot be understood */
export const negotiateCapabilities = (list: Element, { village }: Context): CapabilityValues =>
  agreeCapabilities(list, { serverPollMin: village.settings.serverPollMin, cirMethods: village.cirMethods })

/** The negotiation that a 1.3 login may carry within itself. Nothing in other versions. */
export function negotiateInLogin(
  request: { functions?: Element; capabilityList?: Element },
  context: Context,
): Negotiated {
  if (!isAtLeast(context.version, '1.3')) return { change: {} }
  const functions = negotiateFunctions(request.functions, context)
  const capabilities = request.capabilityList && negotiateCapabilities(request.capabilityList, context)
  return {
    change: {
      ...(functions && { functions: functions.functions }),
      ...(capabilities && {
        capabilities: hotCapabilities(capabilities),
        capabilityPending: false,
        delivery: undefined,
      }),
    },
    ...(capabilities && { capabilities }),
    ...(functions && { notProvided: functions.notProvided }),
  }
}
