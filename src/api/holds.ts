import { z } from 'zod';
import {
  decideHold,
  type EndedHold,
  HOLD_DECISIONS,
  nameOf as holdName,
} from '../consent/review/decide-hold.ts';
import { listHolds, nextHold, readHeldTexts } from '../consent/review/list-holds.ts';
import { lookAt } from '../consent/review/looks.ts';
import type { ProgramBook } from '../domain/program.ts';
import { contactRef } from './contact-ref.ts';
import { Problem, unusable } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, actorOf, defineRoute } from './http/route.ts';
import {
  answerPage,
  contactId,
  iso,
  line,
  page,
  paging,
  shape,
  text,
  textAt,
  textPage,
  textPaging,
  time,
} from './http/shapes.ts';
import { openedBy, shownLook, textId } from './inbox.ts';
import { howToReturn } from './opt-outs.ts';

/** The name of a hold: its row and generation, which are parsed here. */
const holdId = z
  .string()
  .regex(/^[0-9a-f]{24}\.[1-9]\d{0,8}$/, 'It must be the id of a hold, as GET /holds lists it.')
  .meta({ description: 'The id of a hold, from GET /holds.' })
  .transform((id) => {
    const [row = '', generation = ''] = id.split('.');
    return { row, generation: Number(generation) };
  });
const holdParams = z.strictObject({ id: holdId });

const hold = shape('Hold', {
  id: z.string(),
  contact: contactRef.nullable().meta({
    description:
      'Null when nobody holds the number any more (then only the timer ends the hold), and when the keys of this process cannot open the contact.',
  }),
  sentence: z.string().nullable().meta({ description: 'What support would read out about the contact.' }),
  held_at: time,
  ends_at: time.meta({ description: 'The hold ends in an opt-out at this time when nobody decides before.' }),
  rule: z.string().meta({ description: 'The rule that read the words as a possible opt-out.' }),
  score: z.number().nullable().meta({
    description: 'By the rules of that day: from 10 on surely an opt-out, from 5 on perhaps one.',
  }),
});

type ListedHold = Awaited<ReturnType<typeof listHolds>>['items'][number];

const shownHold = ({ id, about, heldAt, endsAt, rule, score }: ListedHold) => ({
  id,
  contact: about?.contact ?? null,
  sentence: about?.sentence ?? null,
  held_at: iso(heldAt),
  ends_at: iso(endsAt),
  rule,
  score,
});

function holdAt(cursor: string | undefined) {
  if (cursor === undefined) return null;
  const [until = '', id = ''] = cursor.split('.');
  return { until: new Date(Number(until)), id };
}

const TEXTS = 'texts-of-hold';

const decision = z.enum(HOLD_DECISIONS).meta({ id: 'HoldDecisionKind' });

const decideBody = shape('DecideHoldRequest', {
  decision: decision.meta({
    description: '`opt-out`: the words were an opt-out. `release`: they were none.',
  }),
  reason: line(3, 200).meta({ description: 'Why, for anybody who asks later. Kept sealed in the ledger.' }),
  read_until: textId.optional().meta({
    description:
      'Id of the last text that was read, as POST /holds/{id}/read shows the texts. When absent: the held text. A release is refused when words that may be an opt-out came after that text. After an opt-out the person stays in the programs that they confirmed after that text.',
  }),
  wrong_number: z
    .literal(true)
    .optional()
    .meta({ description: 'Only with opt-out: the person says that they are not the person we mean.' }),
});

const decideAnswer = shape('HoldDecision', {
  contact: contactId,
  decision,
  decided_by: z.string().meta({ description: 'Who decided: "staff:…" or "key:…".' }),
  decided_at: time,
  confirmed: z.boolean().meta({ description: 'Whether a text confirms the opt-out to the person.' }),
  repeated: z
    .boolean()
    .meta({ description: 'Whether the same was decided before. Then nothing was changed.' }),
  next: z.string().nullable().meta({ description: 'The hold to decide now; null when none is left.' }),
});

/** Ends a hold as a person decided. The decision is in force when the request is answered. */
async function answerDecideHold({
  context,
  key,
  params,
  body,
}: ApiRequest<{ params: typeof holdParams; body: typeof decideBody }>) {
  const { decision, reason, wrong_number: wrongNumber = false, read_until: readUntil = null } = body;
  if (wrongNumber && decision === 'release') {
    throw unusable(
      'wrong_number',
      'It goes with opt-out only: a person whom we do not mean gets no more texts.',
    );
  }
  const order = { hold: params.id, decision, reason, wrongNumber, readUntil, actor: actorOf(key) };
  const outcome = await decideHold(context, order);
  if (outcome.kind === 'unknown') throw noSuchHold();
  if (outcome.kind === 'lost') throw lostHold();
  if (outcome.kind === 'not-of-hold') {
    throw unusable('read_until', 'It is no text of this hold: POST /holds/{id}/read shows its texts.');
  }
  if (outcome.kind === 'unread') {
    throw new Problem('conflict', `${UNREAD} Nothing was changed.`, {
      next_step: `POST /holds/${holdName(params.id)}/read, to its last page; then name the last text in read_until.`,
    });
  }
  if (outcome.kind === 'over') {
    throw new Problem('conflict', `${endOf(outcome.ended)} Nothing was changed.`, {
      next_step: nextStep(outcome.ended, context.catalog.current().book),
      ...decidedBy(outcome.ended),
    });
  }
  const { contact, by, at, confirmed, repeated } = outcome;
  const next = await nextHold(context);
  return { contact, decision, decided_by: by, decided_at: iso(at), confirmed, repeated, next };
}

