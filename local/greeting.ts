import { curlLogin } from './curl.ts'
import type { Stack } from './stack.ts'

/** What is printed when the stack is up, as lines. Passwords only of the demo accounts, and only when they were made now. */
export function greeting({ url, dynamodbUrl, loaded, folder, demoAccounts, warnings }: Stack): string[] {
  const settings = Object.entries(loaded.effective)
  const width = Math.max(...settings.map(([name]) => name.length))
  return [
    `Village is up: ${url}/ (any path) for phones and clients`,
    `DynamoDB:      ${dynamodbUrl}/`,
    `Data:          ${folder.path}`,
    '',
    'Settings:',
    ...settings.map(([name, value]) => `  ${name.padEnd(width)}  ${value || '-'}`),
    ...(warnings.length > 0 ? ['', ...warnings.map((warning) => `Warning: ${warning}`)] : []),
    ...introduction(),
    '',
    'Ctrl-C stops it.',
  ]

  function introduction(): string[] {
    const [first] = demoAccounts
    if (!first) return ['', 'An account: npm run imps -- account add NAME --local']
    return [
      '',
      'This is the first start, so two accounts were made. Their passwords are not shown again:',
      ...demoAccounts.map(({ name, password }) => `  ${name.padEnd(8)}${password}`),
      '',
      'Log in:',
      `  ${curlLogin(url, first)}`,
    ]
  }
}
