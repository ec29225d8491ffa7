import { z } from 'zod';
import { savePreferences } from '../../access/staff.ts';
import { definePage, type PageCall } from '../page.ts';
import { securityOf } from './account.ts';

/** Each component in each of its states, for whoever builds a page; the tests photograph it. */
export const COMPONENTS_PAGE = definePage({
  method: 'get',
  path: '/components',
  permission: null,
  handle: ({ show }) => show('components', { title: 'Components' }),
});

const isZone = (zone: string): boolean => {
  try {
    return Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

const form = z.object({
  zone: z.string().max(60).refine(isZone),
  language: z.enum(['en', 'es']),
  theme: z.enum(['system', 'light', 'dark']),
  shortcuts: z.enum(['on', 'off']).optional(),
});

/** Zones that the list offers first; any other IANA zone can be typed. */
const ZONES = [
  'America/New_York',
  'America/Chicago',
  'America/Denver',
  'America/Phoenix',
  'America/Los_Angeles',
  'America/Anchorage',
  'Pacific/Honolulu',
  'America/Puerto_Rico',
  'America/Toronto',
  'UTC',
];

async function showAccount(call: PageCall, { fault = null }: { fault?: string | null } = {}): Promise<void> {
  const { viewer, show, t } = call;
  const zones = ZONES.includes(viewer.zone) ? ZONES : [viewer.zone, ...ZONES];
  const security = await securityOf(call);
  const status = fault === null ? 200 : 422;
  await show('account', { title: t('Account'), zones, fault, typed: viewer, security }, status);
}

const account = definePage({
  method: 'get',
  path: '/account',
  permission: 'programs:read',
  beforeSecondFactor: true,
  handle: (call) => showAccount(call),
});

const save = definePage({
  method: 'post',
  path: '/account',
  permission: 'programs:read',
  handle: async (call) => {
    const { request, viewer, context, options, go, t } = call;
    const { success, data } = form.safeParse(request.body);
    if (!success) {
      const fault = t('Choose a zone, a language and a theme of the lists.');
      return showAccount(call, { fault });
    }
    const { shortcuts = viewer.shortcuts, ...rest } = data;
    const preferences = { ...rest, shortcuts };
    if (request.member !== undefined) await savePreferences(context, viewer.id, preferences);
    request.session.viewer = { ...viewer, ...preferences };
    // The page that shows it is in the language that was chosen.
    const saved = options.views.translator(data.language);
    go('/console/account', { kind: 'good', text: saved('Saved. Every page uses it from now on.') });
  },
});

export const ACCOUNT_PAGES = [account, save];
