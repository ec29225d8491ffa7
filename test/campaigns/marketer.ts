import { SENDERS } from '../../scripts/seed/programs.ts';
import { groupOf, type Split } from '../../src/domain/campaigns/experiment.ts';
import type { Sender } from '../../src/domain/program.ts';
import { blindIndex } from '../../src/store/sealing/keys.ts';
import type { ApiAnswer, Client } from '../api/client.ts';
import { type Gateway, until } from '../support/gateway.ts';
import { addSubscriber } from '../support/people.ts';

/** Senders of which the short code sends `rate` parts a second. */
export const slowSender = (rate: number): Sender[] => [{ ...SENDERS.shop, rate }, SENDERS.stylist];

export const person = (at: number): string => `+1555128${String(at).padStart(4, '0')}`;

export const SUBSCRIBED = { kind: 'subscription', state: 'subscribed', program: 'deals' };

/** Opts in `count` people, from the first number on. */
export async function subscribe(gateway: Gateway, count: number): Promise<void> {
  const joining = Array.from({ length: count }, async (_, at) => {
    for (const word of ['JOIN', 'YES']) await gateway.text(person(at + 1), word);
  });
  await Promise.all(joining);
}

/**
 * Inserts contacts who have confirmed, without any text from or to them. For tests in which no sender may have sent
 * anything before.
 */
export async function addConfirmed({ store, config }: Gateway, numbers: readonly string[]): Promise<void> {
  const { keyRing: ring, blindIndexKeys } = config;
  const indexOf = (number: string): string => blindIndex(blindIndexKeys, number);
  for (const number of numbers) await addSubscriber(store, { ring, indexOf, number: () => number });
}

/** Those of the first `count` people who received a text with this ending. */
export async function whoGot(gateway: Gateway, count: number, ending: string): Promise<string[]> {
  const numbers = Array.from({ length: count }, (_, at) => person(at + 1));
  const heard = await Promise.all(numbers.map((number) => gateway.received(number)));
  return numbers.filter((_, at) => heard[at]?.some((text) => text.endsWith(ending)));
}

/**
 * A campaign id, beginning with `prefix`, that puts at least two of these people into each of these groups. A person's
 * group follows from the person and the campaign id. The group null is that of people who wait for the winner. Throws
 * when there are too few people.
 */
export function idThatFills(
  split: Split,
  contacts: readonly string[],
  groups: readonly (string | null)[],
  prefix = 'split',
): string {
  for (let at = 0; at < 5000; at += 1) {
    const campaign = `${prefix}-${at}`;
    const drawn = contacts.map((person) => groupOf(split, null, { campaign, person }));
    if (groups.every((group) => drawn.filter((name) => name === group).length >= 2)) return campaign;
  }
  throw new Error('too few people for these groups');
}

/** Opens every short link of a campaign that these people received, by phone and some seconds after it came. */
export async function followLinks(gateway: Gateway, campaign: string, contacts: string[]): Promise<void> {
  const since = { $set: { acceptedAt: new Date(Date.now() - 5000) } };
  await gateway.store.deliveries.updateMany({ campaign, acceptedAt: { $exists: true } }, since);
  for (const { _id } of await gateway.store.links.find({ campaign, contact: { $in: contacts } }).toArray()) {
    const headers = { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Safari/604.1' };
    await fetch(`${gateway.url}/l/${_id}`, { redirect: 'manual', headers });
  }
}

/** The requests of a marketer: templates, drafts, moves and rules of campaigns. */
export function marketer(client: Client) {
  const post = (id: string, how: string, body: Record<string, unknown> = {}): Promise<ApiAnswer> =>
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
      until(`campaign ${id} is ${state}`, async () => (await show(id)).state === state),
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
