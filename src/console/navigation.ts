import { may, type Permission, type Role } from '../domain/access/permissions.ts';
import { limitRule } from '../domain/access/program-limits.ts';

type RailLink = {
  path: string;
  label: string;
  permission: Permission;
  /** The heading that it stands under. */
  group: 'Send' | 'Know' | 'Proof' | 'Set up' | null;
  /** The queue whose length stands beside the link. */
  count?: 'inbox' | 'holds';
  /** Paths of pages without a link of their own that belong to this one. */
  also?: readonly string[];
  /** Roles whose rail leaves it out although they may open it. */
  notFor?: readonly Role[];
  /** The demo has no such page. */
  needsAccounts?: true;
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
  },
  {
    path: '/console/holds',
    label: 'Holds',
    permission: 'reviews:read',
    group: null,
    count: 'holds',
  },
  {
    path: '/console/quality',
    label: 'Quality',
    permission: 'reports:read',
    group: 'Know',
    also: ['/console/incidents', '/console/codes'],
    notFor: ['compliance'],
  },
  { path: '/console/suppressions', label: 'Suppressions', permission: 'suppressions:read', group: 'Proof' },
  { path: '/console/drift', label: 'Drift', permission: 'suppressions:read', group: 'Proof' },
  { path: '/console/audit', label: 'Audit', permission: 'audit:read', group: 'Proof' },
  {
    path: '/console/programs',
    label: 'Programs',
    permission: 'programs:read',
    group: 'Set up',
    notFor: ['support', 'compliance', 'integrator'],
  },
  {
    path: '/console/words',
    label: 'Try words',
    permission: 'programs:read',
    group: 'Set up',
    notFor: ['support', 'read-only', 'integrator'],
  },
  {
    path: '/console/team',
    label: 'Team',
    permission: 'staff:manage',
    group: 'Set up',
    needsAccounts: true,
  },
  { path: '/console/numbers', label: 'Numbers', permission: 'jobs:manage', group: 'Set up' },
  { path: '/console/doctor', label: 'Doctor', permission: 'jobs:read', group: 'Set up' },
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

/** The router adds the slash. */
const isHome = (path: string): boolean => path === '/console' || path === '/console/';

/** Whether a page is closed to members who are limited to programs. */
const isClosed = (path: string): boolean => limitRule(path.slice('/console'.length) || '/') === 'closed';

/** The links that a role's rail shows, under their headings. */
export function railOf(
  role: Role,
  current: string,
  { waiting, hasAccounts, isLimited }: { waiting: Waiting; hasAccounts: boolean; isLimited: boolean },
): RailGroup[] {
  const shown = RAIL.filter(
    ({ path, permission, notFor, needsAccounts }) =>
      may(role, permission) &&
      !notFor?.includes(role) &&
      (hasAccounts || !needsAccounts) &&
      !(isLimited && isClosed(path)),
  );
  const headings = [...new Set(shown.map(({ group }) => group))];
  return headings.map((heading) => ({
    heading,
    links: shown
      .filter(({ group }) => group === heading)
      .map(({ path, label, count, also = [] }) => ({
        path,
        label,
        isCurrent:
          path === '/console' ? isHome(current) : [path, ...also].some((start) => current.startsWith(start)),
        count: count === undefined ? 0 : (waiting[count] ?? 0),
      })),
  }));
}
