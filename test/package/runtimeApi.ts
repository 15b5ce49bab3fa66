/**
 * Runs packaged functions as Lambda runs them: the unpacked zip in a process of its own on Node 24, with the environment,
 * memory and time-out that the template gives it and none of this machine's, fed through an HTTP server that stands for the
 * Lambda Runtime API.
 *
 * As in Lambda, an execution environment starts with the first invocation (a cold start), has one invocation at a time and is
 * used again for the next; whoever comes while all are busy gets a new one. One that crashed or ran out of time is gone.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '../../infra/bundles.ts'
import type { ZippedFile } from '../../infra/zip.ts'
import { node } from './node.ts'
import { packaged, settingDefaults } from './packaged.ts'

/** A function that can be invoked. */
export interface RunningFunction {
  /** What the handler answers, after a round trip through JSON. Rejects with a {@link FunctionError}. */
  invoke(event: unknown): Promise<unknown>
  /** Ends every process and removes every file that it made. */
  stop(): Promise<void>
  /** What all its processes wrote so far: log lines, as they would reach CloudWatch. */
  logs(): string
}

/** What Lambda needs to know of a function. */
export interface FunctionConfiguration {
  name: string
  handler: string
  files: Pick<ZippedFile, 'path' | 'content'>[]
  environment: Record<string, string>
  timeoutSeconds: number
  memoryMegabytes: number
  logFormat: string
  logLevel: string
}

/** An invocation that failed: the handler threw, could not be loaded, ended its process or ran out of time. */
export class FunctionError extends Error {
  /** The name of the error that was thrown, or Lambda's name of what happened (`Sandbox.Timedout`, `Runtime.ExitError`, …). */
  readonly errorType: string
  readonly trace: string[]

  constructor(errorType: string, errorMessage: string, trace: string[] = []) {
    super(`${errorType}: ${errorMessage}`)
    this.name = 'FunctionError'
    this.errorType = errorType
    this.trace = trace
  }
}

/**
 * The packaged function of that name (as in serverless.yml). `environment` comes on top of what the template says; where that
 * refers to a resource (IMPS_TABLE), it is the only source.
 */
export async function startPackaged(options: {
  functionName: string
  environment?: Record<string, string>
}): Promise<RunningFunction> {
  const { template, bundles } = await packaged()
  const bundle = bundles.find(({ name }) => name === options.functionName)
  if (!bundle) throw new Error(`There is no packaged function ${options.functionName}`)
  const properties = Object.values(template.Resources).find(
    ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.Handler === bundle.handler,
  )?.Properties
  // A file `.env` of the operator's can get into the template where a default is empty: the defaults go before it here.
  const variables = Object.entries<unknown>({ ...properties.Environment.Variables, ...impsDefaults() })
  const literals = variables.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return startFunction({
    name: properties.FunctionName,
    handler: bundle.handler,
    files: bundle.files,
    environment: { ...Object.fromEntries(literals), ...options.environment },
    timeoutSeconds: properties.Timeout,
    memoryMegabytes: properties.MemorySize,
    logFormat: properties.LoggingConfig.LogFormat,
    logLevel: properties.LoggingConfig.ApplicationLogLevel,
  })
}

const impsDefaults = () =>
  Object.fromEntries(Object.entries(settingDefaults()).filter(([name]) => name.startsWith('IMPS_')))

/** Any function, packaged or not. */
export function startFunction(configuration: FunctionConfiguration): RunningFunction {
  const folder = mkdtempSync(join(tmpdir(), 'village-lambda-'))
  const log: string[] = []
  const place: Place = {
    task: join(folder, 'task'),
    runtime: join(folder, 'runtime'),
    write: (text) => log.push(text),
  }
  unpack(configuration.files, place.task)
  provideRuntimeModules(place.runtime)
  const environments = new Set<ExecutionEnvironment>()

  return {
    async invoke(event) {
      let environment = [...environments].find(({ isIdle }) => isIdle)
      if (!environment) {
        environment = new ExecutionEnvironment(configuration, place)
        environments.add(environment)
      }
      try {
        return await environment.invoke(event)
      } finally {
        if (environment.isGone) environments.delete(environment)
      }
    },
    async stop() {
      await Promise.all([...environments].map((environment) => environment.stop()))
      rmSync(folder, { recursive: true, force: true })
    },
    logs: () => log.join(''),
  }
}

/** Where a function's code and the runtime's own modules are, and where what it says goes. */
interface Place {
  task: string
  runtime: string
  write(text: string): void
}

