import { entry, type Route } from '../route.ts';
import { bulkAnswer, saveContacts } from './bulk.ts';
import { contactAnswer, contactBody, saveContact } from './contacts.ts';
import { eventAnswer, eventBody, eventLine, postEvent } from './events.ts';
import { eventsAnswer, postEvents } from './events-bulk.ts';
import * as ownFields from './fields-of-contacts.ts';
import { listsAnswer, listsQuery, showLists } from './list-names.ts';
import { profileAnswer, showProfile } from './profile.ts';
import { putStages, showStages, stagesAnswer, stagesBody } from './stages.ts';
import { contactParams } from './status.ts';

/** What is known of people: profiles, own fields and events. Nothing here can change consent. */
export const CONTACT_ROUTES: readonly Route[] = [
  entry({
    method: 'post',
    path: '/contacts',
    scope: 'contacts:write',
    summary: 'Save what is known of a person. It makes nobody a subscriber.',
    body: contactBody,
    answer: contactAnswer,
    problems: ['refused'],
    handle: saveContact,
  }),
  entry({
    method: 'post',
    path: '/contacts/bulk',
    scope: 'contacts:write',
    summary: 'Save what is known of many people: NDJSON, a line each as in POST /contacts.',
    lines: contactBody,
    answer: bulkAnswer,
    handle: saveContacts,
  }),
  entry({
    method: 'get',
    path: '/contacts/{id}',
    scope: 'contacts:read',
    summary: 'Show what is known of a person beside consent, but for what is kept sealed.',
    params: contactParams,
    answer: profileAnswer,
    problems: ['not-found', 'not-possible'],
    handle: showProfile,
  }),
  entry({
    method: 'get',
    path: '/lists',
    scope: 'contacts:read',
    summary: 'List the names of the lists that people are on.',
    query: listsQuery,
    answer: listsAnswer,
    handle: showLists,
  }),
  entry({
    method: 'get',
    path: '/contact-fields',
    scope: 'contacts:read',
    summary: 'List the own fields of contacts.',
    query: ownFields.contactFieldsQuery,
    answer: ownFields.contactFieldsAnswer,
    handle: ownFields.listContactFields,
  }),
  entry({
    method: 'put',
    path: '/contact-fields/{name}',
    scope: 'contacts:write',
    summary: 'Define an own field of contacts, or give it another label.',
    params: ownFields.contactFieldParams,
    body: ownFields.contactFieldBody,
    answer: ownFields.contactFieldAnswer,
    problems: ['not-possible'],
    handle: ownFields.putContactField,
  }),
  entry({
    method: 'get',
    path: '/stages',
    scope: 'contacts:read',
    summary: 'List the stages that a person can be in.',
    answer: stagesAnswer,
    handle: showStages,
  }),
  entry({
    method: 'put',
    path: '/stages',
    scope: 'contacts:write',
    summary: 'Define all stages beside the usual ones.',
    body: stagesBody,
    answer: stagesAnswer,
    handle: putStages,
  }),
  entry({
    method: 'post',
    path: '/events',
    scope: 'contacts:write',
    summary: 'Tell what a person did. Nobody is made by it.',
    body: eventBody,
    answer: eventAnswer,
    problems: ['not-found', 'conflict'],
    handle: postEvent,
  }),
  entry({
    method: 'post',
    path: '/events/bulk',
    scope: 'contacts:write',
    summary: 'Tell what many people did: NDJSON, a line each as in POST /events, each with an `id`.',
    lines: eventLine,
    answer: eventsAnswer,
    handle: postEvents,
  }),
];
