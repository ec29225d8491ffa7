import { definePage } from '../page.ts';

/** Each component in each of its states, for whoever builds a page; the tests photograph it. */
export const COMPONENTS_PAGE = definePage({
  method: 'get',
  path: '/components',
  permission: null,
  handle: ({ show }) => show('components', { title: 'Components' }),
});
