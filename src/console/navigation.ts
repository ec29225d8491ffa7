import { may, type Permission, type Role } from '../domain/access/permissions.ts';

type RailLink = {
  path: string;
  label: string;
  permission: Permission;
  /** The heading that it stands under. */
  group: 'Send' | 'Proof' | 'Set up' | null;
  /** The queue whose length stands beside the link. */
  count?: 'inbox' | 'holds';
  /** Roles whose rail leaves it out although they may open it. */
  notFor?: readonly Role[];
};

/** Every link of the rail, in the order in which the rail shows them. */
const RAIL: readonly RailLink[] = [
  { path: '/console', label: 'Home', permission: 'programs:read', group: null },
  { path: '/console/people', label: 'People', permission: 'contacts:read', group: null },
  { path: '/console/sent', label: 'Sent', permission: 'contacts:read', group: null },
  {
    path: '/console/inbox',
    label: 'Inbox',
    permission: 'reviews:read',
    group: null,
    count: 'inbox',
    notFor: ['compliance'],
  },
  {
    path: '/console/holds',
    label: 'Holds',
    permission: 'reviews:read',
    group: null,
    count: 'holds',
    notFor: ['support'],
  },
  { path: '/console/suppressions', label: 'Suppressions', permission: 'suppressions:read', group: 'Proof' },
  { path: '/console/drift', label: 'Drift', permission: 'suppressions:read', group: 'Proof' },
  { path: '/console/audit', label: 'Audit', permission: 'audit:read', group: 'Proof' },
  { path: '/console/jobs', label: 'Jobs', permission: 'jobs:read', group: 'Set up', notFor: ['compliance'] },
  { path: '/console/keys', label: 'Keys', permission: 'keys:manage', group: 'Set up' },
  {
    path: '/console/requests',
    label: 'Requests',
    permission: 'keys:manage',
    group: 'Set up',
    notFor: ['admin'],
  },
  { path: '/console/settings', label: 'Settings', permission: 'jobs:manage', group: 'Set up' },
];

type Waiting = Partial<Record<'inbox' | 'holds', number>>;
export type RailGroup = {
  heading: string | null;
  links: { path: string; label: string; isCurrent: boolean; count: number }[];
};

/** The links that a role's rail shows, under their headings. */
export function railOf(role: Role, current: string, waiting: Waiting): RailGroup[] {
  const shown = RAIL.filter(({ permission, notFor }) => may(role, permission) && !notFor?.includes(role));
  const headings = [...new Set(shown.map(({ group }) => group))];
  return headings.map((heading) => ({
    heading,
    links: shown
      .filter(({ group }) => group === heading)
      .map(({ path, label, count }) => ({
        path,
        label,
        isCurrent: path === '/console' ? current === path : current.startsWith(path),
        count: count === undefined ? 0 : (waiting[count] ?? 0),
      })),
  }));
}
