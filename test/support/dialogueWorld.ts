import { Agent } from 'node:http'
import { startGateway } from '../../local/gateway.ts'
import { newSealingKeys, parseSealingKeys } from '../../src/accounts/sealing.ts'
import { type GatewayHandler, gatewayHandler } from '../../src/adapters/lambda/gateway.ts'
import { routes } from '../../src/adapters/lambda/routes.ts'
import { loadSettings } from '../../src/settings.ts'
import { createStore } from '../../src/store/store.ts'
import type { Table } from '../../src/store/table.ts'
import type { Village } from '../../src/village.ts'
import { type Clock, createClock } from './clock.ts'
import { createRandomBytes } from './random.ts'

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
}

/** A service of its own for one dialogue: real front, real store, and a clock that only the script moves. */
export interface World {
  readonly village: Village
  readonly table: Table
  readonly clock: Clock
  readonly log: readonly LogLine[]
  readonly url: string
  readonly agent: Agent
  /** Changes a setting from now on; undefined takes it back. @throws SettingError */
  set(name: string, value: string | undefined): void
  close(): Promise<void>
}

/** Headers by which a script says what a gateway would know of a connection. They go no further than this file. */
export const sourceHeader = 'x-script-source'
export const bearerHeader = 'x-script-bearer'

/** @param seed gives each dialogue its own random bytes, the same at every run */
export async function createWorld(table: Table, seed: string): Promise<World> {
  const environment: Record<string, string> = {}
  const clock = createClock()
  const random = createRandomBytes(seed)
  const keys = parseSealingKeys(newSealingKeys(createRandomBytes(`${seed} keys`)))
  const log: LogLine[] = []
  const write =
    (level: LogLine['level']) =>
    (event: string, ...more: unknown[]) =>
      void log.push({ level, text: `${event} ${more.map(inWords).join(' ')}` })
  let settings = loadSettings(environment).settings
  const village: Village = {
    get settings() {
      return settings
    },
    store: createStore(table, random),
    sealingKeys: async () => keys,
    now: clock.now,
    random,
    log: { info: write('info'), warn: write('warn'), error: write('error'), metric: () => {} },
    cirMethods: [],
  }
  // However long this machine stands still, no connection is closed.
  const timeouts = { headersTimeout: 0, requestTimeout: 0, keepAliveTimeout: 0 }
  const gateway = await startGateway({ handlers: handlersOf(village), port: 0, log: village.log, timeouts })
  const agent = new Agent({ keepAlive: true })
  return {
    village,
    table,
    clock,
    log,
    url: gateway.url,
    agent,
    set(name, value) {
      const { [name]: _, ...others } = environment
      const next = value === undefined ? others : { ...others, [name]: value }
      const { settings: changed, warnings } = loadSettings(next)
      const unknown = warnings.find((warning) => warning.startsWith(`${name}: no setting`))
      if (unknown) throw new Error(unknown)
      settings = changed
      if (value === undefined) delete environment[name]
      else environment[name] = value
    },
    async close() {
      agent.destroy()
      await gateway.stop()
    },
  }
}

/** The functions as they are deployed: everything on every path, and the narrow addresses. */
function handlersOf(village: Village) {
  const narrow = routes.map(({ path, only }): [string, GatewayHandler] => [
    `POST ${path}`,
    asTold(gatewayHandler(village, only)),
  ])
  return { $default: asTold(gatewayHandler(village)), ...Object.fromEntries(narrow) }
}

/** Lets a request come from where its script says, and over the bearer that it says. */
const asTold =
  (handler: GatewayHandler): GatewayHandler =>
  (event, context) => {
    const { [sourceHeader]: sourceIp, [bearerHeader]: bearer, ...headers } = event.headers
    const { http } = event.requestContext
    return handler(
      {
        ...event,
        headers: { ...headers, ...(bearer && { 'x-forwarded-proto': bearer }) },
        requestContext: { ...event.requestContext, http: { ...http, ...(sourceIp && { sourceIp }) } },
      },
      context,
    )
  }

const inWords = (value: unknown): string =>
  value instanceof Error ? `${value.name}: ${value.message}` : (JSON.stringify(value) ?? '')
