import { z } from 'zod';
import { definePage } from '../page.ts';

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

const account = definePage({
  method: 'get',
  path: '/account',
  permission: 'programs:read',
  handle: ({ viewer, show, t }) =>
    show('account', {
      title: t('Account'),
      zones: ZONES.includes(viewer.zone) ? ZONES : [viewer.zone, ...ZONES],
      fault: null,
      typed: viewer,
    }),
});

const save = definePage({
  method: 'post',
  path: '/account',
  permission: 'programs:read',
  handle: async ({ request, viewer, show, go, t }) => {
    const { success, data } = form.safeParse(request.body);
    if (!success) {
      const fault = t('Choose a zone, a language and a theme of the lists.');
      return show('account', { title: t('Account'), zones: ZONES, fault, typed: viewer }, 422);
    }
    const { shortcuts = viewer.shortcuts, ...rest } = data;
    request.session.viewer = { ...viewer, ...rest, shortcuts };
    go('/console/account', { kind: 'good', text: t('Saved. Every page uses it from now on.') });
  },
});

export const ACCOUNT_PAGES = [account, save];