const decidedBy = (ended: EndedHold | null) =>
  ended === null ? {} : { decided: { how: ended.how, by: ended.by, at: iso(ended.at) } };

const UNREAD =
  'After the text named as read, the person wrote words that may be an opt-out, and nobody has read them.';

const noSuchHold = (): Problem =>
  new Problem('not-found', 'There is no hold of this id. GET /holds lists the holds.');

const lostHold = (): Problem =>
  new Problem(
    'not-possible',
    'The key that sealed the contact is lost: nobody can read what the person wrote.',
    {
      next_step:
        'If you know the number: POST /opt-outs. Otherwise leave the hold: its timer ends it in an opt-out.',
    },
  );

function endOf(ended: EndedHold | null): string {
  if (ended === null) return 'The hold is over.';
  const at = iso(ended.at);
  if (ended.how === 'timer') return `The hold ended in an opt-out at ${at}: nobody had decided in time.`;
  if (ended.how === 'person') return `The person ended the hold at ${at} by a text of their own.`;
  if (ended.how === 'other') return `The hold ended at ${at} by ${ended.by}.`;
  const word = ended.how === 'release' ? 'released' : 'opted out';
  return `The person was ${word} at ${at} by ${ended.by}.`;
}

const OVERTURN =
  'If the words were no opt-out: POST /contacts/{id}/overturn, with the scope consent:overturn.';

/** An opt-out that spared a program is no opt-out of everything and cannot be overturned. */
function nextStep(ended: EndedHold | null, book: ProgramBook): string {
  const how = ended?.how ?? 'other';
  const isPartial = ended?.ofAll === false && (how === 'opt-out' || how === 'timer');
  return isPartial ? howToReturn(book) : NEXT[how];
}

const NEXT: Record<EndedHold['how'], string> = {
  'opt-out': OVERTURN,
  timer: OVERTURN,
  release: 'If the person wants to opt out all the same: POST /opt-outs.',
  person: 'What the person said themselves counts.',
  other: 'GET /contacts/{id}/status shows what holds now.',
};

/** Holds: words that may be an opt-out, until a person decides. */
export const HOLD_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/holds',
    scope: 'reviews:read',
    id: 'listHolds',
    returns: 'One page of holds, the one whose timer ends first on top.',
    summary: 'List the holds that await a decision. The hold whose timer ends first comes first.',
    query: z.strictObject(paging('holds', /^\d{1,15}\.[0-9a-f]{24}$/)),
    answer: page(hold),
    handle: async ({ context, query: { cursor, limit } }) => {
      const found = await listHolds(context, { after: holdAt(cursor), limit });
      return answerPage('holds', found, shownHold, ({ until, id }) => `${until.getTime()}.${id}`);
    },
  }),
  defineRoute({
    method: 'post',
    path: '/holds/{id}/read',
    id: 'readHeldTexts',
    returns: 'One page of the texts of the hold, and who opened it.',
    scope: 'evidence:read',
    rate: 'lookups',
    summary:
      'Read the words that raised a hold and the words that came since, page by page. The request needs a reason.',
    params: holdParams,
    query: z.strictObject(textPaging(TEXTS)),
    body: shape('ReadHeldTextsRequest', {
      reason: line(3, 200).meta({ description: 'Why the words are read. Kept in the audit trail.' }),
    }),
    answer: shape('HeldTexts', {
      contact: contactId,
      texts: z.array(text).meta({ description: 'In the order in which they reached us.' }),
      opened_by: openedBy,
      next_cursor: z.string().nullable().meta({
        description: 'Pass it back as `cursor` to get the next page. Null: this page is the last.',
      }),
    }),
    problems: ['not-found', 'not-possible'],
    handle: async ({ context, key, params, query: { cursor, limit }, body }) => {
      const request = {
        hold: params.id,
        reason: body.reason,
        actor: actorOf(key),
        after: textAt(cursor),
        limit,
      };
      const found = await readHeldTexts(context, request);
      if (found.kind === 'unknown') throw noSuchHold();
      if (found.kind === 'lost') throw lostHold();
      const { items: texts, next_cursor } = textPage(TEXTS, found.texts);
      const look = await lookAt(context, { of: holdName(params.id), actor: actorOf(key) });
      return { contact: found.contact, texts, opened_by: shownLook(look), next_cursor };
    },
  }),
  defineRoute({
    method: 'post',
    path: '/holds/{id}/decide',
    id: 'decideHold',
    returns: 'The decision that is in force, and the hold to decide next.',
    scope: 'reviews:write',
    summary:
      'End a hold: in an opt-out, or in a release when no words up to read_until were an opt-out. The decision is in force when the request is answered.',
    params: holdParams,
    body: decideBody,
    answer: decideAnswer,
    problems: ['not-found', 'conflict', 'not-possible'],
    handle: answerDecideHold,
  }),
];
