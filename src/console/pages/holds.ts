import { z } from 'zod';
import { decideHold, HOLD_DECISIONS, type HoldRef, readEndedHold } from '../../consent/review/decide-hold.ts';
import { listHolds, nextHold, readHeldTexts, readHold } from '../../consent/review/list-holds.ts';
import { waitingForStaff } from '../../contacts/waiting-for-staff.ts';
import { may } from '../../domain/access/permissions.ts';
import { showTime } from '../../domain/console-time.ts';
import { fromNow, timeLeft } from '../from-now.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { LANGUAGE_NAMES } from './program-rows.ts';
import {
  byAndAt,
  decidable,
  FRESH,
  MOST_TEXTS,
  otherReader,
  PER_PAGE,
  personName,
  REASON,
  type Shown,
  type Typed,
  typedIn,
} from './queue.ts';

const HOLD_ID = /^([0-9a-f]{24})\.([1-9]\d{0,8})$/;

type Listed = Awaited<ReturnType<typeof listHolds>>['items'][number];

function shownHold(call: PageCall, { id, about, heldAt, endsAt, score, rule, programs }: Listed) {
  const { viewer, context, t } = call;
  const { zone } = viewer;
  const language = about?.language ?? null;
  return {
    id,
    person: personName(call, about) ?? t('nobody has this number any more'),
    contact: about?.contact.id ?? null,
    heldAt: showTime(heldAt, zone, viewer.language),
    endsAt: showTime(endsAt, zone, viewer.language),
    endsIn: fromNow(endsAt, context.now(), viewer.language),
    doubt: score === null ? t('not scored') : t('{score} of 10', { score }),
    rule,
    subject: [...programs, language === null ? null : t(LANGUAGE_NAMES[language])]
      .filter((part) => part !== null)
      .join(' · '),
  };
}

/** What waits in order: the hold whose timer ends first comes first. */
const firstHolds = (call: PageCall) =>
  listHolds(call.context, { after: null, limit: PER_PAGE, within: call.viewer.programs });

const SOME_HOLDS =
  '1 text may be an opt-out. It becomes one {when}. || {count} texts may be an opt-out. The first becomes one {when}.';
const WHAT_HOLDS_DO =
  'Until somebody decides, nothing but replies goes to these people. At the end of its timer a hold becomes an opt-out by itself, at {at}.';

const list = definePage({
  method: 'get',
  path: '/holds',
  permission: 'reviews:read',
  handle: async (call) => {
    const { t } = call;
    const { items, next } = await firstHolds(call);
    const holds = items.map((item) => shownHold(call, item));
    const { count } = (await waitingForStaff(call.context, call.viewer.programs)).holds;
    const [first] = holds;
    await call.show('holds', {
      ...{ title: t('Holds'), holds, isMore: next !== null },
      sentence: t(SOME_HOLDS, { count: Math.max(count, holds.length), when: first?.endsIn ?? '' }),
      cause: t(WHAT_HOLDS_DO, { at: first?.endsAt ?? '' }),
      mayDecide: may(call.viewer.role, 'reviews:write'),
    });
  },
});

function holdNamed(text: unknown): HoldRef | null {
  const [, row, generation] = HOLD_ID.exec(String(text)) ?? [];
  return row === undefined ? null : { row, generation: Number(generation) };
}

async function showHold(call: PageCall, shown: Shown = FRESH): Promise<void> {
  const { context, request } = call;
  const ref = holdNamed(request.params.id);
  const { items } = await firstHolds(call);
  const ids = items.map(({ id }) => id);
  const listed = items.find(({ id }) => id === request.params.id);
  const hold = listed ?? (ref === null ? null : await readHold(context, ref));
  if (ref === null || hold === null) return showEnded(call, ref, { ...shown, next: ids[0] ?? null });
  await showOpen(call, ref, { ...shown, hold, ids });
}

