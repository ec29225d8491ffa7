import { SENDERS } from '../../scripts/seed/programs.ts';
import type { Sender } from '../../src/domain/program.ts';
import type { Answer, Client } from '../api/client.ts';
import { type Gateway, until } from '../support/gateway.ts';

/** A short code that sends so many parts a second. */
export const slow = (rate: number): Sender[] => [{ ...SENDERS.shop, rate }, SENDERS.stylist];

export const person = (at: number): string => `+1555128${String(at).padStart(4, '0')}`;

export const SUBSCRIBED = { kind: 'subscription', state: 'subscribed', program: 'deals' };

/** So many people who confirmed, from the first number on. */
export async function subscribe(gateway: Gateway, count: number): Promise<void> {
  const joining = Array.from({ length: count }, async (_, at) => {
    for (const word of ['JOIN', 'YES']) await gateway.text(person(at + 1), word);
  });
  await Promise.all(joining);
}

/** Who of the first `count` people has got a text that ends so. */
export async function whoGot(gateway: Gateway, count: number, ending: string): Promise<string[]> {
  const numbers = Array.from({ length: count }, (_, at) => person(at + 1));
  const heard = await Promise.all(numbers.map((number) => gateway.received(number)));
  return numbers.filter((_, at) => heard[at]?.some((text) => text.endsWith(ending)));
}

/** A marketer at work. */
export function marketer(client: Client) {
  const post = (id: string, how: string, body: Record<string, unknown> = {}): Promise<Answer> =>
    client('post', `/campaigns/${id}/${how}`, { body });
  const show = async (id: string) => (await client('get', `/campaigns/${id}`)).body;
  return {
    post,
    show,
    words: (id: string, text: string) =>
      client('put', `/templates/${id}`, { body: { program: 'deals', texts: { en: text } } }),
    draft: (id: string, more: Record<string, unknown> = {}) =>
      client('put', `/campaigns/${id}`, {
        body: { name: id, program: 'deals', topic: 'deals', template: 'offer', segment: SUBSCRIBED, ...more },
      }),
    reaches: (id: string, state: string) =>
      until(`${id} is ${state}`, async () => (await show(id)).state === state),
    rules: async (breaker: Record<string, object>, approvalOver: number | null = null) => {
      const { body } = await client('get', '/campaign-rules');
      const merged = Object.entries(body.breaker as Record<string, object>).map(([rule, limit]) => [
        rule,
        { ...limit, ...breaker[rule] },
      ]);
      return client('put', '/campaign-rules', {
        body: { approval_over: approvalOver, breaker: Object.fromEntries(merged) },
      });
    },
  };
}
