import { z } from 'zod';
import { decideHold, HOLD_DECISIONS, type HoldRef, readEndedHold } from '../../consent/review/decide-hold.ts';
import { listHolds, nextHold, readHeldTexts, readHold } from '../../consent/review/list-holds.ts';
import { waitingForStaff } from '../../contacts/waiting-for-staff.ts';
import { may } from '../../domain/access/permissions.ts';
import { showTime } from '../../domain/console-time.ts';
import { fromNow, timeLeft } from '../from-now.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import {
  byAndAt,
  FRESH,
  MOST_TEXTS,
  neighbours,
  otherReader,
  PER_PAGE,
  personName,
  type Shown,
  shownTexts,
  typedIn,
} from './queue.ts';

const HOLD_ID = /^([0-9a-f]{24})\.([1-9]\d{0,8})$/;

type Listed = Awaited<ReturnType<typeof listHolds>>['items'][number];

function shownHold({ viewer, context, t }: PageCall, { id, about, heldAt, endsAt, score, rule }: Listed) {
  const { zone, language } = viewer;
  const left = endsAt.getTime() - context.now().getTime();
  return {
    id,
    person: personName(about) ?? t('nobody has this number any more'),
    contact: about?.contact.id ?? null,
    heldAt: showTime(heldAt, zone, language),
    endsAt: showTime(endsAt, zone, language),
    endsIn: fromNow(endsAt, context.now(), language),
    left: left > 0 ? timeLeft(left, language) : null,
    doubt: score === null ? t('not scored') : t('{score} of 10', { score }),
    rule,
  };
}

/** What waits in order: the hold whose timer ends first comes first. */
const firstHolds = (call: PageCall) => listHolds(call.context, { after: null, limit: PER_PAGE });

const list = definePage({
  method: 'get',
  path: '/holds',
  permission: 'reviews:read',
  handle: async (call) => {
    const { items, next } = await firstHolds(call);
    const holds = items.map((item) => shownHold(call, item));
    const { count } = (await waitingForStaff(call.context)).holds;
    await call.show('holds', { title: call.t('Holds'), holds, count, isMore: next !== null });
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
  { hold, ids, typed, fault, status }: Shown & { hold: Listed; ids: string[] },
): Promise<void> {
  const { context, viewer, t } = call;
  const mayRead = may(viewer.role, 'evidence:read');
  const mayDecide = may(viewer.role, 'reviews:write');
  const reason = t('to decide the hold');
  const found = mayRead
    ? await readHeldTexts(context, {
        hold: ref,
        reason,
        actor: actorOf(viewer),
        after: null,
        limit: MOST_TEXTS,
      })
    : null;
  const texts = found?.kind === 'read' ? found.texts.items : [];
  const model = {
    title: t('Hold'),
    hold: shownHold(call, hold),
    ...neighbours(call, ids, hold.id),
    ...{ mayRead, mayDecide, typed, fault },
    other: mayDecide ? await otherReader(call, hold.id) : null,
    texts: shownTexts(call, texts, typed.read_until),
    readUntil: texts.at(-1)?.id ?? '',
  };
  await call.show('hold', model, status);
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
  reason: z.string().trim().max(200).prefault(''),
  read_until: z.string().max(100).prefault(''),
  wrong_number: z.literal('yes').optional(),
});

const decide = definePage({
  method: 'post',
  path: '/holds/:id',
  permission: 'reviews:write',
  handle: async (call) => {
    const { context, viewer, request, t } = call;
    const hold = holdNamed(request.params.id);
    const { data } = form.safeParse(request.body);
    const typed = typedIn(call);
    const refused = (fault: string, status: number) => showHold(call, { typed, fault, status });
    if (hold === null) return showHold(call);
    if (data === undefined) return refused(t('Choose whether it was an opt-out.'), 422);
    const { decision, read_until: read, wrong_number: wrong } = data;
    if (decision === 'release' && data.reason.length < 3)
      return refused(t('Say in a few words why it was no opt-out: it stays on record.'), 422);
    const outcome = await decideHold(context, {
      hold,
      decision,
      wrongNumber: wrong !== undefined && decision === 'opt-out',
      readUntil: read === '' ? null : read,
      reason: data.reason === '' ? t('read as an opt-out') : data.reason,
      actor: actorOf(viewer),
    });
    await answerDecision(call, outcome, { decision, refused });
  },
});

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
          : t('Opted out. Nothing more is sent to them.');
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
async function holdAfter({ context, request }: PageCall): Promise<string | null> {
  const offered = holdNamed((request.body as Record<string, unknown>).next);
  const hold = offered === null ? null : await readHold(context, offered);
  return hold?.id ?? (await nextHold(context));
}

export const HOLD_PAGES = [list, detail, decide];
