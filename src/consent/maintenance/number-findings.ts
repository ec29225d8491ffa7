import { forgetBlock } from '../../domain/consent/carrier-block.ts';
import {
  clearNumber,
  endConsent,
  endFormerHolder,
  type Finding,
  programsBefore,
  restoreNumber,
  suppressNumber,
} from '../../domain/consent/consent-end.ts';
import type { ConsentEndReason, ConsentState } from '../../domain/consent/consent-state.ts';
import type { LedgerDraft } from '../../domain/consent/decision.ts';
import type { Scope } from '../../domain/consent/suppression.ts';
import { type ContactDoc, findContact } from '../../store/contacts/contacts.ts';
import { openHolder } from '../../store/contacts/open-contact.ts';
import type { AppContext } from '../app-context.ts';
import { commitAct } from '../commit-act.ts';

/** A delivery whose receipt a rule rests on. */
export type Witness = { delivery: string; code: string | null; at: Date };

/** What a job found out about one contact's number, and what it rests on. */
export type NumberFinding = Finding &
  Found & {
    contact: string;
    /** The job, as the ledger names who acted: "bounce-sweep". */
    job: string;
    /** Version of the rule set that decided. */
    rules: string;
    receipts: readonly Witness[];
    /** Revision of the contact that was judged: of one that moved on since nothing is written. Absent: any. */
    rev?: number;
  };

type Found =
  | { kind: 'suppress' | 'restore' }
  /** `generation`: of the row that is lifted; `unblock`: a carrier's block. */
  | { kind: 'clear'; generation: number }
  | { kind: 'unblock'; scope: Scope; generation: number }
  /** `suppress`: the number also takes no texts from now on. */
  | { kind: 'end'; reason: ConsentEndReason; programs: Ending; suppress: boolean };

/** Whose consent ends: of these programs, of all, or what was given before a moment. */
type Ending = readonly string[] | 'all' | { before: Date };

/**
 * Writes into the ledger what was found out about a number, with its evidence; never an opt-out. True where that
 * changed something: the same again writes nothing. What is planned meets the new fact at the gate, which gives the
 * reason. An erased contact stays as it is, and so does the next holder of its number.
 */
export async function recordNumberFinding(desk: AppContext, health: NumberFinding): Promise<boolean> {
  const contact = await findContact(desk.store, health.contact);
  if (contact === null || contact.sealed === null) return false;
  const { number } = openHolder(desk.ring, contact, []);
  const origin = JSON.stringify({ rule: health.source, receipts: health.receipts });
  const prepared = await commitAct(desk, {
    number,
    channel: 'NO_ACT',
    from: null,
    actor: `job:${health.job}`,
    rules: health.rules,
    personal: { origin },
    alone: false,
    decide: (person, _at, { contact: read, rev }) => {
      const same = read === health.contact && rev === (health.rev ?? rev);
      const changed = same ? decideHealth(person, health) : null;
      return changed === null ? null : { ...changed, replies: [] };
    },
  });
  return prepared !== null;
}

/** What a finding changes; null: nothing. */
export function decideHealth(
  before: ConsentState,
  health: Finding & Found,
): { person: ConsentState; events: LedgerDraft[] } | null {
  if (health.kind === 'suppress') return suppressNumber(before, health);
  if (health.kind === 'restore') return restoreNumber(before, health);
  if (health.kind === 'clear') return clearNumber(before, health);
  if (health.kind === 'unblock') return forgetBlock(before, health);
  if (health.kind !== 'end') return health.kind satisfies never;
  const { programs } = health;
  const named = typeof programs === 'object' && 'before' in programs;
  const ended = endConsent(before, {
    ...health,
    programs: named ? programsBefore(before, programs.before) : programs,
  });
  const suppressed = health.suppress ? suppressNumber(ended?.person ?? before, health) : null;
  if (suppressed === null) return ended;
  return { ...suppressed, events: [...(ended?.events ?? []), ...suppressed.events] };
}

/** That a number left its holder, and who found out by what. */
type HolderLeft = {
  /** Consent from before this moment is the former holder's. */
  until: Date;
  reason: 'deactivated' | 'reassigned';
  /** The job, as the ledger names who acted. */
  job: string;
  rules: string;
  evidence: Record<string, unknown>;
};

/**
 * Ends what the former holder of a number agreed to: no opt-out, suppressions stay, and whoever has the number now may
 * join. True where that changed something.
 */
export async function endFormerHolderConsent(
  desk: AppContext,
  holder: ContactDoc,
  left: HolderLeft,
): Promise<boolean> {
  const { until, reason } = left;
  const prepared = await commitAct(desk, {
    number: openHolder(desk.ring, holder, []).number,
    channel: 'NO_ACT',
    from: null,
    actor: `job:${left.job}`,
    rules: left.rules,
    personal: { origin: JSON.stringify(left.evidence) },
    alone: false,
    decide: (person, at) => {
      const ended = endFormerHolder(person, { until, reason, at });
      return ended === null ? null : { ...ended, replies: [] };
    },
  });
  return prepared !== null;
}
