/** The part of dynalite that is used here; it brings no types of its own. */
declare module 'dynalite' {
  import type { Server } from 'node:http'

  interface Options {
    /** Where the data lie; in memory without. */
    path?: string
    /** Milliseconds that a new table stays in CREATING. */
    createTableMs?: number
  }

  /** The HTTP server of an emulated DynamoDB. Closing it closes the data too. */
  export default function dynalite(options?: Options): Server
}