async function showOpen(
  call: PageCall,
  ref: HoldRef,
  { hold, ids, status, ...shown }: Shown & { hold: Listed; ids: string[] },
): Promise<void> {
  const { viewer, t } = call;
  const mayDecide = may(viewer.role, 'reviews:write');
  const said = may(viewer.role, 'evidence:read') ? await readSaid(call, ref) : null;
  const listed = shownHold(call, hold);
  const cause = untilWhen(call, hold, listed);
  const model = {
    ...decidable(call, { ...shown, title: t('Hold'), id: hold.id, ids, said }),
    hold: { ...listed, sentence: t(PERHAPS, { doubt: listed.doubt, when: listed.endsIn }), cause },
    ...{ mayDecide, decisions: decisionsIn(call, shown) },
    other: mayDecide ? await otherReader(call, hold.id) : null,
  };
  await call.show('hold', model, status);
}

const PERHAPS = 'Perhaps an opt-out ({doubt}): becomes one {when}.';

function untilWhen(
  { context, viewer, t }: PageCall,
  { endsAt }: Listed,
  { endsAt: until, heldAt: since }: ReturnType<typeof shownHold>,
): string {
  const left = endsAt.getTime() - context.now().getTime();
  if (left <= 0) return t('Its time was over at {until}: it becomes an opt-out within minutes.', { until });
  const time = timeLeft(left, viewer.language);
  return t('Decide within {time}, until {until}: else it counts as an opt-out. Held since {since}.', {
    ...{ time, until, since },
  });
}

/** What can be decided, with the key that chooses it. */
function decisionsIn({ t }: PageCall, { typed, field }: Pick<Shown, 'typed' | 'field'>) {
  const choices = [
    { value: 'opt-out', key: 1, label: t('To get no more texts: opt out') },
    { value: 'release', key: 2, label: t('Something else: release') },
  ] as const;
  return choices.map((choice) => ({
    ...choice,
    isChosen: typed.decision === choice.value,
    hasFocus: field === 'decision' && choice.key === 1,
  }));
}

async function readSaid({ context, viewer, t }: PageCall, hold: HoldRef) {
  const found = await readHeldTexts(context, {
    hold,
    reason: t('to decide the hold'),
    actor: actorOf(viewer),
    after: null,
    limit: MOST_TEXTS,
    withConversation: true,
  });
  return found.kind === 'read'
    ? { texts: found.texts.items, conversation: found.conversation }
    : { texts: [], conversation: [] };
}

/** The page of a hold that is over: how it ended, and what the viewer can do about that. */
async function showEnded(
  call: PageCall,
  ref: HoldRef | null,
  { next, typed, fault, status }: Shown & { next: string | null },
): Promise<void> {
  const { context, viewer, t } = call;
  const ended = ref === null ? null : await readEndedHold(context, ref);
  const isOut = ended?.ofAll === true && (ended.how === 'opt-out' || ended.how === 'timer');
  const model = {
    title: t('This hold is over'),
    heading: t('This hold is over'),
    ...{ next, typed, fault },
    how: ended === null ? null : howEnded(call, ended),
    contact: ended?.contact ?? null,
    overturn: isOut && may(viewer.role, 'consent:overturn') ? ended.seq : null,
  };
  await call.show('hold-over', model, ended === null && status === 200 ? 404 : status);
}

function howEnded(call: PageCall, ended: NonNullable<Awaited<ReturnType<typeof readEndedHold>>>): string {
  const { t } = call;
  const { name, at } = byAndAt(call, ended);
  switch (ended.how) {
    case 'opt-out':
      return t('{name} decided at {at} that it was an opt-out.', { name, at });
    case 'release':
      return t('{name} decided at {at} that it was no opt-out.', { name, at });
    case 'timer':
      return t('Nobody decided in time: it became an opt-out at {at}.', { at });
    case 'person':
      return t('The person ended it at {at} by a text of their own.', { at });
    case 'other':
      return t('{name} ended it at {at}.', { name, at });
    default:
      return ended.how satisfies never;
  }
}

