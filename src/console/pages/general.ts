import { waitingForStaff } from '../../contacts/waiting-for-staff.ts';
import { may } from '../../domain/access/permissions.ts';
import { definePage } from '../page.ts';

/** The first page after sign-in: what needs this person now. */
export const HOME_PAGE = definePage({
  method: 'get',
  path: '/',
  permission: 'programs:read',
  handle: async ({ context, viewer, show, t }) => {
    const waiting = may(viewer.role, 'reviews:read') ? await waitingForStaff(context) : null;
    await show('home', { title: t('Home'), waiting, now: context.now() });
  },
});

/** Each component in each of its states, for whoever builds a page; the tests photograph it. */
export const COMPONENTS_PAGE = definePage({
  method: 'get',
  path: '/components',
  permission: null,
  handle: ({ show }) => show('components', { title: 'Components' }),
});
