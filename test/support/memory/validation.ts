/** What DynamoDB answers to a call that can never work: an error of the program, not of the moment. */
export class ValidationException extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'ValidationException'
  }
}
