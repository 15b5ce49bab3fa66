import { afterEach, describe, expect, test } from 'vitest'
import { type FunctionError, type RunningFunction, startFunction, startPackaged } from './runtimeApi.ts'

const running: RunningFunction[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((each) => each.stop()))
})

/** A function whose module is the given text. */
function start(module: string, timeoutSeconds = 10): RunningFunction {
  const started = startFunction({
    name: 'tried',
    handler: 'functions/tried.handler',
    files: [{ path: 'functions/tried.js', content: Buffer.from(module) }],
    environment: { GREETING: 'hello' },
    timeoutSeconds,
    memoryMegabytes: 256,
    logFormat: 'JSON',
    logLevel: 'INFO',
  })
  running.push(started)
  return started
}

const failure = (invocation: Promise<unknown>): Promise<FunctionError> =>
  invocation.then(
    () => Promise.reject(new Error('The invocation succeeded')),
    (error) => error,
  )

describe('a function in the stand-in of Lambda', () => {
  test('gets the event, the context and its environment, and is asked again in the same process', async () => {
    const tried = start(`
      let count = 0
      exports.handler = async (event, context) => ({
        event, count: ++count, greeting: process.env.GREETING, home: process.env.HOME,
        name: context.functionName, id: context.awsRequestId, left: context.getRemainingTimeInMillis(),
      })`)
    const first = await tried.invoke({ body: 'é' })
    expect(first).toMatchObject({ event: { body: 'é' }, count: 1, greeting: 'hello', name: 'tried' })
    expect(first).not.toHaveProperty('home')
    expect(await tried.invoke({})).toMatchObject({ count: 2 })
    const { id, left } = first as { id: string; left: number }
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(left).toBeGreaterThan(5_000)
  })

  test('gets a process for each invocation at the same time', async () => {
    const tried = start(`
      exports.handler = async () => { await new Promise((done) => setTimeout(done, 300)); return process.pid }`)
    const processes = await Promise.all([tried.invoke(1), tried.invoke(2)])
    expect(new Set(processes).size).toBe(2)
  })

  test('that throws says what, and goes on', async () => {
    const tried = start(`
      exports.handler = async (event) => { if (event.fail) throw new TypeError('as asked'); return 'well' }`)
    const error = await failure(tried.invoke({ fail: true }))
    expect(error).toMatchObject({ errorType: 'TypeError', message: 'TypeError: as asked' })
    expect(await tried.invoke({})).toBe('well')
  })

  test('that cannot be loaded says so', async () => {
    expect(await failure(start(`require('@middy/core')`).invoke({}))).toMatchObject({
      errorType: 'Error',
      message: expect.stringContaining(`Cannot find module '@middy/core'`),
    })
    expect(await failure(start('exports.other = 1').invoke({}))).toMatchObject({ errorType: 'Runtime.HandlerNotFound' })
  })

  test('that takes a callback is refused, as Node.js 24 does', async () => {
    const error = await failure(start('exports.handler = (event, context, callback) => callback(null, 1)').invoke({}))
    expect(error.errorType).toBe('Runtime.CallbackHandlerDeprecated')
  })

  test('that ends its process or runs out of time is gone, and the next invocation gets a new one', async () => {
    const tried = start(
      `exports.handler = async (event) => {
        if (event === 'exit') process.exit(3)
        if (event === 'hang') await new Promise((done) => setTimeout(done, 60_000))
        return 'well'
      }`,
      // A new process counts against it, and takes its time to start on a busy machine.
      5,
    )
    expect((await failure(tried.invoke('exit'))).message).toBe('Runtime.ExitError: Runtime exited: 3')
    expect((await failure(tried.invoke('hang'))).message).toBe('Sandbox.Timedout: Task timed out after 5.00 seconds')
    expect(await tried.invoke('go on')).toBe('well')
  })

  test('finds the SDK of the runtime by require', async () => {
    const tried = start(`exports.handler = async () => typeof require('@aws-sdk/client-ssm').SSMClient`)
    expect(await tried.invoke({})).toBe('function')
  })

  test('writes its console as JSON, and what goes to stdout as it is', async () => {
    const tried = start(`
      exports.handler = async () => {
        console.debug('unseen')
        console.log('seen %d', 1)
        console.warn({ code: 604 })
        process.stdout.write('{"_aws":{}}\\n')
      }`)
    expect(await tried.invoke({})).toBeNull()
    await expect.poll(() => tried.logs()).toContain('_aws')
    const lines = tried.logs().trim().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 'INFO', message: 'seen 1', requestId: expect.any(String) },
      { level: 'WARN', message: { code: 604 } },
      { _aws: {} },
    ])
  })
})

describe('the packaged functions', () => {
  test.for(['csp', 'login', 'keepAlive', 'polling', 'sweep'])(
    '%s starts',
    { timeout: 60_000 },
    async (functionName) => {
      const started = await startPackaged({ functionName, environment: { IMPS_TABLE: 'none' } })
      running.push(started)
      // Without a table no more can be asked: an answer, or an error of the handler's own, but none on the way to it.
      const answer = await started.invoke({}).catch((error: FunctionError) => error)
      expect(String((answer as FunctionError).errorType ?? '')).not.toMatch(/^(Runtime|Sandbox)\./)
      expect(started.logs()).not.toMatch(/Cannot find module|SyntaxError|ReferenceError/)
    },
  )
})
