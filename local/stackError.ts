/** Something that keeps the local stack from running and that its operator can change; the message is a plain sentence. */
export class StackError extends Error {}

/** Another process has the data folder. */
export class DataInUse extends StackError {
  constructor(path: string) {
    super(
      `The data in ${path} are in use: a local stack is running on them already. IMPS_DATA_DIR takes another folder.`,
    )
  }
}
