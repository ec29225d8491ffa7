import type { Desk } from '../../consent/desk.ts';
import { type Door, judgeNumber, type NumberFacts, type Verdict } from '../../domain/hygiene/verifying.ts';
import { readNumber } from '../../domain/numbers.ts';
import { findHolders } from '../../store/people/contacts.ts';
import { noteVerified } from '../../store/people/number-facts.ts';
import { readVerificationRules } from '../../store/people/verification-rules.ts';
import { lookUpLine } from './look-up-line.ts';
import { hasTextedSince } from './texted-since.ts';

export type DoorVerdict = Verdict & {
  /** Null where the carrier said nothing. */
  facts: NumberFacts | null;
};

/**
 * Whether a door may take a number, E.164, on. What the numbering plan refuses costs no question; what is not known is
 * let through, and said in the verdict. So is a number that has texted since the carrier said that it gets no texts.
 */
export async function verifyAtDoor(desk: Desk, door: Door, number: string): Promise<DoorVerdict> {
  const rules = await readVerificationRules(desk.store);
  const phone = readNumber(number);
  if (phone.kind !== 'phone') throw new Error('a door asks about what is no phone number');
  const byPlan = judgeNumber(phone, 'not-asked', rules.accepted);
  if (byPlan.refused !== null || rules.doors[door] === 'plan') return { ...byPlan, facts: null };
  const { facts } = await lookUpLine(desk, number, { rules, run: null });
  const verdict = judgeNumber(phone, facts, rules.accepted);
  if (typeof facts === 'string') return { ...verdict, facts: null };
  const isOutweighed = verdict.refused !== null && (await textedSince(desk, number, facts.at));
  return { ...verdict, ...(isOutweighed ? { refused: null } : {}), facts };
}

/** Of a number that nobody holds: false. */
async function textedSince(desk: Desk, number: string, at: Date): Promise<boolean> {
  const [holder] = await findHolders(desk.store, [desk.indexOf(number)]);
  return holder !== undefined && hasTextedSince(holder, at);
}

/** Keeps with a contact what a door found out about its number; until then a verification run takes it from there. */
export async function noteVerdict(desk: Desk, contact: string, { facts }: DoorVerdict): Promise<void> {
  if (facts !== null) await noteVerified(desk.store, contact, { ...facts, run: null });
}
