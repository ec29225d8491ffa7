import { z } from 'zod';
import { readStanding, readTopicChoice } from '../domain/contacts/people-list.ts';
import { REASONS } from '../domain/sending/send-rules.ts';
import { listPeople, type PersonRow } from '../segments/people-list.ts';
import {
  listPeopleViews,
  type PeopleView,
  removePeopleView,
  savePeopleView,
} from '../segments/people-views.ts';
import { InvalidSegment } from '../segments/segments.ts';
import { people, peopleWith, shownPeople } from './figures.ts';
import { Problem, throwRefusal } from './http/problems.ts';
import { type ApiRequest, type ApiRoute, defineRoute, type RequestContext } from './http/route.ts';
import {
  contactId,
  iso,
  language,
  page,
  paging,
  plainLine,
  plainPage,
  shape,
  slug,
  time,
} from './http/shapes.ts';

const TOPIC = /^[a-z0-9][a-z0-9-]{0,39}:[a-z0-9][a-z0-9-]{0,39}$/;

const standing = z
  .string()
  .max(40)
  .refine(
    (text) => readStanding(text) !== null,
    'It must be "may", or the code of a reason as why_not has it.',
  )
  .meta({ description: '"may", "unreadable", or the code of the first reason why not.', examples: ['may'] });

const filters = {
  segment: slug.optional().meta({ description: 'The id of a segment.' }),
  list: slug.optional().meta({ description: 'The name of a list.' }),
  topic: z
    .string()
    .regex(TOPIC, 'It must be the ids of a program and of a topic of it, such as deals:deals.')
    .optional()
    .meta({ description: 'Ask about this topic only: "program:topic".', examples: ['deals:deals'] }),
  standing: standing.optional().meta({ description: 'Only people of this standing.' }),
};

const contactsQuery = z.strictObject({ ...filters, ...paging('contacts', /^c_[\w-]{16}$/) });

const row = shape('ListedPerson', {
  id: contactId,
  handle: z.string().meta({ description: 'Four signs that tell people apart whose numbers end alike.' }),
  ending: z.string().nullable().meta({ description: 'The last four digits of the number.' }),
  language: language.nullable(),
  standing,
  joining: z.enum(['never', 'pending', 'unsubscribed', 'refused', 'expired']).nullable().meta({
    description: 'How far they came, where the reason is that they are in no program; null otherwise.',
  }),
  created_at: time,
});

const contactsAnswer = page(row)
  .extend({
    total: people('People who match, whatever their standing.'),
    may_be_texted: people('Those who may be texted now. Quiet hours and caps are not looked at.'),
    why_not: z.array(peopleWith('PeopleByStanding', { standing, sentence: z.string() })).meta({
      description: 'Each other person under the first reason. With may_be_texted they add up to total.',
    }),
  })
  .meta({ id: 'PeopleList' });

const shownRow = ({ since, firstName: _, ...open }: PersonRow) => ({ ...open, created_at: iso(since) });

const sentenceOf = (code: string): string =>
  Object.hasOwn(REASONS, code)
    ? REASONS[code as keyof typeof REASONS]
    : 'No key of this process opens the contact.';

async function listed({ context, key, query }: ApiRequest<{ query: typeof contactsQuery }>) {
  const { segment = null, list = null, topic: of, standing: wanted, cursor: after = null, limit } = query;
  const topic = of === undefined ? null : readTopicChoice(of, context.catalog.current().book);
  if (of !== undefined && topic === null) throw new Problem('not-found', 'There is no such topic.');
  const filter = { segment, list, topic, standing: wanted === undefined ? null : readStanding(wanted) };
  const request = { ...filter, after, limit, actor: actorOf({ key }), readsNames: false };
  const { tally, rows, next } = await listPeople(context, request).catch((error: unknown) => {
    if (error instanceof InvalidSegment) throw new Problem('not-found', 'There is no such segment.');
    throw error;
  });
  return {
    ...plainPage('contacts', { items: rows, next }, shownRow),
    total: shownPeople(tally.total),
    may_be_texted: shownPeople(tally.may),
    why_not: tally.whyNot.map(({ standing: code, people: howMany }) => ({
      standing: code,
      sentence: sentenceOf(code),
      ...shownPeople(howMany),
    })),
  };
}

const view = shape('ContactView', {
  id: z.string(),
  name: z.string(),
  ...filters,
  by: z.string().meta({ description: 'Who saved it: "staff:…" or "key:…".' }),
});

const shownView = ({ id, name, filter, by }: PeopleView) => {
  const { segment, list, topic, status } = filter;
  const given = Object.entries({ segment, list, topic, standing: status });
  return { id, name, ...Object.fromEntries(given.filter(([, value]) => value !== null)), by };
};

const actorOf = ({ key }: Pick<RequestContext, 'key'>) => ({ kind: 'key', id: key.id }) as const;

const viewId = z.strictObject({
  id: z
    .string()
    .regex(/^v_[\w-]{16}$/, 'It must be the id of a saved list.')
    .meta({ description: 'The id of a saved list, as GET /contact-views lists it.' }),
});

/** The list of people, and the lists that are saved for everybody. */
export const PEOPLE_LIST_ROUTES: readonly ApiRoute[] = [
  defineRoute({
    method: 'get',
    path: '/contacts',
    scope: 'contacts:read',
    id: 'listContacts',
    returns: 'One page of people, and how many there are by what they may get.',
    summary:
      'List people, with how many may be texted now and the first reason why not. Large counts are estimates.',
    query: contactsQuery,
    answer: contactsAnswer,
    problems: ['not-found'],
    handle: listed,
  }),
  defineRoute({
    method: 'get',
    path: '/contact-views',
    scope: 'contacts:read',
    id: 'listContactViews',
    returns: 'One page of saved lists.',
    summary: 'List the lists of people that are saved for everybody.',
    query: z.strictObject(paging('contact-views', /^v_[\w-]{16}$/)),
    answer: page(view),
    handle: async (call) => {
      const { cursor: after = null, limit } = call.query;
      const found = await listPeopleViews(call.context, { actor: actorOf(call), after, limit });
      return plainPage('contact-views', found, shownView);
    },
  }),
  defineRoute({
    method: 'post',
    path: '/contact-views',
    scope: 'programs:write',
    id: 'createContactView',
    returns: 'The list as it is saved.',
    summary: 'Save a list of people for everybody, by its filters. Whoever opens it sees who fits then.',
    body: shape('CreateContactViewRequest', {
      name: plainLine(1, 60).meta({ description: 'What the list is called.' }),
      ...filters,
    }),
    status: 201,
    answer: view,
    problems: ['not-possible'],
    handle: async (call) => {
      const { name, segment = null, list = null, topic = null, standing: status = null } = call.body;
      const order = { name, filter: { segment, list, topic, status }, isShared: true, actor: actorOf(call) };
      return shownView(await savePeopleView(call.context, order).catch(throwRefusal));
    },
  }),
  defineRoute({
    method: 'post',
    path: '/contact-views/{id}/delete',
    scope: 'programs:write',
    id: 'deleteContactView',
    returns: 'The id of the list that is gone.',
    summary: 'Remove a saved list. Its people stay as they are.',
    params: viewId,
    answer: shape('DeletedContactView', { id: z.string() }),
    problems: ['not-found'],
    handle: async (call) => {
      const { id } = call.params;
      const isRemoved = await removePeopleView(call.context, { id, actor: actorOf(call), mayShared: true });
      if (!isRemoved) throw new Problem('not-found', 'There is no saved list of this id.');
      return { id };
    },
  }),
];