const detail = definePage({
  method: 'get',
  path: '/holds/:id',
  permission: 'reviews:read',
  handle: (call) => showHold(call),
});

const form = z.object({
  decision: z.enum(HOLD_DECISIONS),
  reason: z.string().trim().max(REASON.most).prefault(''),
  read_until: z.string().max(100).prefault(''),
  wrong_number: z.literal('yes').optional(),
});

const decide = definePage({
  method: 'post',
  path: '/holds/:id',
  permission: 'reviews:write',
  handle: async (call) => {
    const { context, viewer, request } = call;
    const hold = holdNamed(request.params.id);
    const { data } = form.safeParse(request.body);
    const typed = typedIn(call);
    if (hold === null) return showHold(call);
    const wrongForm = faultInForm(call, typed, data);
    if (wrongForm !== null) return showHold(call, { typed, ...wrongForm, status: 422 });
    if (data === undefined) return showHold(call);
    const { decision, read_until: read, wrong_number: wrong } = data;
    const refused = (fault: string, status: number) => showHold(call, { typed, fault, status });
    const outcome = await decideHold(context, {
      hold,
      decision,
      wrongNumber: wrong !== undefined,
      readUntil: read === '' ? null : read,
      reason: data.reason === '' ? null : data.reason,
      actor: actorOf(viewer),
    });
    await answerDecision(call, outcome, { decision, refused });
  },
});

/** What is missing in a decision, and in which field; null when it can be tried. */
function faultInForm(
  { t }: PageCall,
  typed: Typed,
  data: z.output<typeof form> | undefined,
): { fault: string; field: string } | null {
  if ((typed.reason ?? '').trim().length > REASON.most)
    return { fault: t('Write at most 200 letters.'), field: 'reason' };
  if (data === undefined) return { fault: t('Choose whether it was an opt-out.'), field: 'decision' };
  if (data.decision === 'opt-out') return null;
  if (data.wrong_number !== undefined)
    return {
      fault: t('A person we do not mean gets no more texts. Opt them out, or take the mark away.'),
      field: 'wrong_number',
    };
  return data.reason.length < REASON.least
    ? { fault: t('Say in a few words why it was no opt-out: it stays on record.'), field: 'reason' }
    : null;
}

type Refused = (fault: string, status: number) => Promise<void>;
type Outcome = Awaited<ReturnType<typeof decideHold>>;

async function answerDecision(
  call: PageCall,
  outcome: Outcome,
  { decision, refused }: { decision: string; refused: Refused },
): Promise<void> {
  const { t } = call;
  switch (outcome.kind) {
    case 'decided': {
      const next = await holdAfter(call);
      const done =
        decision === 'release'
          ? t('Released: texts may go to them again.')
          : t('Opted out. At most one text confirms it; nothing more is sent.');
      return call.go(next === null ? '/console/holds' : `/console/holds/${next}`, {
        kind: 'good',
        text: next === null ? `${done} ${t('That was the last hold.')}` : done,
      });
    }
    case 'over':
      return refused(t('Somebody else was first: nothing was changed by you.'), 409);
    case 'unread':
      return refused(t('They wrote again while you decided. Read it below, then decide.'), 409);
    case 'not-of-hold':
      return refused(t('The page was old. Read the texts below, then decide.'), 409);
    case 'lost':
      return refused(t('The key that sealed this person is lost, so only the timer can end the hold.'), 409);
    case 'unknown':
      return showHold(call);
    default:
      return outcome satisfies never;
  }
}

/** The hold to decide next: the one that the page offered as the next, or the first one that waits. */
async function holdAfter({ context, request, viewer }: PageCall): Promise<string | null> {
  const offered = holdNamed((request.body as Record<string, unknown>).next);
  const hold = offered === null ? null : await readHold(context, offered);
  return hold?.id ?? (await nextHold(context, viewer.programs));
}

export const HOLD_PAGES = [list, detail, decide];
