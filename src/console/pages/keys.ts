import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import {
  type ApiScope,
  listApiKeys,
  makeKeyByStaff,
  revokeKeys,
  rotateKey,
  SCOPES,
  showApiKey,
} from '../../access/api-keys.ts';
import { plainLine } from '../../api/http/shapes.ts';
import { actorText, readActor } from '../../domain/access/actor.ts';
import { PERMISSIONS_OF } from '../../domain/access/permissions.ts';
import { showTime } from '../../domain/console-time.ts';
import { DAY_MS } from '../../domain/durations.ts';
import { actorName } from '../actor-name.ts';
import { fromNow } from '../from-now.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf } from '../viewer.ts';
import { FRESH, type Shown, typedIn } from './queue.ts';

const ID = /^[0-9a-f]{16}$/;
const MOST_LISTED = 500;

/** A key that nobody used for so long may not be needed any more. */
const UNUSED_DAYS = 90;

/** What each scope lets a key do, for whoever chooses them. */
const SCOPE_WORDS: Readonly<Record<ApiScope, string>> = {
  'contacts:read': 'look people up, and preview segments and templates',
  'contacts:write': 'save profiles, own fields and events; it opts nobody in or out',
  'consent:write': 'ask people to join, and opt people out',
  'consent:overturn': 'take back opt-outs that were read from ordinary words',
  'reviews:read': 'list holds and the inbox, without words',
  'reviews:write': 'decide holds, close items of the inbox, save answers',
  'inbox:answer': 'answer people who wrote in the last 24 hours',
  'messages:write': 'send one person a message of a topic',
  'campaigns:send': 'send to many: start campaigns and journeys',
  'campaigns:limit': 'save which campaigns need a second person, and what pauses one',
  'suppressions:read': 'list what forbids sending',
  'programs:read': 'read programs, templates, segments, campaigns and prices',
  'programs:write': 'save programs, templates, segments, campaigns and prices',
  'evidence:read': 'read the words of people',
  'numbers:reveal': 'see whole phone numbers, on record',
  'audit:read': 'read the audit trail',
  'jobs:read': 'see what background jobs did',
  'jobs:manage': 'run and pause background jobs',
  'reports:read': 'read reports and figures',
  'keys:manage': 'make and revoke keys, and read the log of requests',
};

type Key = Awaited<ReturnType<typeof listApiKeys>>[number];

const isUnused = ({ lastUsedAt, createdAt }: Key, now: Date): boolean =>
  (lastUsedAt ?? createdAt).getTime() < now.getTime() - UNUSED_DAYS * DAY_MS;

function stateOf({ context, t }: PageCall, key: Key): { sign: string; word: string } {
  if (key.revokedAt !== null) return { sign: 'off', word: t('Revoked') };
  return isUnused(key, context.now())
    ? { sign: 'wait', word: t('Not used') }
    : { sign: 'good', word: t('Works') };
}

/** Who made a key: a member of staff, another key, or the operator on the gateway's machine. */
function makerOf(call: PageCall, { staff, madeBy }: Key, nameOf: (id: string) => string): string {
  const { t } = call;
  if (staff !== null) return actorName(actorText(readActor(staff)), call);
  if (madeBy !== null) return t('the key {name}', { name: nameOf(madeBy) });
  return t('the operator, on the gateway’s machine');
}

function shownKey(call: PageCall, key: Key, nameOf: (id: string) => string) {
  const { context, viewer, t } = call;
  const time = (at: Date) => showTime(at, viewer.zone, viewer.language);
  const { id, name, scopes, createdAt, lastUsedAt, revokedAt, rotatedFrom } = key;
  return {
    ...{ id, name, scopes, rotatedFrom },
    state: stateOf(call, key),
    made: time(createdAt),
    by: makerOf(call, key, nameOf),
    used: lastUsedAt === null ? t('never') : time(lastUsedAt),
    usedAgo: lastUsedAt === null ? null : fromNow(lastUsedAt, context.now(), viewer.language),
    revoked: revokedAt === null ? null : time(revokedAt),
  };
}

function answerOf({ context, t }: PageCall, keys: readonly Key[]) {
  const working = keys.filter(({ revokedAt }) => revokedAt === null);
  const unused = working.filter((key) => isUnused(key, context.now())).length;
  if (working.length === 0)
    return {
      sign: 'off',
      sentence: t('No key works.'),
      cause: t('Programs that call the API need one each. Make one, and give it no more than it needs.'),
    };
  const sentence = t('1 key works. || {count} keys work.', { count: working.length });
  if (unused === 0) return { sign: 'good', sentence, cause: t('Each was used or made in the last 90 days.') };
  return {
    sign: 'wait',
    sentence,
    cause: t(
      '1 was not used for 90 days: revoke it if nobody needs it. || {count} were not used for 90 days: revoke those that nobody needs.',
      {
        count: unused,
      },
    ),
  };
}

