import { sentFields, sentQueryOf } from '../../api/sent.ts';
import { MESSAGE_STATES } from '../../domain/contacts/timeline.ts';
import type { DELIVERY_STATES } from '../../domain/sending/delivery-sentence.ts';
import {
  groupOf,
  readStates,
  SENT_GROUP_NAMES,
  SENT_GROUPS,
  type SentGroup,
  type SentQuery,
} from '../../domain/sending/sent-query.ts';
import { validationSentence } from '../../domain/validation-sentence.ts';
import type { PageCall } from '../page.ts';

export type State = (typeof DELIVERY_STATES)[number];

/** How the answer on top counts messages of one state. */
export const COUNTED: Readonly<Record<State, string>> = {
  planned: '{n} waits || {n} wait',
  sending: '{n} is being sent || {n} are being sent',
  accepted: '{n} is with the carrier || {n} are with the carrier',
  sent: '{n} was passed on || {n} were passed on',
  delivered: '{n} was delivered || {n} were delivered',
  undelivered: '{n} was not delivered || {n} were not delivered',
  failed: '{n} failed',
  skipped: '{n} was not sent || {n} were not sent',
  canceled: '{n} was canceled || {n} were canceled',
  expired: '{n} came too late',
  unknown: '{n} has an unknown end || {n} have an unknown end',
};

type GroupWords = { word: string; sign: 'good' | 'wait' | 'stop' | 'off'; counted: string };

export const GROUP_WORDS: Readonly<Record<SentGroup, GroupWords>> = {
  delivered: { word: 'Delivered', sign: 'good', counted: COUNTED.delivered },
  underway: { word: 'On the way', sign: 'wait', counted: '{n} is on the way || {n} are on the way' },
  failed: { word: 'Did not arrive', sign: 'stop', counted: '{n} did not arrive' },
  unsent: { word: 'Not sent', sign: 'off', counted: COUNTED.skipped },
  unknown: { word: 'Unknown', sign: 'wait', counted: COUNTED.unknown },
};

/** The words of a set of states: those of its group, else of each state. */
export function wordsOfStates(states: readonly State[]): string {
  const group = groupOf(states);
  return group === null
    ? states.map((state) => MESSAGE_STATES[state].word).join(' or ')
    : GROUP_WORDS[group].word;
}

/** The fields of an address that say which page or which export; the others narrow the list. */
const PAGING = ['after', 'at', 'export'];

type Narrowed = { query: SentQuery } | { fault: string } | 'none';

/** What an address narrows the list to. An empty field of a form narrows nothing. */
export function narrowedBy({ request }: PageCall): Narrowed {
  const given = Object.entries(request.query).filter(
    ([name, value]) => !PAGING.includes(name) && value !== '',
  );
  if (given.length === 0) return 'none';
  const read = sentFields.safeParse(Object.fromEntries(given), { error: validationSentence });
  if (read.success) return { query: sentQueryOf(read.data) };
  // The API names the route that lists the ids; staff has no use for it.
  const fault = read.error.issues[0]?.message ?? '';
  return { fault: fault.replace(/, as GET \S+ lists it\.$/, '.') };
}

/** Refuses an address. The fields of it that are right stay in the form, so that only the wrong one is given anew. */
export function refuseAddress({ request, show, t }: PageCall, fault: string): Promise<void> {
  const right = Object.entries(sentFields.shape).flatMap(([name, shape]): [string, string][] => {
    const value = request.query[name];
    return typeof value === 'string' && value !== '' && shape.safeParse(value).success ? [[name, value]] : [];
  });
  const given = new Map(right);
  const model = {
    title: t('Sent'),
    fault,
    choices: stateChoices(readStates(given.get('state') ?? '')),
    since: given.get('since') ?? null,
    until: given.get('until') ?? null,
    kept: right.filter(([name]) => !IN_FORM.includes(name)),
  };
  return show('sent-refused', model, 400);
}

/** The fields that a reader can change in the form. */
const IN_FORM = ['state', 'since', 'until'];

/** The states that the form offers to narrow a list to. */
export const stateChoices = (chosen: readonly State[] | null) =>
  SENT_GROUP_NAMES.map((group) => ({
    value: SENT_GROUPS[group].join(','),
    word: GROUP_WORDS[group].word,
    isChosen: chosen !== null && groupOf(chosen) === group,
  }));
