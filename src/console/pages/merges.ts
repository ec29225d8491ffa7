import { z } from 'zod';
import { plainLine } from '../../api/http/shapes.ts';
import {
  type CandidateView,
  dismissPair,
  listCandidates,
  mergeCandidate,
  reopenPair,
  showCandidate,
  showPerson as showMergedPerson,
  undoMerge,
} from '../../contacts/people.ts';
import { PROGRAM_STATES, showPerson } from '../../contacts/person-record.ts';
import { actorText, readActor } from '../../domain/access/actor.ts';
import { may } from '../../domain/access/permissions.ts';
import { showDay, showTime } from '../../domain/console-time.ts';
import { CANDIDATE_STATES, type CandidateState, EVIDENCE } from '../../domain/contacts/duplicates.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import type { Language } from '../../domain/program.ts';
import { actorName } from '../actor-name.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { FRESH, type Shown, typedIn } from './queue.ts';

const PAIR = /^k_[\w-]{16}$/;
const MERGE = /^m_[\w-]{16}$/;
const PLACE = /^(\d{1,3}) (k_[\w-]{16})$/;
const PER_PAGE = 50;

const STATES: Readonly<Record<CandidateState, { sign: string; word: string }>> = {
  open: { sign: 'wait', word: 'To decide' },
  merged: { sign: 'good', word: 'One person' },
  dismissed: { sign: 'off', word: 'Two people' },
};

const LANGUAGE_WORDS: Readonly<Record<Language, string>> = { en: 'English', es: 'Spanish', fr: 'French' };

const nothingHere = ({ show, t }: PageCall): Promise<void> =>
  show('not-found', { title: t('Nothing is here') }, 404);

type NumberOfPair = CandidateView['contacts'][number];

const numberName = ({ t }: Pick<PageCall, 't'>, { id, masked }: NumberOfPair): string =>
  masked === null
    ? t('erased · {handle}', { handle: handleOf(id) })
    : t('ending {ending} · {handle}', { ending: masked.slice(-4), handle: handleOf(id) });

function shownPair(call: PageCall, pair: CandidateView) {
  const { viewer, t } = call;
  const state = STATES[pair.state];
  return {
    id: pair.id,
    state: { sign: state.sign, word: t(state.word) },
    names: pair.contacts.map((number) => numberName(call, number)),
    score: t('{score} of 100', { score: pair.score }),
    evidence: pair.evidence.map((code) => {
      const { sentence, points } = EVIDENCE[code];
      return points < 0 ? t('Against it: {what}', { what: t(sentence) }) : t(sentence);
    }),
    found: showDay(pair.foundAt, viewer.zone, viewer.language),
  };
}

const stateIn = ({ request }: PageCall): CandidateState =>
  CANDIDATE_STATES.find((state) => state === request.query.state) ?? 'open';

function placeIn({ request }: PageCall) {
  const { after } = request.query;
  const [, score, id] = (typeof after === 'string' && PLACE.exec(after)) || [];
  return score === undefined || id === undefined ? null : { score: Number(score), id };
}

function listAnswer({ t }: PageCall, count: number, hasMore: boolean) {
  const cause = t(
    'Names, addresses and dates are compared, never shown. Nothing is merged until somebody says so.',
  );
  if (count === 0) return { sign: 'good', sentence: t('No pair waits for a decision.'), cause };
  const some = '1 pair of numbers may be one person. || {count} pairs of numbers may be one person each.';
  const sentence = hasMore
    ? t('More than {count} pairs of numbers may be one person each.', { count })
    : t(some, { count });
  return { sign: 'wait', sentence, cause };
}

