import type { FailureStage } from '../../../src/domain/hygiene/error-codes.ts';

/** An error of the carrier: where it says it, and the status of an answer to the create call with it. */
export type DictionaryEntry = { code: string; where: readonly FailureStage[]; status: number };

/**
 * Codes of text messages, kept apart from the table and never made from it. Answers to REST calls are 400 where nothing
 * else stands here. Source: Twilio, Error and Warning Dictionary, https://www.twilio.com/docs/api/errors/<code>.
 */
const CREATE = [
  ...[20003, 20404, 20429, 20500, 20503, 21211, 21212, 21214, 21217, 21265, 21266, 21408, 21601, 21602],
  ...[21603, 21604, 21606, 21607, 21608, 21609, 21610, 21611, 21612, 21614, 21617, 21620, 21623, 21624],
  ...[21635, 21659, 21663, 21701, 21702, 21703, 21704, 21705, 21711, 30002, 30032, 30037, 30110, 30113],
  ...[35114, 35115, 35117, 35125],
];
const CALLBACK = [
  ...[21610, 30001, 30002, 30003, 30004, 30005, 30006, 30007, 30008, 30010, 30011, 30017, 30018, 30019],
  ...[30020, 30021, 30022, 30023, 30024, 30026, 30027, 30032, 30033, 30034, 30035, 30036, 30037, 30046],
  ...[30047, 30110, 30410, 30450, 30500, 30610, 30640, 63014],
];
const WEBHOOK = [11200, 11205, 11750, 12100, 12200, 12300, 14107, 14109, 30009, 30038, 30039];

const STATUS: Readonly<Record<number, number>> = {
  ...{ 20003: 401, 20404: 404, 20429: 429, 20500: 500, 20503: 503 },
};

const BY_STAGE: readonly [FailureStage, readonly number[]][] = [
  ['create', CREATE],
  ['callback', CALLBACK],
  ['webhook', WEBHOOK],
];

export const DICTIONARY: readonly DictionaryEntry[] = [...new Set(BY_STAGE.flatMap(([, codes]) => codes))]
  .sort((a, b) => a - b)
  .map((code) => ({
    code: String(code),
    where: BY_STAGE.flatMap(([stage, codes]) => (codes.includes(code) ? stage : [])),
    status: STATUS[code] ?? 400,
  }));
