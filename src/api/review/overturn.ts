import { z } from 'zod';
import { overturnOptOut } from '../../consent/review/overturn.ts';
import { keywordOf } from '../../domain/consent/naming.ts';
import type { Book } from '../../domain/program.ts';
import { contactId, iso, line, time } from '../fields.ts';
import { Problem } from '../problem.ts';
import type { Call } from '../route.ts';

export const overturnParams = z.strictObject({ id: contactId });
export const overturnBody = z.strictObject({
  event: z
    .int('It must be a whole number.')
    .min(1)
    .max(1_000_000_000)
    .meta({ description: 'Number (seq) of the opt-out in GET /consent-records.' }),
  reason: line(3, 200).meta({ description: 'Kept, sealed, in the ledger.' }),
});
export const overturnAnswer = z.strictObject({
  contact: contactId,
  restored: z.array(z.strictObject({ program: z.string(), topics: z.array(z.string()) })),
  done_at: time,
});

type Asked = Call<{ params: typeof overturnParams; body: typeof overturnBody }>;

/** Takes back an opt-out that was read out of ordinary words: what it closed stands as it stood. */
export async function overturnOne({ desk, key, params, body }: Asked) {
  const order = { contact: params.id, seq: body.event, reason: body.reason, actor: `key:${key.id}` };
  const outcome = await overturnOptOut(desk, order);
  if (outcome.kind === 'unknown') {
    throw new Problem('not-found', 'There is no such contact, or no such entry in their ledger.');
  }
  if (outcome.kind === 'refused') {
    throw new Problem('refused', outcome.sentence, { next_step: howToReturn(desk.catalog.current().book) });
  }
  desk.log.info({ key: key.id, contact: params.id, event: body.event }, 'an opt-out was overturned');
  return { contact: params.id, restored: outcome.restored, done_at: iso(desk.now()) };
}

/** How people come back by a text of their own, the one way where nothing can be overturned. */
export function howToReturn({ programs }: Book): string {
  const each = programs
    .filter(({ status }) => status === 'active')
    .map((program) => `${keywordOf(program, 'en')} to ${program.numbers[0]} (${program.name})`);
  return `The person texts, from their own phone: ${each.join(', ')}.`;
}
