import { createHash } from 'node:crypto';
import { type Actor, actorText } from '../../domain/access/actor.ts';
import { HOUR_MS } from '../../domain/durations.ts';
import { codeOf } from '../../domain/hygiene/error-codes.ts';
import { programsOn, type Sender } from '../../domain/program.ts';
import { LANE_KINDS, type LaneKind, laneKind } from '../../domain/sending/lanes.ts';
import {
  areWebhooksRight,
  compareWebhooks,
  placeOfWebhooks,
  type WebhookAddresses,
  type WebhookRow,
  type WebhookSettings,
  wantedAddresses,
} from '../../domain/webhook-settings.ts';
import { CarrierSettingsFailed } from '../../sending/twilio/carrier-account.ts';
import { openByRing, sealByRing } from '../../store/sealing/keys.ts';
import {
  dueByLane,
  failuresOf,
  readEarlierWebhooks,
  writeEarlierWebhooks,
} from '../../store/senders/sender-figures.ts';
import { stopSender } from '../../store/senders/sender-state.ts';
import type { AppContext } from '../app-context.ts';
import { recordAudit } from '../audit/audit.ts';
import { type SenderView, senderSubject, viewSender } from './senders.ts';

/** Counting what is due stops here. */
const MOST_DUE = 10_000;
const FAILURE_HOURS = 24;

/** What is due in the lanes of one kind. */
export type KindBacklog = { kind: LaneKind; messages: number; oldest: Date };

/** One of our numbers with all that an operator asks about it. */
export type SenderHealth = SenderView & {
  /** The names of the programs that send from it. */
  programs: string[];
  due: KindBacklog[];
  /** Whether there is more than was counted. */
  hasMoreDue: boolean;
  /** Failures of the last 24 hours, the most frequent first. `code`: null where the carrier gave none. */
  failures: { code: string | null; sentence: string; todo: string; messages: number; last: Date }[];
};

/** The name of a number in addresses: a phone number never stands there. Short codes are no phone numbers. */
export const senderId = ({ kind, number }: Pick<Sender, 'kind' | 'number'>): string =>
  kind === 'short-code' ? number : `n${createHash('sha256').update(number).digest('hex').slice(0, 12)}`;

/** Null where none of our numbers has this name. */
export const senderOfId = ({ catalog }: Pick<AppContext, 'catalog'>, id: string): Sender | null =>
  catalog.current().book.senders.find((sender) => senderId(sender) === id) ?? null;

export async function showSender(
  context: Pick<AppContext, 'catalog' | 'now' | 'store'>,
  sender: Sender,
): Promise<SenderHealth> {
  const { store, now, catalog } = context;
  const since = new Date(now().getTime() - FAILURE_HOURS * HOUR_MS);
  const [view, lanes, failures] = await Promise.all([
    viewSender(context, sender),
    dueByLane(store, sender.number, { now: now(), most: MOST_DUE }),
    failuresOf(store, sender.number, since),
  ]);
  const due = LANE_KINDS.flatMap((kind): KindBacklog[] => {
    const own = lanes.filter(({ lane }) => laneKind(lane) === kind);
    if (own.length === 0) return [];
    const messages = own.reduce((sum, lane) => sum + lane.messages, 0);
    return [{ kind, messages, oldest: new Date(Math.min(...own.map(({ oldest }) => oldest.getTime()))) }];
  });
  return {
    ...view,
    due,
    programs: programsOn(catalog.current().book, sender.number).map(({ name }) => name),
    hasMoreDue: due.reduce((sum, { messages }) => sum + messages, 0) >= MOST_DUE,
    failures: failures.map((failure) => ({ ...failure, ...wordsOf(failure.code) })),
  };
}

function wordsOf(code: string | null): { sentence: string; todo: string } {
  const row = code === null ? null : codeOf(code);
  if (row !== null) return { sentence: row.sentence, todo: row.todo };
  if (code === null) return { sentence: 'The carrier gave no reason.', todo: '' };
  return { sentence: `The carrier gave the code ${code}, which we do not know.`, todo: '' };
}

/** The code of a stop by a person. No carrier has it. */
export const STOPPED_BY_STAFF = 'staff';

type Order = { actor: Actor; reason: string };

/**
 * Stops a number: nothing is sent from it, answers included, until somebody resumes it. False where it was stopped
 * before; the first reason stays.
 */
export async function stopSenderByStaff(
  context: Pick<AppContext, 'audit' | 'log' | 'now' | 'store'>,
  { number }: Sender,
  { actor, reason }: Order,
): Promise<boolean> {
  const why = `Staff stopped it: ${reason.replace(/[.\s]+$/, '')}. Resume it when this is settled.`;
  const isNew = await stopSender(context.store, number, { code: STOPPED_BY_STAFF, why }, context.now());
  if (isNew)
    await recordAudit(context, { actor, act: 'sender-stopped', subject: senderSubject(number), reason });
  return isNew;
}