const namesOf = (keys: readonly Key[]) => {
  const names = new Map(keys.map(({ id, name }) => [id, name]));
  return (id: string): string => names.get(id) ?? id;
};

const newestFirst = (a: Key, b: Key): number =>
  Number(a.revokedAt !== null) - Number(b.revokedAt !== null) ||
  b.createdAt.getTime() - a.createdAt.getTime();

const list = definePage({
  method: 'get',
  path: '/keys',
  permission: 'keys:manage',
  handle: async (call) => {
    const keys = await listApiKeys(call.context, { after: null, limit: MOST_LISTED });
    const nameOf = namesOf(keys);
    await call.show('setup/keys', {
      title: call.t('Keys'),
      answer: answerOf(call, keys),
      keys: [...keys].sort(newestFirst).map((key) => shownKey(call, key, nameOf)),
      isCut: keys.length === MOST_LISTED,
    });
  },
});

/** A member of staff manages keys within what the own role may do. */
const managerOf = ({ viewer }: PageCall) => ({
  actor: actorOf(viewer),
  scopes: new Set<string>(PERMISSIONS_OF[viewer.role]),
});

const FORM = /^[\w-]{16}$/;

/** A token of a form that makes a key: two presses of the form make one. */
const newForm = (): string => randomBytes(12).toString('base64url');

/** The token that came with a form. Without one each request counts as a form of its own. */
function formOf({ request }: PageCall): string {
  const { form } = (request.body ?? {}) as Record<string, unknown>;
  return typeof form === 'string' && FORM.test(form) ? form : newForm();
}

async function showNew(call: PageCall, { typed, fault, status }: Shown = FRESH): Promise<void> {
  const { request, show, t, viewer } = call;
  const chosen: unknown[] = [request.body?.scope ?? []].flat();
  await show(
    'setup/key-new',
    {
      title: t('A new key'),
      ...{ typed, fault, form: newForm() },
      scopes: SCOPES.filter((scope) => PERMISSIONS_OF[viewer.role].includes(scope)).map((scope) => ({
        scope,
        words: t(SCOPE_WORDS[scope]),
        isChosen: chosen.includes(scope),
      })),
    },
    status,
  );
}

const add = definePage({
  method: 'get',
  path: '/keys/new',
  permission: 'keys:manage',
  freshSignIn: true,
  handle: (call) => showNew(call),
});

const keyForm = z.object({
  name: z.string().trim().pipe(plainLine(1, 80)),
  scope: z.preprocess(
    (value) => (typeof value === 'string' ? [value] : value),
    z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  ),
});

/** Shows the secret of a new key once, on its own page. */
function leadToNew({ request, go }: PageCall, { id, key }: { id: string; key: string }, text: string): void {
  request.session.newKey = { id, secret: key };
  go(`/console/keys/${id}`, { kind: 'good', text });
}

/**
 * Leads to the key that the first press made. The session is not saved: the first press may be saving the secret in it
 * at this moment.
 */
function leadToSame({ response }: PageCall, { id }: { id: string }): void {
  response.redirect(303, `/console/keys/${id}`);
}

const LEFT = 'You have left the team, so nothing was made.';

const make = definePage({
  method: 'post',
  path: '/keys/new',
  permission: 'keys:manage',
  freshSignIn: true,
  handle: async (call) => {
    const { context, request, t } = call;
    const read = keyForm.safeParse(request.body);
    const refused = (fault: string) => showNew(call, { typed: typedIn(call), fault, status: 422 });
    if (!read.success) {
      const isName = read.error.issues.some(({ path }) => path[0] === 'name');
      return refused(
        isName
          ? t('Give it a name of one line, at most 80 letters, without a phone number.')
          : t('Choose one thing at least that it may do.'),
      );
    }
    const { name, scope: scopes } = read.data;
    const by = { ...managerOf(call), form: formOf(call) };
    const made = await makeKeyByStaff(context, { name, scopes }, by);
    if (made.kind === 'beyond') return refused(t('Your role cannot give all of these.'));
    if (made.kind === 'left') return refused(t(LEFT));
    if (made.kind === 'made-before')
      return made.name === name
        ? leadToSame(call, made)
        : refused(
            t('This form made the key “{name}” already. Press again to make this one too.', {
              name: made.name,
            }),
          );
    leadToNew(call, made, t('Made. Copy the secret now: it is not shown again.'));
  },
});

