import { z } from 'zod';
import type { DescribedContact } from '../../consent/contact-refs.ts';
import type { TextView } from '../../consent/inbound/text-view.ts';
import { decideHold, HOLD_DECISIONS } from '../../consent/review/decide-hold.ts';
import { listHolds, readHeldTexts } from '../../consent/review/list-holds.ts';
import { actorText } from '../../domain/access/actor.ts';
import { may } from '../../domain/access/permissions.ts';
import { showTime } from '../../domain/console-time.ts';
import { handleOf } from '../../domain/contacts/handle.ts';
import { fromNow } from '../from-now.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';

const PER_PAGE = 50;
const MOST_TEXTS = 50;
const HOLD_ID = /^([0-9a-f]{24})\.([1-9]\d{0,8})$/;

/** How a page names a person: the last four digits and the handle. */
export const personName = (about: DescribedContact | null): string | null =>
  about === null ? null : `ending ${about.contact.masked.slice(-4)} · ${handleOf(about.contact.id)}`;

/** Texts of a person as a page lists them. */
export const shownTexts = ({ viewer }: Pick<PageCall, 'viewer'>, texts: readonly TextView[]) =>
  texts.map(({ receivedAt, words, to, pictures }) => ({
    at: showTime(receivedAt, viewer.zone, viewer.language),
    words,
    to,
    pictures,
  }));

type Listed = Awaited<ReturnType<typeof listHolds>>['items'][number];

function shownHold({ viewer, context, t }: PageCall, { id, about, heldAt, endsAt, score, rule }: Listed) {
  const { zone, language } = viewer;
  return {
    id,
    person: personName(about) ?? t('nobody has this number any more'),
    contact: about?.contact.id ?? null,
    heldAt: showTime(heldAt, zone, language),
    endsAt: showTime(endsAt, zone, language),
    endsIn: fromNow(endsAt, context.now(), language),
    doubt: score === null ? t('not scored') : t('{score} of 10', { score }),
    rule,
  };
}

/** What waits in order: the hold whose timer ends first comes first. */
const firstHolds = (call: PageCall, limit: number) => listHolds(call.context, { after: null, limit });

const list = definePage({
  method: 'get',
  path: '/holds',
  permission: 'reviews:read',
  handle: async (call) => {
    const { items, next } = await firstHolds(call, PER_PAGE);
    const holds = items.map((item) => shownHold(call, item));
    await call.show('holds', { title: call.t('Holds'), holds, isMore: next !== null });
  },
});

function holdOf({ request }: PageCall): { row: string; generation: number } | null {
  const [, row, generation] = HOLD_ID.exec(String(request.params.id)) ?? [];
  return row === undefined ? null : { row, generation: Number(generation) };
}

type Shown = { typed: Record<string, string>; fault: string | null; status: number };
const FRESH: Shown = { typed: {}, fault: null, status: 200 };

async function showHold(call: PageCall, { typed, fault, status }: Shown = FRESH): Promise<void> {
  const { context, viewer, t } = call;
  const hold = holdOf(call);
  const { items } = await firstHolds(call, PER_PAGE);
  const at = items.findIndex(({ id }) => id === call.request.params.id);
  const item = items[at];
  if (hold === null || item === undefined) {
    return call.show('hold-over', { title: t('This hold is over'), next: items[0]?.id ?? null, fault }, 404);
  }
  const reason = t('to decide the hold');
  const found = may(viewer.role, 'evidence:read')
    ? await readHeldTexts(context, {
        hold,
        reason,
        actor: actorOf(viewer),
        after: null,
        limit: MOST_TEXTS,
      })
    : null;
  const texts = found?.kind === 'read' ? found.texts.items : [];
  const shown = {
    title: t('Hold'),
    hold: shownHold(call, item),
    place: t('{place} of {count}', { place: at + 1, count: items.length }),
    next: items[at + 1]?.id ?? null,
    before: items[at - 1]?.id ?? null,
    mayRead: found !== null,
    mayDecide: may(viewer.role, 'reviews:write'),
    texts: shownTexts(call, texts),
    readUntil: texts.at(-1)?.id ?? '',
    typed,
    fault,
  };
  await call.show('hold', shown, status);
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
    const hold = holdOf(call);
    const { data } = form.safeParse(request.body);
    const typed = request.body as Record<string, string>;
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
      actor: actorText(actorOf(viewer)),
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
      const [next] = (await firstHolds(call, 1)).items;
      const done =
        decision === 'release'
          ? t('Released: texts may go to them again.')
          : t('Opted out. Nothing more is sent to them.');
      return call.go(next === undefined ? '/console/holds' : `/console/holds/${next.id}`, {
        kind: 'good',
        text: next === undefined ? `${done} ${t('That was the last hold.')}` : done,
      });
    }
    case 'over': {
      const { ended } = outcome;
      const { zone, language } = call.viewer;
      const how =
        ended === null
          ? ''
          : t('{by} ended it at {at}.', { by: ended.by, at: showTime(ended.at, zone, language) });
      return refused(t('Somebody else was first: nothing was changed by you. {how}', { how }), 409);
    }
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

export const HOLD_PAGES = [list, detail, decide];
