import { PROGRAMS } from '../../scripts/seed/programs.ts';
import { isStanding } from '../../src/domain/consent/suppression.ts';
import { blockScope } from '../../src/domain/opt-out-handling.ts';
import type { Handling, Program, Sender } from '../../src/domain/program.ts';
import type { ContactDoc } from '../../src/store/contacts/contacts.ts';
import { blindIndex } from '../../src/store/sealing/keys.ts';
import { type Gateway, startGateway, until } from '../support/gateway.ts';

/** Parts a second, so many that no reply of a test waits. */
const RATE = { rate: 100 };

/** One sender for each opt-out handling. */
export const SENDERS: Record<Handling, Sender> = {
  own: {
    ...RATE,
    number: '28555',
    kind: 'short-code',
    country: 'US',
    handling: 'own',
    messagingServiceSid: null,
  },
  advanced: {
    ...RATE,
    number: '+15550100101',
    kind: 'long-code',
    country: 'US',
    handling: 'advanced',
    messagingServiceSid: `MG${'a'.repeat(32)}`,
  },
  default: {
    ...RATE,
    number: '+15550100102',
    kind: 'long-code',
    country: 'US',
    handling: 'default',
    messagingServiceSid: null,
  },
  network: {
    ...RATE,
    number: '+18005550103',
    kind: 'toll-free',
    country: 'US',
    handling: 'network',
    messagingServiceSid: null,
  },
};

/** A program with one topic for the sender of each handling. */
export const programOf = (handling: Handling): Program => ({
  ...(PROGRAMS.find(({ id }) => id === 'stylist') as Program),
  id: handling,
  name: `Fernway ${handling}`,
  numbers: [SENDERS[handling].number],
});

/** The side that answers a text. */
export type Answerer = 'us' | 'carrier';

/** Our records of one person. */
export type HandlingState = {
  optedOut: boolean;
  /** Whether our records say that the carrier blocks the person on this sender. */
  blocked: boolean;
  state: string | null;
  /** The number of open prompts. */
  open: number;
};

export type HandlingContext = {
  gateway: Gateway;
  /** A phone number that no test has used yet. */
  someone: () => string;
  /** The bodies that reached the handset because of one text, after everything that follows from it is over. */
  answers: (
    handling: Handling,
    person: string,
    body: string,
    fields?: Record<string, string>,
  ) => Promise<{ by: Answerer | 'nobody'; bodies: string[] }>;
  /** The numbers of the account from which the person has messages. */
  answeredFrom: (person: string) => Promise<string[]>;
  /** Whether the carrier itself blocks the person. It is tested by a message that does not go through the gateway. */
  carrierBlocks: (handling: Handling, person: string) => Promise<boolean>;
  held: (handling: Handling, person: string) => Promise<HandlingState>;
  /** The entries of the person's ledger, newest first. */
  ledger: (person: string) => Promise<{ kind: string; reason: string | null }[]>;
  /** Our messages that the carrier did not deliver. We should not have tried to send them. */
  attempts: (person: string) => Promise<string[]>;
};

/** `unlisted` are numbers that the account has at the carrier and that nobody saved as senders. */
export async function openHandlingContext(unlisted: readonly Sender[] = []): Promise<HandlingContext> {
  const senders = Object.values(SENDERS);
  const programs = senders.map(({ handling }) => programOf(handling));
  const gateway = await startGateway({ senders: [...senders, ...unlisted], programs });
  if (unlisted.length > 0) await forgetSenders(gateway, unlisted);
  let used = 0;
  return {
    gateway,
    someone: () => `+1555124${String(used++).padStart(4, '0')}`,
    answers: async (handling, from, body, fields = {}) => {
      const before = await gateway.received(from);
      const to = SENDERS[handling].number;
      const { replies, carrierAnswered } = await gateway.text(from, body, to, fields);
      const byUs = replies.length > 0 ? 'us' : 'nobody';
      // This counts everything on the handset and not only the replies, since nothing else may be there.
      const bodies = (await gateway.received(from)).slice(before.length);
      return { by: carrierAnswered ? 'carrier' : byUs, bodies };
    },
    carrierBlocks: (handling, person) => probe(gateway, SENDERS[handling], person),
    held: (handling, person) => look(gateway, SENDERS[handling], person),
    ledger: async (person) => {
      const contact = await holderOf(gateway, person);
      return gateway.store.consentEvents
        .find({ contact: contact?._id ?? '' })
        .sort({ seq: -1 })
        .toArray();
    },
    answeredFrom: async (person) => [...new Set((await messagesTo(gateway, person)).map(({ from }) => from))],
    attempts: async (person) =>
      (await messagesTo(gateway, person))
        .filter(({ status }) => status !== 'delivered')
        .map(({ body }) => body),
  };
}

/** Deletes senders and starts the web process anew, so that it does not know them any more. */
async function forgetSenders({ store, web }: Gateway, senders: readonly Sender[]): Promise<void> {
  await store.senders.deleteMany({ _id: { $in: senders.map(({ number }) => number) } });
  await web.stop();
  await web.start();
}

const ENDS = ['delivered', 'undelivered', 'failed'];

async function endOf(gateway: Gateway, sid: string): Promise<string> {
  let status = '';
  await until('the message has ended at the carrier', async () => {
    const answer = await rest(gateway, `Messages/${sid}.json`);
    status = ((await answer.json()) as { status: string }).status;
    return ENDS.includes(status);
  });
  return status;
}

type Listed = { from: string; status: string; body: string };

/** The messages to a person, as the carrier lists them. */
async function messagesTo(gateway: Gateway, person: string): Promise<Listed[]> {
  const answer = await rest(gateway, `Messages.json?To=${encodeURIComponent(person)}`);
  return ((await answer.json()) as { messages: Listed[] }).messages;
}

function rest(gateway: Gateway, path: string, form?: Record<string, string>): Promise<Response> {
  const { accountSid, authToken } = gateway.config.twilio;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const url = `${gateway.simulator.url}/2010-04-01/Accounts/${accountSid}/${path}`;
  const init = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) };
  return fetch(url, { ...init, headers: { authorization } });
}

async function probe(gateway: Gateway, sender: Sender, person: string): Promise<boolean> {
  const answer = await rest(gateway, 'Messages.json', { To: person, From: sender.number, Body: 'a probe' });
  const { sid = '' } = (await answer.json()) as { sid?: string };
  return answer.status === 400 || (await endOf(gateway, sid)) !== 'delivered';
}

function holderOf({ store, config }: Gateway, person: string): Promise<ContactDoc | null> {
  return store.contacts.findOne({ index: blindIndex(config.blindIndexKeys, person), current: true });
}

async function look(gateway: Gateway, sender: Sender, person: string): Promise<HandlingState> {
  const index = blindIndex(gateway.config.blindIndexKeys, person);
  const rows = await gateway.store.suppressions.find({ index }).toArray();
  const contact = await holderOf(gateway, person);
  const { handling } = sender;
  return {
    optedOut: rows.some((row) => row.kind === 'opt-out' && row.scope === 'all' && isStanding(row, handling)),
    blocked: rows.some(
      (row) => row.kind === 'carrier' && row.scope === blockScope(sender) && isStanding(row, null),
    ),
    state: contact?.subscriptions.find(({ program }) => program === handling)?.state ?? null,
    open: contact?.prompts.filter(({ state }) => state === 'open').length ?? 0,
  };
}
