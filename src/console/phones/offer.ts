import { randomBytes } from 'node:crypto';
import type { AppContext } from '../../consent/app-context.ts';
import type { Actor } from '../../domain/access/actor.ts';
import { REASONS } from '../../domain/sending/send-rules.ts';
import { sendMessage } from '../../templates/send-message.ts';
import { type Phone, SHOP } from './cast.ts';

/** Who the phones act as: their page has no sign-in. */
export const PHONES: Actor = { kind: 'key', id: 'phones' };

const WORDS = 'Fernway: today only, 20% off every coat. Reply STOP to end';

/** Sends one person an offer. Null where it was planned, else why it was not sent, as a sentence. */
export async function offerTo(context: AppContext, { name, number }: Phone): Promise<string | null> {
  const sent = await sendMessage(context, {
    actor: PHONES,
    digest: randomBytes(18).toString('base64url'),
    to: { number },
    program: SHOP.program,
    topic: SHOP.topic,
    words: { text: WORDS },
    language: null,
    capped: 'skip',
    validMinutes: null,
    countNumber: async () => undefined,
  });
  if (sent.kind === 'planned' && sent.delivery.state !== 'skipped') return null;
  const reasons =
    sent.kind === 'planned' ? (sent.delivery.decision?.reasons ?? []) : ['not-subscribed' as const];
  const why =
    sent.kind === 'nobody' ? ['Nobody is known under the number.'] : reasons.map((code) => REASONS[code]);
  return `The offer to ${name} was not sent. ${why.join(' ')}`;
}
