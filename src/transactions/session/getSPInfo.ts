import { answer, transaction } from '../transaction.ts'

/** GetSPInfo-Request → GetSPInfo-Response: who runs this service. Inband or outband. */
export const getSPInfo = transaction({
  request: 'GetSPInfo-Request',
  service: 'GETSPI',
  session: 'either',

  async handle({ village, request }) {
    const { name, description, url } = village.settings.serviceProvider
    return answer('GetSPInfo-Response', {
      ClientID: request.child('ClientID'),
      Name: name,
      Description: description,
      URL: url,
    })
  },
})
