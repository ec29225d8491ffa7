import type { Desk } from '../consent/desk.ts';
import { applyChanges, type FieldFault, faultsOfAnybody } from '../domain/audience/save-profile.ts';
import { judgeNumber, NUMBER_REFUSALS } from '../domain/hygiene/verifying.ts';
import { readNumber } from '../domain/numbers.ts';
import { StaleRead } from '../store/consent/commit.ts';
import {
  claimFields,
  openRound,
  type Round,
  readKnown,
  type SaveRequest,
  somebodyNew,
  writeRound,
} from './profile-round.ts';

export type Saved = { kind: 'saved'; contact: string; created: boolean; changed: string[] };
/**
 * `inItself`: the same would be refused whoever has the number; else it is for what is held of `contact`, or since nobody is
 * held (null). `erased`: everything about the person was erased, and only their own JOIN begins anew.
 */
type Refused =
  | { kind: 'refused'; faults: FieldFault[]; inItself: boolean; contact: string | null }
  | { kind: 'erased'; contact: string };
export type SaveResult = Saved | Refused;

/** How often writers of the same people may get in the way before it is given up. */
const MOST_TRIES = 30;

/**
 * Saves what requests say of people, in their order; who is not known yet becomes a contact without any consent.
 * Writes profiles alone: no subscription, no suppression, no ledger. Durable when it resolves, and the same requests
 * again change nothing. Throws `StaleRead` where other writers kept being first.
 */
export async function saveProfiles(desk: Desk, requests: readonly SaveRequest[]): Promise<SaveResult[]> {
  let results: SaveResult[] = [];
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const round = await openRound(desk, requests);
    const earlier = results;
    results = requests.map((request, at) => withEarlier(decide(desk, round, request), earlier[at]));
    if ((await claimFields(desk, round)) && (await writeRound(desk, round))) return results;
  }
  throw new StaleRead('other writers of the same contacts were always first');
}

/** What is at fault with a request whoever has the number: nobody is read for it. */
export async function faultsOfRequest({ store, now }: Desk, { changes }: SaveRequest): Promise<FieldFault[]> {
  return faultsOfAnybody(changes, (await readKnown(store)).known, now());
}

/** What would be refused of anybody is refused for that alone: it tells nothing of who has the number. */
function decide(desk: Desk, round: Round, request: SaveRequest): SaveResult {
  const decided = decideOn(desk, round, request);
  if (decided.kind === 'saved') return decided;
  const faults = faultsOfAnybody(request.changes, round.known, round.now);
  return faults.length === 0 ? decided : { kind: 'refused', faults, inItself: true, contact: null };
}

function decideOn(desk: Desk, round: Round, request: SaveRequest): SaveResult {
  const { people, known: rules, now } = round;
  const index = desk.indexOf(request.number);
  const [erased, closed] = [round.erased.get(index), round.closed.get(index)];
  if (erased !== undefined) return { kind: 'erased', contact: erased };
  if (closed !== undefined) return refusedAsHeld([CLOSED], closed);
  const known = people.get(index);
  const fault = known === undefined ? faultOfNew(request.number, round) : null;
  if (fault !== null) return refusedAsHeld([fault], null);
  const one = known ?? somebodyNew(desk, request);
  const applied = applyChanges(one.after, request.changes, rules, now);
  if (applied.kind === 'refused') return refusedAsHeld(applied.faults, one.id);
  one.after = applied.after;
  for (const field of applied.changed) one.changed.add(field);
  people.set(index, one);
  return { kind: 'saved', contact: one.id, created: known === undefined, changed: applied.changed };
}

const refusedAsHeld = (faults: FieldFault[], contact: string | null): Refused => ({
  kind: 'refused',
  faults,
  inItself: false,
  contact,
});

const CLOSED: FieldFault = {
  field: 'phone',
  message: 'What is known of the person cannot be opened with the keys of this process.',
};

/** What the numbering plan alone says against a number that nobody has yet; null: nothing. */
function faultOfNew(number: string, { accepted }: Round): FieldFault | null {
  const phone = readNumber(number);
  const refused = phone.kind === 'phone' ? judgeNumber(phone, 'not-asked', accepted).refused : null;
  return refused === null ? null : { field: 'phone', message: NUMBER_REFUSALS[refused].join(' ') };
}

/** What an earlier try wrote of the same contact counts too. */
function withEarlier(now: SaveResult, earlier: SaveResult | undefined): SaveResult {
  if (now.kind !== 'saved' || earlier?.kind !== 'saved' || now.contact !== earlier.contact) return now;
  const changed = [...new Set([...earlier.changed, ...now.changed])];
  return { ...now, created: earlier.created || now.created, changed };
}
