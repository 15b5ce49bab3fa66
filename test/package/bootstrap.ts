/**
 * Does in a process of its own what Lambda's Node.js runtime does: finds the handler that `_HANDLER` names under
 * `LAMBDA_TASK_ROOT`, then asks the Runtime API for one invocation after the other and posts what came of each.
 *
 * Source: "Using the Lambda runtime API" and "Building a custom runtime" in the Lambda developer guide; what is particular to
 * Node.js (the order in which modules are tried, JSON logs, no callbacks from Node 24 on) from its chapter there.
 */

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'

type Handler = (event: unknown, context: object) => unknown

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`
let requestId: string | undefined

/** An error that the runtime itself has a name for. */
class RuntimeError extends Error {
  constructor(name: string, message: string) {
    super(message)
    this.name = name
  }
}

async function loadHandler(): Promise<Handler> {
  const [, path = '', name = ''] = /^(.*)\.([^./]+)$/.exec(process.env._HANDLER ?? '') ?? []
  const loaded = await loadModule(resolve(process.env.LAMBDA_TASK_ROOT ?? '', path))
  const handler = loaded[name]
  if (typeof handler !== 'function') {
    throw new RuntimeError('Runtime.HandlerNotFound', `${process.env._HANDLER} is undefined or not a function`)
  }
  if (handler.length >= 3) {
    throw new RuntimeError('Runtime.CallbackHandlerDeprecated', 'Node.js 24 has no handlers that take a callback')
  }
  return handler as Handler
}

/** `.js` is required, unless the nearest package.json makes an ES module of it; then `.mjs`, then `.cjs`. */
async function loadModule(path: string): Promise<Record<string, unknown>> {
  const require = createRequire(`${path}.js`)
  if (existsSync(`${path}.js`))
    return isEsModule(path) ? import(pathToFileURL(`${path}.js`).href) : require(`${path}.js`)
  if (existsSync(`${path}.mjs`)) return import(pathToFileURL(`${path}.mjs`).href)
  if (existsSync(`${path}.cjs`)) return require(`${path}.cjs`)
  throw new RuntimeError('Runtime.ImportModuleError', `Cannot find module ${path}`)
}

function isEsModule(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json')
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')).type === 'module'
    if (folder === dirname(folder)) return false
  }
}

/** The console writes one JSON object a line, from the level on that the function's logging configuration has. */
function makeConsoleWriteJson(): void {
  const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']
  const least = levels.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL ?? 'INFO')
  const write =
    (level: string) =>
    (...parts: unknown[]) => {
      if (levels.indexOf(level) < least) return
      const [first] = parts
      const isObject = parts.length === 1 && typeof first === 'object' && first !== null && !(first instanceof Error)
      const message = isObject ? first : format(...parts)
      process.stdout.write(`${JSON.stringify({ timestamp: new Date().toISOString(), level, requestId, message })}\n`)
    }
  console.trace = write('TRACE')
  console.debug = write('DEBUG')
  console.log = write('INFO')
  console.info = write('INFO')
  console.warn = write('WARN')
  console.error = write('ERROR')
}

function contextOf(headers: Headers): object {
  const deadline = Number(headers.get('lambda-runtime-deadline-ms'))
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: headers.get('lambda-runtime-invoked-function-arn'),
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  }
}

function describe(error: unknown): string {
  const known = error instanceof Error
  return JSON.stringify({
    errorType: known ? error.name : typeof error,
    errorMessage: known ? error.message : String(error),
    trace: known ? (error.stack ?? '').split('\n') : [],
  })
}

async function post(path: string, body: string): Promise<void> {
  await fetch(`${api}${path}`, { method: 'POST', body })
}

async function serve(handler: Handler): Promise<never> {
  for (;;) {
    const next = await fetch(`${api}/invocation/next`)
    requestId = next.headers.get('lambda-runtime-aws-request-id') ?? undefined
    const event = await next.json()
    try {
      const answer = await handler(event, contextOf(next.headers))
      await post(`/invocation/${requestId}/response`, JSON.stringify(answer === undefined ? null : answer))
    } catch (error) {
      console.error(error)
      await post(`/invocation/${requestId}/error`, describe(error))
    }
  }
}

process.on('uncaughtException', async (error) => {
  console.error('Uncaught Exception', error)
  await post(`/invocation/${requestId}/error`, describe(error))
  process.exit(129)
})

if (process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON') makeConsoleWriteJson()
let handler: Handler
try {
  handler = await loadHandler()
} catch (error) {
  console.error(error)
  await post('/init/error', describe(error))
  process.exit(1)
}
await serve(handler)
