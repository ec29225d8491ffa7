/**
 * What somebody may do. A key to the API has some of these as its scopes, a member of staff those of a role. Each
 * route of the API and each page of the console names the one that it needs. No key has `staff:manage`: whoever makes
 * people by a key would leave doors open that outlive the key.
 */
export const PERMISSIONS = [
  'contacts:read',
  'contacts:write',
  'consent:write',
  'consent:overturn',
  'reviews:read',
  'reviews:write',
  'inbox:answer',
  'messages:write',
  'campaigns:send',
  'campaigns:limit',
  'suppressions:read',
  'programs:read',
  'programs:write',
  'evidence:read',
  'numbers:reveal',
  'audit:read',
  'jobs:read',
  'jobs:manage',
  'reports:read',
  'keys:manage',
  'staff:manage',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** The roles of staff. A member of staff has one. */
export const ROLES = ['support', 'marketer', 'compliance', 'admin', 'read-only', 'integrator'] as const;
export type Role = (typeof ROLES)[number];

const READING = ['contacts:read', 'programs:read'] as const;

/**
 * What each role may do. `campaigns:send` sends to many: it begins campaigns and journeys. `programs:write` edits what
 * they are made of and begins nothing. `messages:write` sends one person a message of a topic; `inbox:answer` only
 * answers people who wrote, so support has neither of the others. `campaigns:limit` says which campaigns need a second
 * person and what pauses them; who sends campaigns must not be the one who lifts that.
 */
export const PERMISSIONS_OF: Readonly<Record<Role, readonly Permission[]>> = {
  support: [
    ...READING,
    'consent:write',
    'evidence:read',
    'inbox:answer',
    'numbers:reveal',
    'reviews:read',
    'reviews:write',
  ],
  marketer: [
    ...READING,
    'campaigns:send',
    'contacts:write',
    'messages:write',
    'programs:write',
    'reports:read',
  ],
  compliance: [
    ...READING,
    'audit:read',
    'consent:overturn',
    'consent:write',
    'evidence:read',
    'jobs:read',
    'numbers:reveal',
    'reports:read',
    'reviews:read',
    'reviews:write',
    'suppressions:read',
  ],
  admin: PERMISSIONS,
  'read-only': [...READING, 'jobs:read', 'reports:read', 'reviews:read', 'suppressions:read'],
  integrator: ['keys:manage', 'programs:read'],
};

export const may = (role: Role, permission: Permission): boolean => PERMISSIONS_OF[role].includes(permission);

/** The roles that have a permission, for a sentence that says whom to ask. */
export const rolesWith = (permission: Permission): Role[] => ROLES.filter((role) => may(role, permission));