function unpack(files: FunctionConfiguration['files'], folder: string): void {
  for (const { path, content } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

/** The managed runtime brings the AWS SDK, found through NODE_PATH, and nothing else: what else a bundle needs is in it. */
function provideRuntimeModules(folder: string): void {
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  for (const scope of ['@aws-sdk', '@smithy']) {
    symlinkSync(join(root, 'node_modules', scope), join(folder, 'node_modules', scope), 'junction')
  }
}

interface Invocation {
  id: string
  event: string
  deadline: number
  /** Set when the runtime has answered. It is told when the runtime asks for the next one, or ends: then it is done. */
  outcome?: () => void
  resolve(answer: unknown): void
  reject(error: FunctionError): void
}

/** What Lambda takes as the answer of a synchronous invocation, in bytes. */
const answerLimit = 6 * 1024 * 1024

class ExecutionEnvironment {
  readonly #configuration: FunctionConfiguration
  readonly #place: Place
  readonly #server: Server
  #process: ChildProcess | undefined
  /** The runtime's request for the next invocation, while there is none. */
  #waiting: ServerResponse | undefined
  #invocation: Invocation | undefined
  isGone = false

  constructor(configuration: FunctionConfiguration, place: Place) {
    this.#configuration = configuration
    this.#place = place
    this.#server = createServer((request, response) => {
      // A process that is ended in the middle of a request breaks it off.
      this.#answer(request, response).catch(() => response.destroy())
    })
    this.#server.keepAliveTimeout = 0
    this.#server.listen(0, '127.0.0.1', () => this.#startProcess())
  }

  get isIdle(): boolean {
    return !this.#invocation && !this.isGone
  }

  async invoke(event: unknown): Promise<unknown> {
    const timeout = this.#configuration.timeoutSeconds
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#invocation = {
      id: randomUUID(),
      event: JSON.stringify(event ?? null),
      deadline: Date.now() + timeout * 1000,
      resolve,
      reject,
    }
    this.#handOver()
    const timer = setTimeout(() => {
      this.#end(new FunctionError('Sandbox.Timedout', `Task timed out after ${timeout.toFixed(2)} seconds`))
    }, timeout * 1000)
    try {
      return await promise
    } finally {
      clearTimeout(timer)
      this.#invocation = undefined
    }
  }

  async stop(): Promise<void> {
    const child = this.#process
    const ended = child && child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
    this.#end(new FunctionError('Sandbox.Stopped', 'The test stopped the function'))
    await ended
  }

  #end(reason: FunctionError): void {
    this.isGone = true
    this.#invocation?.outcome?.()
    this.#invocation?.reject(reason)
    this.#process?.kill('SIGKILL')
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #startProcess(): void {
    if (this.isGone) return
    const { name, handler, environment, memoryMegabytes, logFormat, logLevel } = this.#configuration
    const { task, runtime, write } = this.#place
    const heap = Math.floor(memoryMegabytes * 0.9)
    const bootstrap = fileURLToPath(new URL('./bootstrap.ts', import.meta.url))
    const child = spawn(node, [`--max-old-space-size=${heap}`, bootstrap], {
      cwd: task,
      env: {
        ...environment,
        _HANDLER: handler,
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes),
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
        AWS_LAMBDA_LOG_STREAM_NAME: '2000/01/01/[$LATEST]0',
        AWS_LAMBDA_LOG_FORMAT: logFormat,
        AWS_LAMBDA_LOG_LEVEL: logLevel,
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_REGION: 'us-east-1',
        AWS_DEFAULT_REGION: 'us-east-1',
        // Of the form that Lambda gives, and good for nothing.
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_SESSION_TOKEN: 'test',
        LAMBDA_TASK_ROOT: task,
        LAMBDA_RUNTIME_DIR: runtime,
        NODE_PATH: join(runtime, 'node_modules'),
        LANG: 'en_US.UTF-8',
        TZ: ':UTC',
        PATH: '/usr/local/bin:/usr/bin:/bin',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#process = child
    child.stdout.setEncoding('utf8').on('data', write)
    child.stderr.setEncoding('utf8').on('data', write)
    child.on('exit', (code, signal) => {
      this.#end(new FunctionError('Runtime.ExitError', `Runtime exited: ${signal ?? code}`))
    })
  }

  /** Gives the invocation to the runtime as soon as there are both. */
  #handOver(): void {
    if (!this.#waiting || !this.#invocation) return
    const { id, event, deadline } = this.#invocation
    this.#waiting.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': id,
      'lambda-runtime-deadline-ms': String(deadline),
      'lambda-runtime-invoked-function-arn': `arn:aws:lambda:us-east-1:000000000000:function:${this.#configuration.name}`,
      'lambda-runtime-trace-id': 'Root=1-00000000-000000000000000000000000;Sampled=0',
    })
    this.#waiting.end(event)
    this.#waiting = undefined
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.replace('/2018-06-01/runtime', '') ?? ''
    if (request.method === 'GET' && path === '/invocation/next') {
      this.#waiting = response
      if (this.#invocation?.outcome) this.#invocation.outcome()
      else this.#handOver()
      return
    }
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    response.writeHead(202).end()
    if (path === '/init/error') this.#end(errorFrom(body))
    else if (this.#invocation) note(this.#invocation, path, body)
  }
}

function note(invocation: Invocation, path: string, body: Buffer): void {
  if (path === `/invocation/${invocation.id}/error`) {
    const error = errorFrom(body)
    invocation.outcome = () => invocation.reject(error)
  } else if (path === `/invocation/${invocation.id}/response`) {
    invocation.outcome = () => {
      if (body.length <= answerLimit) invocation.resolve(JSON.parse(body.toString()))
      else invocation.reject(new FunctionError('Function.ResponseSizeTooLarge', `${body.length} bytes`))
    }
  }
}

function errorFrom(body: Buffer): FunctionError {
  const { errorType, errorMessage, trace } = JSON.parse(body.toString())
  return new FunctionError(errorType, errorMessage, trace)
}
