import { ROLES, type Role } from './permissions.ts';

/** The fictional staff of the demo, one for each role. */
export const DEMO_STAFF: Readonly<Record<Role, string>> = {
  support: 'Rosa Iglesias',
  marketer: 'Mia Okafor',
  compliance: 'Sam Lindqvist',
  admin: 'Ada Brandt',
  'read-only': 'Lee Novak',
  integrator: 'Kit Tanaka',
};

/** Staff by the id of their sign-in. In the demo the id is the role. */
export const STAFF_BY_ID: ReadonlyMap<string, { name: string; role: Role }> = new Map(
  ROLES.map((role) => [role, { name: DEMO_STAFF[role], role }]),
);
