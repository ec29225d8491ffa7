import { expect } from 'chai';
import { PROGRAMS } from '../../../scripts/seed/programs.ts';
import { type Program, wordsIn } from '../../../src/domain/program.ts';
import { openHolder } from '../../../src/store/contacts/open-contact.ts';
import type { DeliveryState } from '../../../src/store/deliveries/delivery.ts';
import { claimsOf, INTERNAL, type Truth, untrueOf } from '../../domain/consent/claims.ts';
import { type Gateway, until } from '../../support/gateway.ts';
import { plannedFor } from '../../support/people.ts';
import type { Client } from '../client.ts';

/** What may be so of one person at once. */
export const FACTS = ['off', 'paused', 'held', 'pending', 'optedOut', 'expired', 'dead'] as const;
export type PersonFact = (typeof FACTS)[number];
export type Cell = ReadonlySet<PersonFact>;

/** Every combination of the facts. */
export const CELLS: readonly Cell[] = Array.from(
  { length: 2 ** FACTS.length },
  (_, bits) => new Set(FACTS.filter((_, place) => (bits >> place) % 2 === 1)),
);

/** The programs of the short code that the people write to. */
const HERE = PROGRAMS.filter(({ id }) => id !== 'stylist') as Program[];
const TWENTY_MONTHS_MS = 610 * 86_400_000;
/** The words of the carrier's error 30005. */
const GONE = 'The number is unknown or no longer exists';

/** A gateway, and a client of its API. */
export type Rig = { gateway: Gateway; client: Client };

/** Makes a person of whom the facts are so, by texts over HTTP where a text makes them. Returns the contact's id. */
export async function live({ gateway, client }: Rig, number: string, cell: Cell): Promise<string> {
  const text = (body: string) => gateway.text(number, body);
  for (const body of ['JOIN', 'YES']) await text(body);
  const { body } = await client('post', '/contacts/lookup', { body: { phone: number, reason: 'a test' } });
  const id = body.id as string;
  if (cell.has('expired')) await makeOld(gateway, id);
  if (cell.has('off')) await text('STOP DEALS');
  if (cell.has('paused')) await text('PAUSE 30');
  if (cell.has('optedOut')) await text('STOP');
  if (cell.has('pending')) await text('ORDERS');
  if (cell.has('held')) await text('I get too many texts');
  if (cell.has('dead')) await failTo(gateway, id);
  return id;
}

/** Consent that grew too old, before the nightly job has ended it. */
async function makeOld({ store }: Gateway, id: string): Promise<void> {
  const old = new Date(Date.now() - TWENTY_MONTHS_MS);
  const $set = { 'subscriptions.0.since': old, 'subscriptions.0.basis.at': old };
  const { modifiedCount } = await store.contacts.updateOne({ _id: id }, { $set });
  expect(modifiedCount).to.equal(1);
}

/**
 * A message that the carrier has just reported as failed, before the hourly sweep has judged the number. It comes after
 * the reports of all answers, which would prove the number.
 */
async function failTo({ store, config }: Gateway, id: string): Promise<void> {
  const moving = {
    contact: id,
    state: { $in: ['planned', 'sending', 'accepted', 'sent'] as DeliveryState[] },
  };
  await until('every answer has its end', async () => (await store.deliveries.countDocuments(moving)) === 0);
  const stored = await store.contacts.findOne({ _id: id });
  if (stored === null) throw new Error('the contact is gone');
  const at = new Date();
  const failed = {
    state: 'undelivered' as const,
    error: '30005',
    createdAt: at,
    acceptedAt: at,
    finalAt: at,
  };
  const row = plannedFor(openHolder(config.keyRing, stored, []), failed);
  const { open: _, ...closed } = row;
  await store.deliveries.insertOne(closed);
}

/** Asks the gateway, topic by topic, whether a text may go now. */
async function truthOf({ client }: Rig, contact: string, status: StatusBody): Promise<Truth> {
  const coming = new Set<string>();
  for (const program of HERE) {
    for (const topic of program.topics) {
      const body = { contact, program: program.id, topic: topic.id };
      const answer = await client('post', '/checks', { body });
      expect(answer.status, answer.text).to.equal(200);
      if (answer.body.allowed) coming.add(wordsIn(topic.name, 'en'));
    }
  }
  const joined = status.subscriptions.filter(({ state }) => state === 'subscribed');
  const on = joined.flatMap(({ topics }) => topics.filter((topic) => topic.on).map(({ name }) => name));
  return { chosen: new Set(on), coming };
}

