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
import { type BarrierRule, numberRule, type ReturnRule } from '../../domain/consent/ledger-reasons.ts';
import type { Scope } from '../../domain/consent/suppression.ts';
import { type ContactDoc, findContact } from '../../store/contacts/contacts.ts';
import { numberOf } from '../../store/contacts/open-contact.ts';
import type { AppContext } from '../app-context.ts';
import { commitAct } from '../commit-act.ts';

/** A delivery whose report is evidence for a finding. */
export type Witness = { delivery: string; code: string | null; at: Date };

/** What a job found out about one contact's number, and the evidence. */
export type NumberFinding = Found & {
  contact: string;
  /** Name of the job as the ledger's actor: "bounce-sweep". */
  job: string;
  /** Version of the rules that decided. */
  rules: string;
  receipts: readonly Witness[];
  /**
   * Revision of the contact that was judged. Nothing is written when the contact has changed since. Absent: any
   * revision.
   */
  rev?: number;
};

type Found =
  | ({ kind: 'suppress' } & Finding<BarrierRule>)
  | ({ kind: 'restore' } & Finding<ReturnRule>)
  /** `generation`: of the suppression to lift. `unblock` lifts a carrier's block. */
  | ({ kind: 'clear'; generation: number } & Finding<ReturnRule>)
  | ({ kind: 'unblock'; scope: Scope; generation: number } & Finding<ReturnRule>)
  /** `suppress`: the number also accepts no texts from now on. */
  | ({ kind: 'end'; reason: ConsentEndReason; programs: Ending; suppress: boolean } & Finding<BarrierRule>);

/** Consent that ends: that of these programs, of all, or consent given before a moment. */
type Ending = readonly string[] | 'all' | { before: Date };

/**
 * Writes a finding about a number into the ledger with its evidence; never an opt-out. Returns true when it changed
 * something; a repeated finding writes nothing. Planned deliveries are refused by the gate, which records the reason.
 * An erased contact and the next holder of the number are left as they are.
 */
export async function recordNumberFinding(context: AppContext, health: NumberFinding): Promise<boolean> {
  const contact = await findContact(context.store, health.contact);
  if (contact === null || contact.sealed === null) return false;
  const number = numberOf(context.ring, contact);
  const origin = JSON.stringify({ rule: numberRule(health.rule), receipts: health.receipts });
  const prepared = await commitAct(context, {
    number,
    channel: 'NO_ACT',
    from: null,
    actor: `job:${health.job}`,
    rules: health.rules,
    personal: { origin },
    alone: false,
    decide: (person, _at, { contact: read, rev }) => {
      const same = read === health.contact && rev === (health.rev ?? rev);
      return same ? decideHealth(person, health) : null;
    },
  });
  return prepared !== null;
}

/** The change that a finding makes; null for none. */
export function decideHealth(
  before: ConsentState,
  health: Found,
): { person: ConsentState; events: LedgerDraft[] } | null {
  if (health.kind === 'suppress') return suppressNumber(before, health);
  if (health.kind === 'restore') return restoreNumber(before, health);
  if (health.kind === 'clear') return clearNumber(before, health);
  if (health.kind === 'unblock') return forgetBlock(before, health);
  if (health.kind !== 'end') return health satisfies never;
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

/** A number has left its holder: who found out, and the evidence. */
type HolderLeft = {
  /** Consent given before this moment belongs to the former holder. */
  until: Date;
  reason: 'deactivated' | 'reassigned';
  /** Name of the job as the ledger's actor. */
  job: string;
  rules: string;
  evidence: Record<string, unknown>;
};

/**
 * Ends the consent of a number's former holder. This is no opt-out: suppressions stay, and a new holder may join.
 * Returns true when it changed something.
 */
export async function endFormerHolderConsent(
  context: AppContext,
  holder: ContactDoc,
  left: HolderLeft,
): Promise<boolean> {
  const { until, reason } = left;
  const prepared = await commitAct(context, {
    number: numberOf(context.ring, holder),
    channel: 'NO_ACT',
    from: null,
    actor: `job:${left.job}`,
    rules: left.rules,
    personal: { origin: JSON.stringify(left.evidence) },
    alone: false,
    decide: (person, at) => endFormerHolder(person, { until, reason, at }),
  });
  return prepared !== null;
}
