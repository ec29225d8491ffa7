import type { ClientSession } from 'mongodb';
import type { Role } from '../domain/access/permissions.ts';
import { type Database, defineCollection } from './collection.ts';

/** A link that lets somebody in once: to become the first admin, to accept an invitation, or to set a new password. */
export type StaffLinkDoc = {
  /** SHA-256 of the link's token, base64url. */
  _id: string;
  kind: 'first-admin' | 'invitation' | 'reset';
  /** The member; null for a first admin, who becomes one by the link. */
  staff: string | null;
  role: Role;
  /** Generation of the member when the link was made; 0 for a first admin. */
  generation: number;
  createdAt: Date;
  /** Who made it: "staff:ab12", or "operator" for a link printed on the machine. */
  by: string;
  expires: Date;
};

export const staffLinks = defineCollection<StaffLinkDoc>()('staffLinks', {
  expires_1: { key: { expires: 1 }, expireAfterSeconds: 0 },
  'of-staff': { key: { staff: 1 } },
});

/** A link that works at this moment. */
export const findStaffLink = (database: Database, id: string, now: Date): Promise<StaffLinkDoc | null> =>
  staffLinks(database).findOne({ _id: id, expires: { $gt: now } });

/** Stores a link in the place of every earlier one for the same member, or for a first admin. */
export async function replaceStaffLink(
  database: Database,
  link: StaffLinkDoc,
  session?: ClientSession,
): Promise<boolean> {
  const options = session === undefined ? {} : { session };
  await staffLinks(database).deleteMany({ staff: link.staff }, options);
  await staffLinks(database).insertOne(link, options);
  return true;
}

/** Uses up a link. False: it was used before, or its time is over. */
export async function useStaffLink(
  database: Database,
  id: string,
  { now, session }: { now: Date; session: ClientSession },
): Promise<boolean> {
  const { deletedCount } = await staffLinks(database).deleteOne(
    { _id: id, expires: { $gt: now } },
    { session },
  );
  return deletedCount === 1;
}

/** Removes the links of a member. */
export async function removeStaffLinks(
  database: Database,
  staff: string,
  session: ClientSession,
): Promise<void> {
  await staffLinks(database).deleteMany({ staff }, { session });
}
