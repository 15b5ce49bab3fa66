import type { Command } from '../command.ts'
import { CommandError } from '../errors.ts'
import { time } from '../facts.ts'
import { columns, count } from '../format.ts'

export const systemAnswers: Command = {
  name: 'system-answers',
  usage: 'ID',
  takes: [1, 1],
  summary: 'shows what users have answered to a system-message with options',
  details: ['ID is what system-message has said when it was sent. Answers are kept for 30 days after that.'],
  async run({ village }, { args }) {
    const view = await village.store.systemMessages.view(args[0]!)
    if (!view || view.message.expiresAt * 1000 <= village.now()) {
      throw new CommandError('There is no such message with options, or it is older than 30 days.')
    }
    const { message, users } = view
    const textOf = (id: string | undefined) => message.options.find((one) => one.id === id)?.text ?? null
    const told = users.map(({ user, answer, answeredAt }) => ({
      user,
      answer: textOf(answer),
      at: answeredAt === undefined ? null : time(answeredAt),
    }))
    const data = {
      id: message.id,
      text: message.text,
      sent: time(message.at),
      options: message.options.map(({ text }) => text),
      users: told,
    }
    const totals = data.options.map((text) => `${told.filter(({ answer }) => answer === text).length} × ${text}`)
    const answered = told.filter(({ answer }) => answer !== null).length
    const lines = [
      message.text,
      '',
      ...columns(
        ['USER', 'ANSWER', 'AT'],
        told.map(({ user, answer, at }) => [user, answer ?? '-', at ?? '-']),
      ),
      '',
      `${answered} of ${count(told.length, 'user')}: ${totals.join(', ')}`,
    ]
    return { data, lines }
  },
}
