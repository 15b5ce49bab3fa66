/** Something that keeps the local stack from running and that its operator can change; the message is a plain sentence. */
export class StackError extends Error {}
