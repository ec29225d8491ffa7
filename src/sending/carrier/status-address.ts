/**
 * Where the carrier posts the receipts of one attempt. By default it repeats a post only where no connection was made, and a
 * receipt has no second address: the fragment, which it neither sends nor signs, asks for three more tries after a 5xx too, and
 * where nothing comes back for 4 s. All tries share 15 s, which one alone would wait.
 * Source: Twilio Docs, "Webhooks: Connection overrides".
 */
export const statusAddress = (publicUrl: string, one: { delivery: string; epoch: number }): string =>
  `${publicUrl}/webhooks/twilio/status?d=${one.delivery}.${one.epoch}#rc=3&rt=4000&rp=5xx,ct,rt`;
