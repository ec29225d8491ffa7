import { type Diagnosis, good, stop, wait } from '../../domain/examination.ts';
import type { AccountState } from '../../sending/twilio/carrier-account.ts';

const SECONDS = 1000;

export function diagnoseAccount({ status, standing }: AccountState): Diagnosis {
  if (status === null)
    return stop(
      'The carrier gives no answer.',
      'Let this machine call TWILIO_API_BASE by https, and look at the carrier’s status page.',
    );
  if (status === 401 || status === 403)
    return stop(
      `The carrier refuses our credentials (${status}): nothing can be sent.`,
      'Correct TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, start again, and resume the numbers that stopped.',
    );
  if (status >= 300)
    return stop(
      `The carrier answered ${status} about the account.`,
      'Correct TWILIO_API_BASE, or try again.',
    );
  if (standing !== null && standing !== 'active')
    return stop(`The account is ${standing}: nothing can be sent.`, 'Settle it with the carrier.');
  return good('The carrier knows the account, and it is active.');
}

export const numbers = (count: number): string => (count === 1 ? '1 number' : `${count} numbers`);

export function diagnoseAddresses({
  all,
  wrong,
  unknown,
}: Record<'all' | 'wrong' | 'unknown', number>): Diagnosis {
  if (unknown > 0)
    return stop(
      `The account at the carrier does not have ${unknown} of our ${numbers(all)}.`,
      'Correct the number under Numbers, or the account.',
    );
  if (wrong > 0)
    return stop(
      `${numbers(wrong)} of ${all} have other addresses at the carrier than the gateway needs: texts may be lost, a STOP among them.`,
      'Open Numbers, choose the number, and press “Set them”.',
    );
  return good(
    `${all === 1 ? '1 number' : `All ${all} numbers`}: address, retries (#rc=3&rt=9000&rp=5xx,ct,rt) and fallback are set.`,
  );
}

/**
 * The first patch of each line that has no CVE-2025-14847. Source: MongoDB, SERVER-115508. Lines that are not here
 * have no repair, or came after it.
 */
const REPAIRED: ReadonlyMap<string, number> = new Map([
  ['6.0', 27],
  ['7.0', 28],
  ['8.0', 17],
  ['8.2', 3],
]);
const NEWEST_LINE = 8.2;

/** Whether a client without a password can read memory of this server. It needs zlib compression, on by default. */
export function hasOpenMemory({ version, hasZlib }: { version: string; hasZlib: boolean }): boolean {
  const [, line = '', patch] = /^(\d+\.\d+)\.(\d+)/.exec(version) ?? [];
  const repaired = REPAIRED.get(line);
  if (!hasZlib || line === '') return false;
  return repaired === undefined ? Number(line) < NEWEST_LINE : Number(patch) < repaired;
}

export const repairedVersions = [...REPAIRED].map(([line, patch]) => `${line}.${patch}`).join(', ');

/** Beyond this a process is not ready either (`clockPart`). */
const CLOCK_OFF_MS = 2 * SECONDS;
/** The carrier says whole seconds, and its answer takes a while. */
const CARRIER_OFF_MS = 5 * SECONDS;

export function diagnoseClock(times: { here: Date; database: Date; carrier: Date | null }): Diagnosis {
  const off = times.database.getTime() - times.here.getTime();
  const carrierOff = times.carrier === null ? null : times.carrier.getTime() - times.here.getTime();
  const words = (ms: number): string =>
    `${(Math.abs(ms) / SECONDS).toFixed(1)} s ${ms > 0 ? 'ahead' : 'behind'}`;
  if (Math.abs(off) > CLOCK_OFF_MS)
    return stop(
      `The clock of the database is ${words(off)} of this machine's. Marketing is held while they differ.`,
      'Let both follow a time server (chrony or systemd-timesyncd), and correct the wrong one.',
    );
  if (carrierOff !== null && Math.abs(carrierOff) > CARRIER_OFF_MS)
    return stop(
      `The clock of the carrier is ${words(carrierOff)} of ours: this machine and the database are both wrong.`,
      'Let both follow a time server (chrony or systemd-timesyncd).',
    );
  const carrierWords = carrierOff === null ? 'the carrier said no time' : 'the carrier says the same';
  return good(`Machine and database differ by ${Math.abs(off)} ms; ${carrierWords}.`);
}

/** Room for about 50,000 texts. */
const LEAST_FREE_MB = 512;

export function diagnoseSpool(spool: { free: number; waiting: number; isWritable: boolean }): Diagnosis {
  const { free, waiting, isWritable } = spool;
  if (!isWritable)
    return stop(
      'The disk takes no text: what comes while the database is down is refused.',
      'Free some space under DATA_DIR, or make the folder writable.',
    );
  if (waiting > 0)
    return wait(
      `${waiting} texts wait in the spool for the database.`,
      'They are taken in by themselves once the database is back. If they stay, look at the log.',
    );
  if (free < LEAST_FREE_MB)
    return wait(`Only ${free} MB are free on the disk of the spool.`, 'Free some space under DATA_DIR.');
  return good(`Empty and writable; ${free} MB are free.`);
}

export function diagnoseZones(release: string | undefined, now: Date): Diagnosis {
  const [, year] = /^(\d{4})[a-z]?$/.exec(release ?? '') ?? [];
  if (year === undefined)
    return wait('The runtime does not say which time-zone data it has.', 'Use a Node.js with full ICU data.');
  const behind = now.getUTCFullYear() - Number(year);
  if (behind <= 0) return good(`Time-zone data ${release}.`);
  return wait(
    `The time-zone data is ${release}, of ${behind === 1 ? 'last year' : `${behind} years ago`}: changes of law since are missing, but for those that Assent carries itself (British Columbia and Alberta, 2026).`,
    'Update Node.js: each of its releases has the newest data.',
  );
}

/** Some job runs at least every 30 s. */
const SILENT_MS = 180 * SECONDS;

export function diagnoseWorker(newest: Date | null, now: Date, isAnswersOnly: boolean): Diagnosis {
  const repair = 'Start a process with ROLE=worker (npm start starts both), and look at its log.';
  if (newest === null) return stop('No worker has run a job here yet.', repair);
  const silent = now.getTime() - newest.getTime();
  if (silent > SILENT_MS) return stop(`No worker has begun a job since ${newest.toISOString()}.`, repair);
  if (isAnswersOnly)
    return wait(
      'A worker sends only answers to people (HAND_OVER=answers): campaigns and other messages stay planned.',
      'When the restored database is in order (docs/operations/backup.md), start that worker again without HAND_OVER.',
    );
  return good(`A worker began a job ${Math.max(0, Math.round(silent / SECONDS))} s ago.`);
}