const list = definePage({
  method: 'get',
  path: '/merges',
  permission: 'contacts:read',
  handle: async (call) => {
    const { context, show, t } = call;
    const state = stateIn(call);
    const { items, next } = await listCandidates(context, { state, after: placeIn(call), limit: PER_PAGE });
    const open = await listCandidates(context, { state: 'open', after: null, limit: PER_PAGE });
    const older = next === null ? '' : encodeURIComponent(`${next.score} ${next.id}`);
    await show('setup/merges', {
      title: t('Merges'),
      answer: listAnswer(call, open.items.length, open.next !== null),
      pairs: items.map((pair) => shownPair(call, pair)),
      next: next === null ? null : `/console/merges?state=${state}&after=${older}`,
      first: open.items[0]?.id ?? null,
      state,
      states: CANDIDATE_STATES.map((name) => ({
        name,
        word: t(STATES[name].word),
        isCurrent: name === state,
      })),
      mayDecide: may(call.viewer.role, 'contacts:write'),
    });
  },
});

/** One number of a pair: what speaks for or against it being the same person. */
async function shownSide(call: PageCall, number: NumberOfPair) {
  const { context, viewer, t } = call;
  const { zone, language } = viewer;
  const reader = { actor: actorOf(viewer), readsEvidence: false, zone, language };
  const record = await showPerson(context, number.id, reader);
  const base = { id: number.id, name: numberName(call, number) };
  if (record === null || 'kind' in record) return { ...base, facts: null };
  const programs = record.programs
    .filter(({ state }) => state !== 'never')
    .map(({ name, state }) => `${name}: ${t(PROGRAM_STATES[state].word)}`);
  return {
    ...base,
    facts: {
      answer: record.answer.sentence,
      sign: record.answer.sign,
      programs: programs.length === 0 ? t('never joined one') : programs.join('; '),
      language: record.language === null ? t('not known') : t(LANGUAGE_WORDS[record.language]),
      zone: record.zone?.split('/').at(-1)?.replaceAll('_', ' ') ?? t('not known'),
      since: showDay(record.createdAt, zone, language),
      isCurrent: record.isCurrent,
    },
  };
}

type Decision = NonNullable<CandidateView['decided']>;

function shownDecision(call: PageCall, { by, reason, at }: Decision) {
  const { viewer, t } = call;
  const values = {
    name: actorName(actorText(readActor(by)), call),
    at: showTime(at, viewer.zone, viewer.language),
  };
  return { by: t('By {name} on {at}.', values), reason };
}

/** The merges of a person that still hold. */
async function standingMerges(call: PageCall, person: string | null) {
  if (person === null) return [];
  const found = await showMergedPerson(call.context, person);
  if (found.kind === 'no-person') return [];
  return found.person.merges
    .filter(({ undone }) => undone === null)
    .map((merge) => ({
      id: merge.id,
      handles: merge.contacts.map((contact) => handleOf(contact)),
      ...shownDecision(call, merge),
    }));
}

const ANSWERS: Readonly<Record<CandidateState, { sentence: string; cause: string }>> = {
  open: {
    sentence: 'These two numbers may be one person.',
    cause:
      'If they are, a refusal, a pause or a cap of one number binds the other. Consent is never carried over.',
  },
  merged: {
    sentence: 'These two numbers are one person.',
    cause: 'A refusal, a pause or a cap of one number binds the other.',
  },
  dismissed: {
    sentence: 'These two numbers are two people.',
    cause: 'The pair comes back only when something new speaks for it.',
  },
};

async function pairOf({ context, request }: PageCall) {
  const id = String(request.params.id);
  return PAIR.test(id) ? showCandidate(context, id) : null;
}

async function showPair(call: PageCall, { typed, fault, field, status }: Shown = FRESH): Promise<void> {
  const { show, t, viewer } = call;
  const found = await pairOf(call);
  if (found === null) return nothingHere(call);
  const { candidate, person } = found;
  const { sentence, cause } = ANSWERS[candidate.state];
  await show(
    'setup/merge',
    {
      title: t('A pair of numbers'),
      answer: { sign: STATES[candidate.state].sign, sentence: t(sentence), cause: t(cause) },
      pair: { ...shownPair(call, candidate), state: candidate.state },
      sides: await Promise.all(candidate.contacts.map((number) => shownSide(call, number))),
      decided: candidate.decided === null ? null : shownDecision(call, candidate.decided),
      merges: await standingMerges(call, person),
      ...{ typed, fault, field: field ?? null },
      mayDecide: may(viewer.role, 'contacts:write'),
    },
    status,
  );
}