type StatusBody = {
  sentence: string;
  subscriptions: {
    state: string;
    topics: { name: string; on: boolean }[];
    can_be_texted_now: boolean;
    why_not: { sentence: string }[];
  }[];
  suppressions: { sentence: string }[];
  paused_until: string | null;
  last_message: { sentence: string } | null;
  failing: { count: number; code: string; sentence: string } | null;
};

/** What the status says that is not so. */
function faultsOfStatus(status: StatusBody, { coming }: Truth, cell: Cell): string[] {
  const { sentence, subscriptions, suppressions, last_message: last, failing } = status;
  const comes = coming.size > 0;
  const saysNone = /^(?:Gets no texts now|Must not be texted|Not yet|In no program)/.test(sentence);
  const isSaidDead = [sentence, failing?.sentence, last?.sentence].map(
    (said) => said?.includes(GONE) === true,
  );
  const why = subscriptions.flatMap(({ why_not }) => why_not.map((reason) => reason.sentence));
  const said = [sentence, ...suppressions.map((row) => row.sentence), ...why, last?.sentence ?? ''];
  const mayBeTexted = subscriptions.some((subscription) => subscription.can_be_texted_now);
  const isPaused = status.paused_until !== null && sentence.includes('ubscribed to');
  const checks: [fault: string, isSo: boolean][] = [
    ['the sentence begins as if no text came, or as if one came', saysNone === !comes],
    [
      'the sentence begins with "Subscribed to" although no text comes',
      sentence.startsWith('Subscribed') === comes,
    ],
    ['can_be_texted_now is not what the checks say', mayBeTexted === comes],
    ['the pause is not named, or one is that is none', sentence.includes('is paused until') === isPaused],
    [
      'a dead number looks healthy, or a healthy one dead',
      isSaidDead.every((dead) => dead === cell.has('dead')),
    ],
    ['nothing is said of the last message', last !== null],
    ['an internal name', !said.some((words) => INTERNAL.test(words))],
  ];
  return checks.filter(([, isSo]) => !isSo).map(([fault]) => `${fault}: ${sentence}`);
}

/** What the answers to the person's own questions say that is not so. */
async function faultsOfTexts({ gateway }: Rig, number: string, truth: Truth): Promise<string[]> {
  const faults: string[] = [];
  for (const question of ['WHY', 'MENU', 'HELP']) {
    const { replies } = await gateway.text(number, question);
    for (const reply of replies) {
      // An answer is about the programs that it names, or else about all.
      const named = HERE.filter(({ name }) => reply.includes(name));
      const scope = named.length === 0 ? HERE : named;
      const untrue = untrueOf(claimsOf(reply, HERE), truth, HERE, scope);
      faults.push(...untrue.map((fault) => `${question}: "${reply}" ${fault}`));
      if (INTERNAL.test(reply)) faults.push(`${question}: an internal name in "${reply}"`);
    }
    const whole = claimsOf(replies.join('\n'), HERE);
    const isAsked = question !== 'HELP' && truth.chosen.size > 0;
    const isAnswered = replies.length === 0 || whole.comes.length + whole.doesNot.length > 0;
    if (isAsked && !isAnswered) faults.push(`${question} does not say what comes: "${replies.join(' ')}"`);
  }
  return faults;
}

/** Makes one person, asks everything that can be asked about them, and names what is said and is not so. */
export async function untrueAbout(rig: Rig, number: string, cell: Cell): Promise<string[]> {
  const id = await live(rig, number, cell);
  const statusOf = async (): Promise<StatusBody> => {
    const { status, body, text } = await rig.client('get', `/contacts/${id}/status`);
    expect(status, text).to.equal(200);
    return body;
  };
  const status = await statusOf();
  const truth = await truthOf(rig, id, status);
  const { body } = await rig.client('post', '/contacts/lookup', {
    body: { phone: number, reason: 'a test' },
  });
  const faults = faultsOfStatus(status, truth, cell);
  if (body.sentence !== status.sentence) faults.push(`the look-up says another sentence: ${body.sentence}`);
  faults.push(...(await faultsOfTexts(rig, number, truth)));
  // A text proves that the number can be reached, so the failures before it say nothing any more.
  const after = await statusOf();
  if (after.failing !== null) faults.push('the number counts as failing although the person texted since');
  const name = [...cell].join('+') || 'subscribed';
  return faults.map((fault) => `${name}: ${fault}`);
}

/** The numbers whose digits stand in a log line. */
export const loggedAmong = ({ logs }: Gateway, numbers: readonly string[]): string[] =>
  numbers.filter((number) => logs.some((line) => line.includes(number.slice(1))));