type Found = NonNullable<Awaited<ReturnType<typeof showApiKey>>>;

async function foundKey({ context, request }: PageCall): Promise<Found | null> {
  const id = String(request.params.id);
  return ID.test(id) ? showApiKey(context, id) : null;
}

const nothingHere = ({ show, t }: PageCall): Promise<void> =>
  show('not-found', { title: t('Nothing is here') }, 404);

/** The secret of a key that was made just now. It is gone once it was shown. */
function takeSecret({ request }: PageCall, id: string): string | null {
  const { newKey } = request.session;
  if (newKey?.id !== id) return null;
  delete request.session.newKey;
  return newKey.secret;
}

async function showKey(call: PageCall, { typed, fault, status }: Shown = FRESH): Promise<void> {
  const { context, show, viewer } = call;
  const found = await foundKey(call);
  if (found === null) return nothingHere(call);
  const all = await listApiKeys(context, { after: null, limit: MOST_LISTED });
  const key = shownKey(call, found.key, namesOf(all));
  const mine: readonly string[] = PERMISSIONS_OF[viewer.role];
  await show(
    'setup/key',
    {
      title: key.name,
      ...{ key, typed, fault, form: newForm() },
      scopes: found.key.scopes.map((scope) => ({ scope, words: SCOPE_WORDS[scope as ApiScope] ?? '' })),
      secret: takeSecret(call, key.id),
      mayChange: found.key.scopes.every((scope) => mine.includes(scope)),
      alive: found.alive.map(({ id, name }) => ({ id, name })),
      successors: all
        .filter(({ rotatedFrom }) => rotatedFrom === key.id)
        .map(({ id, name }) => ({ id, name })),
    },
    status,
  );
}

const details = definePage({
  method: 'get',
  path: '/keys/:id',
  permission: 'keys:manage',
  handle: (call) => showKey(call),
});

const BEYOND = 'The key may do more than your role. An admin can change it.';

const rotate = definePage({
  method: 'post',
  path: '/keys/:id/rotate',
  permission: 'keys:manage',
  freshSignIn: true,
  handle: async (call) => {
    const id = String(call.request.params.id);
    if (!ID.test(id)) return nothingHere(call);
    const made = await rotateKey(call.context, id, { ...managerOf(call), form: formOf(call) });
    const refused = (fault: string) => showKey(call, { typed: {}, fault, status: 422 });
    if (made.kind === 'unknown') return nothingHere(call);
    if (made.kind === 'revoked') return refused(call.t('It is revoked. Make a new one.'));
    if (made.kind === 'beyond') return refused(call.t(BEYOND));
    if (made.kind === 'left') return refused(call.t(LEFT));
    if (made.kind === 'made-before') return leadToSame(call, made);
    leadToNew(
      call,
      made,
      call.t('Made. Copy the secret now: it is not shown again. The old key works until you revoke it.'),
    );
  },
});

const revokeForm = z.object({
  name: z.string().max(200).prefault(''),
  whole_line: z.literal('yes').optional(),
});

const revoke = definePage({
  method: 'post',
  path: '/keys/:id/revoke',
  permission: 'keys:manage',
  freshSignIn: true,
  handle: async (call) => {
    const { context, request, t, go } = call;
    const found = await foundKey(call);
    if (found === null) return nothingHere(call);
    const { data } = revokeForm.safeParse(request.body);
    const refused = (fault: string) => showKey(call, { typed: typedIn(call), fault, status: 422 });
    if (data?.name.trim() !== found.key.name)
      return refused(t('Type the name of the key as it stands here.'));
    const wholeLine = data.whole_line === 'yes';
    const done = await revokeKeys(context, { id: found.key.id, wholeLine, by: managerOf(call) });
    if (done.kind === 'unknown') return nothingHere(call);
    if (done.kind === 'beyond') return refused(t(BEYOND));
    const text =
      done.also.length === 0
        ? t('Revoked. No request with it is answered any more.')
        : t('Revoked, and 1 key that it made. || Revoked, and {count} keys that it made.', {
            count: done.also.length,
          });
    go('/console/keys', { kind: 'good', text });
  },
});

/** The keys to the API: which work, what each may do, who made it. */
export const KEY_PAGES = [list, add, make, details, rotate, revoke];
