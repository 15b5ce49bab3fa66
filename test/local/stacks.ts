import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dataFolder } from '../../local/dataFolder.ts'
import { silentLog } from '../../local/log.ts'
import { ensureSealingKeyFile } from '../../local/sealingKeyFile.ts'
import { type Stack, type StackOptions, startStack } from '../../local/stack.ts'
import type { ServiceAnswer } from '../../src/service.ts'
import { Phone, type PhoneOptions, type Reply, toReply } from '../support/phone.ts'

/** Local stacks of a test, on free ports and folders of their own, all cleared away by `clear`. */
export class Stacks {
  readonly #stacks: Stack[] = []
  readonly #folders: string[] = []

  async newFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'village-stack-'))
    this.#folders.push(folder)
    return folder
  }

  /** A folder that has seen its first start: no time goes into accounts to try. */
  async usedFolder(): Promise<string> {
    const folder = await this.newFolder()
    await ensureSealingKeyFile(dataFolder(folder).sealingKeys)
    return folder
  }

  /** @param folder one that has seen its first start, unless given */
  async start(
    folder?: string,
    environment: Record<string, string> = {},
    options: StackOptions = { log: silentLog },
  ): Promise<Stack> {
    const stack = await startStack(
      { IMPS_DATA_DIR: folder ?? (await this.usedFolder()), ...freePorts, ...environment },
      options,
    )
    this.#stacks.push(stack)
    return stack
  }

  async clear(): Promise<void> {
    for (const stack of this.#stacks.splice(0)) await stack.stop()
    for (const folder of this.#folders.splice(0)) await rm(folder, { recursive: true, force: true })
  }
}

export const freePorts = { IMPS_PORT: '0', IMPS_DYNAMODB_PORT: '0' }

/** A client that comes over HTTP, at any path. */
export class HttpPhone extends Phone {
  readonly url: string

  constructor(stack: Stack, options: PhoneOptions & { readonly path?: string } = {}) {
    super(stack.village, options)
    this.url = stack.url + (options.path ?? '/')
  }

  override async post(xml: string, contentType = 'application/vnd.wv.csp.xml'): Promise<Reply> {
    const answer = await fetch(this.url, { method: 'POST', body: xml, headers: { 'content-type': contentType } })
    const http: ServiceAnswer = {
      status: answer.status,
      contentType: answer.headers.get('content-type') ?? '',
      body: new Uint8Array(await answer.arrayBuffer()),
    }
    return toReply(http)
  }
}