const details = definePage({
  method: 'get',
  path: '/merges/:id',
  permission: 'contacts:read',
  handle: (call) => showPair(call),
});

const reasonField = z.string().pipe(plainLine(3, 300));

type Pair = NonNullable<Awaited<ReturnType<typeof pairOf>>>;
type Deciding = { reason: string; actor: ReturnType<typeof actorOf> };

/**
 * A form that decides about a pair, with a reason. `from`: the state in which it may be sent; in another one somebody
 * decided already, perhaps by the same button. `act` resolves to why it was not done; null when it was.
 */
const decision = (
  path: string,
  from: CandidateState,
  done: string,
  act: (call: PageCall, pair: Pair, deciding: Deciding) => Promise<string | null>,
) =>
  definePage({
    method: 'post',
    path: `/merges/:id/${path}`,
    permission: 'contacts:write',
    handle: async (call) => {
      const { viewer, go, t } = call;
      const pair = await pairOf(call);
      if (pair === null) return nothingHere(call);
      const { id, state } = pair.candidate;
      const page = `/console/merges/${id}`;
      if (state !== from)
        return go(page, { kind: 'wait', text: t('It was decided already. Nothing changed.') });
      const typed = typedIn(call);
      const reason = reasonField.safeParse(typed.reason).data;
      const refused = (fault: string, field = 'reason') =>
        showPair(call, { typed, fault, field, status: 422 });
      if (reason === undefined)
        return refused(t('Say why, in one line of 3 to 300 letters, without a phone number.'));
      const fault = await act(call, pair, { reason, actor: actorOf(viewer) });
      if (fault !== null) return refused(fault);
      go(page, { kind: 'good', text: t(done) });
    },
  });

const ALREADY = 'Somebody else decided a moment ago. Look at it again.';

const merge = decision(
  'merge',
  'open',
  'Merged. Refusals of one number bind the other from now on.',
  async ({ context, t }, { candidate }, deciding) => {
    const done = await mergeCandidate(context, candidate.id, deciding);
    if (done === null) return t(ALREADY);
    if (done.merged.kind === 'refused') return t(done.merged.why);
    return done.merged.kind === 'no-contact' ? t('One of the numbers is gone.') : null;
  },
);

const keepApart = decision(
  'keep-apart',
  'open',
  'Kept apart. The pair comes back only with something new.',
  async ({ context, t }, { candidate }, deciding) =>
    (await dismissPair(context, candidate.id, deciding)).kind === 'changed' ? null : t(ALREADY),
);

const takeBack = decision(
  'take-back',
  'merged',
  'Taken back. Each number is on its own again where no other merge joins them.',
  async (call, { person }, deciding) => {
    const { context, t } = call;
    const { merge: id = '' } = typedIn(call);
    if (person === null || !MERGE.test(id)) return t('Choose the merge to take back.');
    const done = await undoMerge(context, { person, merge: id }, deciding);
    return done.kind === 'split' ? null : t(done.why);
  },
);

const reopen = definePage({
  method: 'post',
  path: '/merges/:id/reopen',
  permission: 'contacts:write',
  handle: async (call) => {
    const { context, viewer, go, t } = call;
    const pair = await pairOf(call);
    if (pair === null) return nothingHere(call);
    const { id } = pair.candidate;
    const { kind } = await reopenPair(context, id, actorOf(viewer));
    const done = { kind: 'good', text: t('Open again. Decide whenever you know more.') } as const;
    const not = { kind: 'wait', text: t('It was open already.') } as const;
    go(`/console/merges/${id}`, kind === 'changed' ? done : not);
  },
});

/** Pairs of numbers that may be one person, and what somebody decided about them. */
export const MERGE_PAGES = [list, details, merge, keepApart, takeBack, reopen];