/** The settings of one number at the carrier. */
export type SenderWebhooks =
  | {
      kind: 'read';
      rows: WebhookRow[];
      isRight: boolean;
      /** Where they are set: at the number, or at its Messaging Service, which overrides the number. */
      place: 'number' | 'service';
      /** What was set before somebody changed it here; null: nobody did. */
      before: { at: Date; by: string; addresses: WebhookAddresses } | null;
    }
  /** The account at the carrier has no such number. */
  | { kind: 'unknown' }
  /** A sentence about why they could not be read. */
  | { kind: 'failed'; why: string };

type WebhookContext = Pick<
  AppContext,
  'audit' | 'carrierAccount' | 'log' | 'now' | 'publicUrl' | 'ring' | 'store'
>;

export async function readSenderWebhooks(
  context: Pick<WebhookContext, 'carrierAccount' | 'publicUrl' | 'ring' | 'store'>,
  sender: Sender,
): Promise<SenderWebhooks> {
  const settings = await settingsOf(context, sender);
  if (settings === null) return { kind: 'unknown' };
  if (settings instanceof CarrierSettingsFailed) return { kind: 'failed', why: settings.message };
  const rows = compareWebhooks(settings, context.publicUrl);
  const before = await earlierOf(context, sender);
  return { kind: 'read', rows, isRight: areWebhooksRight(rows), place: placeOfWebhooks(settings), before };
}

const settingsOf = async (
  { carrierAccount }: Pick<WebhookContext, 'carrierAccount'>,
  sender: Sender,
): Promise<WebhookSettings | CarrierSettingsFailed | null> =>
  carrierAccount === null
    ? new CarrierSettingsFailed('This process has no account at the carrier.')
    : carrierAccount.readWebhooks(sender).catch(asFailure);

function asFailure(error: unknown): CarrierSettingsFailed {
  if (error instanceof CarrierSettingsFailed) return error;
  throw error;
}

type Decisive = WebhookSettings['number'];

/** The addresses that decide, wherever they stand. */
const decisiveOf = (settings: WebhookSettings): Decisive =>
  placeOfWebhooks(settings) === 'service' && settings.service !== null
    ? { ...addressesOf(settings.service), application: '' }
    : settings.number;

const addressesOf = (addresses: WebhookAddresses): WebhookAddresses => ({
  inboundUrl: addresses.inboundUrl,
  inboundMethod: addresses.inboundMethod,
  fallbackUrl: addresses.fallbackUrl,
  fallbackMethod: addresses.fallbackMethod,
});

const placeOfSeal = (number: string): string => `senderStates:${number}:webhooksBefore`;

async function earlierOf({ store, ring }: Pick<WebhookContext, 'ring' | 'store'>, { number }: Sender) {
  const earlier = await readEarlierWebhooks(store, number);
  if (earlier === null) return null;
  const text = openByRing(ring, placeOfSeal(number), earlier.sealed).toString('utf8');
  return { at: earlier.at, by: earlier.by, addresses: JSON.parse(text) as Decisive };
}

type SetOutcome =
  /** Set, and read again. */
  | { kind: 'set'; isRight: boolean }
  /** They were as wished before. */
  | { kind: 'unchanged' }
  | { kind: 'failed'; why: string };

/**
 * Sets the addresses of a number at the carrier, as they must be or as they were before, and reads them again. What was
 * there stays readable here, so that it can be put back.
 */
export async function setSenderWebhooks(
  context: WebhookContext,
  sender: Sender,
  { actor, to }: { actor: Actor; to: 'wanted' | 'before' },
): Promise<SetOutcome> {
  const { carrierAccount, publicUrl, store, ring, now } = context;
  const settings = await settingsOf(context, sender);
  if (settings instanceof CarrierSettingsFailed) return { kind: 'failed', why: settings.message };
  if (settings === null || carrierAccount === null)
    return { kind: 'failed', why: 'The account at the carrier has no such number.' };
  const current = decisiveOf(settings);
  const wanted = await wishedFor(context, sender, to);
  if (wanted === null || isSame(current, wanted)) return { kind: 'unchanged' };
  const sealed = sealByRing(ring, placeOfSeal(sender.number), JSON.stringify(current));
  await writeEarlierWebhooks(store, sender.number, { at: now(), by: actorText(actor), sealed });
  const failed = await carrierAccount.writeWebhooks(sender, wanted).then(() => null, asFailure);
  if (failed !== null) return { kind: 'failed', why: failed.message };
  const act = to === 'wanted' ? 'sender-webhooks-set' : 'sender-webhooks-put-back';
  await recordAudit(context, { actor, act, subject: senderSubject(sender.number) });
  const again = await settingsOf(context, sender);
  const isRead = again !== null && !(again instanceof CarrierSettingsFailed);
  return {
    kind: 'set',
    isRight: isRead && (to === 'before' || areWebhooksRight(compareWebhooks(again, publicUrl))),
  };
}

async function wishedFor(
  context: Pick<WebhookContext, 'publicUrl' | 'ring' | 'store'>,
  sender: Sender,
  to: 'wanted' | 'before',
): Promise<Decisive | null> {
  if (to === 'wanted') return { ...wantedAddresses(context.publicUrl), application: '' };
  return (await earlierOf(context, sender))?.addresses ?? null;
}

const isSame = (first: Decisive, second: Decisive): boolean =>
  JSON.stringify({ ...addressesOf(first), application: first.application }) ===
  JSON.stringify({ ...addressesOf(second), application: second.application });
