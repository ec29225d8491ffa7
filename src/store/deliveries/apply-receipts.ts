import type { AnyBulkWriteOperation, Document } from 'mongodb';
import { CARRIER_STATES, type Receipt } from '../../domain/receipt-order.ts';
import type { Database } from '../collection.ts';
import { type DeliveryDoc, deliveries } from './delivery.ts';
import { OF_OPEN } from './transitions.ts';

/**
 * How often a group is tried again where a part of it could not be applied. A delivery changes state a handful of
 * times in its whole life.
 */
const ROUNDS = 8;

/**
 * Applies delivery reports to their deliveries, in one command where every delivery is known. The update implements,
 * for many, the rule that test/receipts/receipt-rule.ts states for one. Returns the reports that could not be
 * applied: no such delivery, or a later attempt is under way. In the second case the delivery records the message as
 * an extra one.
 */
export async function applyReceipts(database: Database, receipts: readonly Receipt[]): Promise<Receipt[]> {
  const left: Receipt[] = [];
  let open = receipts;
  for (let round = 0; round < ROUNDS && open.length > 0; round += 1) {
    const { matchedCount } = await deliveries(database).bulkWrite(statements(open));
    if (matchedCount === open.length) return left;
    // The answer does not say which reports were applied. Applying a report again has no further effect.
    const homeless = await findHomeless(database, open);
    left.push(...homeless);
    open = open.filter((receipt) => !homeless.includes(receipt));
  }
  return [...left, ...open];
}

/** The prompts among some deliveries that the carrier has accepted. */
export async function promptsAmong(
  database: Database,
  deliveryIds: readonly string[],
): Promise<{ contact: string; prompt: string; acceptedAt: Date }[]> {
  const rows = await deliveries(database)
    .find(
      { _id: { $in: [...deliveryIds] }, prompt: { $ne: null }, acceptedAt: { $exists: true } },
      { projection: { contact: 1, prompt: 1, acceptedAt: 1 } },
    )
    .hint({ _id: 1 })
    .toArray();
  return rows.flatMap(({ contact, prompt, acceptedAt }) =>
    prompt === null || acceptedAt === undefined ? [] : { contact, prompt, acceptedAt },
  );
}

/** The program of a delivery, and when it was last decided about; null where it was not. */
export async function decisionOn(
  database: Database,
  delivery: string,
): Promise<{ program: string | null; decidedAt: Date | null }> {
  const projection = { program: 1, decision: 1 } as const;
  const row = await deliveries(database).findOne({ _id: delivery }, { projection });
  return { program: row?.program ?? null, decidedAt: row?.decision?.at ?? null };
}

async function findHomeless(database: Database, receipts: readonly Receipt[]): Promise<Receipt[]> {
  const ids = receipts.map((receipt) => receipt.delivery);
  const rows = await deliveries(database)
    .find({ _id: { $in: ids } }, { projection: { state: 1, epoch: 1 } })
    .toArray();
  const found = new Map(rows.map((row) => [row._id, row]));
  const homeless: Receipt[] = [];
  for (const receipt of receipts) {
    const row = found.get(receipt.delivery);
    const later = row?.state === 'sending' && row.epoch > receipt.epoch;
    if (row === undefined || (later && (await noteDouble(database, receipt)))) homeless.push(receipt);
  }
  return homeless;
}

/** False where the delivery changed meanwhile. */
async function noteDouble(
  database: Database,
  { delivery: _id, epoch, carrierSid }: Receipt,
): Promise<boolean> {
  const { matchedCount } = await deliveries(database).updateOne(
    { _id, state: 'sending', epoch: { $gt: epoch } },
    { $addToSet: { extraSids: carrierSid } },
  );
  return matchedCount === 1;
}

/**
 * As few statements as possible, each for one attempt of many deliveries: a statement costs more than an update of
 * one delivery.
 */
function statements(receipts: readonly Receipt[]): AnyBulkWriteOperation<DeliveryDoc>[] {
  const groups = new Map<string, Receipt[]>();
  const times = new Map<string, number>();
  for (const receipt of receipts) {
    // A delivery occurs once per statement. Its further reports are in the next statement.
    const time = (times.get(receipt.delivery) ?? 0) + 1;
    times.set(receipt.delivery, time);
    const key = `${receipt.epoch} ${time}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [receipt]);
    else group.push(receipt);
  }
  return [...groups.values()].map(statement);
}

function statement(receipts: readonly Receipt[]): AnyBulkWriteOperation<DeliveryDoc> {
  const ids = receipts.map((receipt) => receipt.delivery);
  const told = receipts.map(({ delivery: _, ...report }) => ({
    ...report,
    rank: CARRIER_STATES.indexOf(report.state),
  }));
  const place = { $indexOfArray: [{ $literal: ids }, '$_id'] };
  return {
    updateMany: {
      // Skips deliveries whose later attempt is under way: an opt-out may be waiting for that claim to be released.
      filter: {
        _id: { $in: ids },
        $or: [{ state: { $ne: 'sending' } }, { epoch: { $lte: receipts[0]?.epoch ?? 0 } }],
      },
      update: [{ $set: { told: { $arrayElemAt: [{ $literal: told }, place] } } }, ...FOLD],
      hint: { _id: 1 },
    },
  };
}

const before = { $indexOfArray: [CARRIER_STATES, '$state'] };
const own = {
  $cond: [
    { $gt: ['$epoch', '$told.epoch'] },
    '$carrierSid',
    { $ifNull: ['$carrierSid', '$told.carrierSid'] },
  ],
};
const known = (value: Document | string): Document => ({ $ifNull: [value, '$$REMOVE'] });
const earlier = (field: string): Document => known({ $min: [`$${field}`, `$told.${field}`] });

/** The higher state keeps its own error. Two reports of one state keep the greater code; null is less than any code. */
const ERROR = {
  $cond: [
    { $lt: [before, '$told.rank'] },
    '$told.error',
    { $cond: [{ $eq: [before, '$told.rank'] }, { $max: ['$error', '$told.error'] }, '$error'] },
  ],
};

const proven = { $eq: ['$decision.by', 'receipt'] };

/**
 * Nothing is sent except through the gate. So a report for a delivery without a decision proves that there was one,
 * and so does a report for a delivery refused at a later attempt.
 */
const DECISION = {
  $cond: [
    { $or: [{ $lte: ['$decision', null] }, proven, { $eq: ['$decision.allowed', false] }] },
    {
      allowed: true,
      reasons: [],
      at: { $min: [{ $cond: [proven, '$decision.at', null] }, '$told.acceptedAt'] },
      by: 'receipt',
    },
    '$decision',
  ],
};

const FOLD: Document[] = [
  {
    $set: {
      decision: DECISION,
      state: { $cond: [{ $lt: [before, '$told.rank'] }, '$told.state', '$state'] },
      error: known(ERROR),
      carrierSid: known(own),
      extraSids: known({
        $cond: [
          { $eq: [own, '$told.carrierSid'] },
          '$extraSids',
          { $setUnion: [{ $ifNull: ['$extraSids', []] }, ['$told.carrierSid']] },
        ],
      }),
      acceptedAt: earlier('acceptedAt'),
      sentAt: earlier('sentAt'),
      finalAt: earlier('finalAt'),
      doneDate: earlier('doneDate'),
    },
  },
  { $unset: [...OF_OPEN, 'told'] },
];
