import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { optOut } from '../../consent/opt-in-and-out.ts';
import { lookUpNumber } from '../../contacts/contact-view.ts';
import { answerAboutNumber } from '../../contacts/person-record.ts';
import { actorText } from '../../domain/access/actor.ts';
import { may } from '../../domain/access/permissions.ts';
import { readNumber } from '../../domain/numbers.ts';
import { definePage, type PageCall } from '../page.ts';
import { actorOf, LOOK_UP_REASONS, reasonOf } from '../viewer.ts';
import { seesList, showPeopleList } from './people-list.ts';

/** How long what was typed in a look-up that found nobody is kept, ms. */
const MISS_MS = 10 * 60_000;
/** Most look-ups that found nobody which one sign-in keeps. */
const MOST_MISSES = 10;
const TOKEN_BYTES = 12;

type Miss = { token: string; typed: string };

/** The look-up that a page is about, while it is kept. */
function missOf({ request, context }: PageCall, token: unknown): Miss | null {
  if (typeof token !== 'string' || !/^[\w-]{16}$/.test(token)) return null;
  const miss = request.session.misses?.[token];
  if (miss === undefined || context.now().getTime() - miss.at > MISS_MS) return null;
  return { token, typed: miss.typed };
}

function keepMiss({ request, context }: PageCall, typed: string): string {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  const now = context.now().getTime();
  const fresh = Object.entries(request.session.misses ?? {}).filter(([, { at }]) => now - at <= MISS_MS);
  const kept = fresh.slice(-(MOST_MISSES - 1));
  request.session.misses = Object.fromEntries([...kept, [token, { typed, at: now }]]);
  return token;
}

/** `faultField`: the id of the field in error. */
type Shown = { typed?: string; fault?: string; faultField?: 'look-number' | 'look-reason'; status?: number };

function showSearch({ show, t }: PageCall, shown: Shown = {}): Promise<void> {
  const { typed = '', fault = null, faultField = 'look-number', status = 200 } = shown;
  const model = {
    title: t('People'),
    typed,
    fault,
    faultField: fault === null ? null : faultField,
    miss: null,
  };
  return show('people', model, status);
}

/** The number that somebody typed, E.164; else the sentence that says what is wrong with it. */
function readTyped(typed: string, t: PageCall['t']): { e164: string } | { fault: string } {
  const reading = readNumber(typed, 'US');
  if (reading.kind === 'phone') return { e164: reading.e164 };
  if (reading.kind === 'not-a-number') return { fault: reading.why };
  return {
    fault:
      reading.kind === 'short-code'
        ? t(
            'This is a short code: it sends texts, and is no person’s phone. Type all digits, as in 202 555 0134.',
          )
        : t('This is not a phone number. Type its digits, as in 202 555 0134.'),
  };
}

const search = definePage({
  method: 'get',
  path: '/people',
  permission: 'contacts:read',
  handle: async (call) => {
    const { request, context, viewer, show, t } = call;
    const { miss: token } = request.query;
    if (token === undefined) return seesList(viewer) ? showPeopleList(call) : showSearch(call);
    const miss = missOf(call, token);
    const read = miss === null ? null : readTyped(miss.typed, t);
    if (miss === null || read === null || 'fault' in read) {
      return showSearch(call, { fault: t('That look-up is over ten minutes old. Type the number again.') });
    }
    const answer = await answerAboutNumber(context, read.e164, viewer);
    await show('people', { title: t('People'), typed: '', fault: null, miss, answer });
  },
});

const form = z.object({
  phone: z.string().trim().max(60).prefault(''),
  reason: z.enum(LOOK_UP_REASONS).or(z.literal('')).prefault(''),
});

const lookUp = definePage({
  method: 'post',
  path: '/people',
  permission: 'contacts:read',
  handle: async (call) => {
    const { context, request, viewer, go, t } = call;
    const { data } = form.safeParse(request.body);
    const typed = data?.phone ?? '';
    const refused = (fault: string, faultField: 'look-number' | 'look-reason' = 'look-number') =>
      showSearch(call, { typed, fault, faultField, status: 422 });
    if (data === undefined) return refused(t('Type one phone number, and choose why you look.'));
    const reason = data.reason === '' ? reasonOf(request, context.now()) : data.reason;
    if (reason === null) {
      return refused(t('Choose why you look: it goes on record with the look-up.'), 'look-reason');
    }
    request.session.reason = { reason, at: context.now().getTime() };
    const read = readTyped(typed, t);
    if ('fault' in read) return refused(read.fault);
    const found = await lookUpNumber(context, {
      phone: read.e164,
      reason,
      actor: actorOf(viewer),
      seesFormer: may(viewer.role, 'evidence:read'),
    });
    if (found.kind === 'holder') return go(`/console/people/${found.id}`);
    go(`/console/people?miss=${keepMiss(call, typed)}`);
  },
});

const missForm = z.object({ miss: z.string().max(40), said: z.string().trim().max(200).prefault('') });

const optOutUnknown = definePage({
  method: 'post',
  path: '/people/opt-out',
  permission: 'consent:write',
  handle: async (call) => {
    const { context, request, viewer, go, t } = call;
    const { data } = missForm.safeParse(request.body);
    const miss = missOf(call, data?.miss);
    const read = miss === null ? null : readTyped(miss.typed, t);
    if (data === undefined || read === null || 'fault' in read) {
      const fault = t('That look-up is over ten minutes old. Type the number again.');
      return showSearch(call, { fault, status: 422 });
    }
    const { contact } = await optOut(context, {
      ...{ number: read.e164, programs: [], topics: [], channel: 'VERBAL' },
      origin: { door: 'console', ...(data.said === '' ? {} : { reason: data.said }) },
      actor: actorText(actorOf(viewer)),
    });
    const text = t('The opt-out is in force. No text confirms it: tell them so.');
    go(`/console/people/${contact}`, { kind: 'good', text });
  },
});

const askReason = definePage({
  method: 'get',
  path: '/people/reason',
  permission: 'contacts:read',
  handle: ({ show, t }) => show('people-reason', { title: t('Why do you look?'), fault: null }),
});

const chooseReason = definePage({
  method: 'post',
  path: '/people/reason',
  permission: 'contacts:read',
  handle: async ({ request, context, show, go, t }) => {
    const { data } = form.safeParse({ ...request.body, phone: '' });
    const reason = data?.reason ?? '';
    if (reason === '') {
      const fault = t('Choose one of the reasons.');
      return show('people-reason', { title: t('Why do you look?'), fault }, 422);
    }
    request.session.reason = { reason, at: context.now().getTime() };
    go('/console/people', { kind: 'good', text: t('This reason goes with every look-up from now on.') });
  },
});

// `/people/reason` stands before `/people/:id` in the table of pages.
export const PEOPLE_PAGES = [search, lookUp, askReason, chooseReason, optOutUnknown];
