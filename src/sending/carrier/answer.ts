import { type Meaning, meaningOf, type Stop } from '../../domain/carrier-trouble.ts';
import { numberOf, readNumber } from '../../domain/numbers.ts';
import type { Cleared, HandOver } from '../gate.ts';
import type { Place } from '../pacing/window.ts';
import type { Sent } from './create-call.ts';

/** What a call says about its sender. `failed`: the carrier may be out of order; `full`: its queue for it; `stop`: see `Stop`. */
export type SenderNews = { is: 'sound' } | { is: 'failed' } | { is: 'full' } | { is: 'stopped'; stop: Stop };

export type Listeners = {
  /** Country of one of our numbers, where its digits do not tell. */
  countryOf?: (sender: string) => string | null;
  /** Told of each sender after each of its calls that says something about it. */
  onNews?: (sender: string, news: SenderNews) => void;
};

type Told = Listeners & { now: () => Date };

type PutBack = HandOver & { result: 'put-back'; afterMs?: number; stop?: Stop };

/** `begunAt`: when it wrote to its socket. */
type Call = { place: Place; begunAt: Date };

/** What became of one call: told to the window, to whoever watches the sender, and returned for the row. */
export function conclude(listeners: Told, one: Cleared, { place, begunAt }: Call, sent: Sent): HandOver {
  const tell = (news: SenderNews): void => listeners.onNews?.(one.sender, news);
  if (!sent.left) {
    if (!sent.late) tell({ is: 'failed' });
    return { ...one.ref, result: 'put-back', why: `it did not leave: ${sent.why}` };
  }
  if (sent.answer === null) {
    tell({ is: 'failed' });
    return { ...one.ref, result: 'unknown', why: sent.why };
  }
  const { status, retryAfter } = sent.answer;
  const { sid, code } = read(sent.answer.body);
  const abroad = code !== null && isAbroad(listeners, one);
  const now = listeners.now();
  const meaning = meaningOf({ status, code, retryAfter, abroad }, now, Math.random);
  if (meaning.message === 'made') {
    if (sid === null) {
      tell({ is: 'failed' });
      return { ...one.ref, result: 'unknown', why: `the carrier answered ${status} and named no message` };
    }
    place.taken();
    tell({ is: 'sound' });
    return { ...one.ref, result: 'accepted', carrierSid: sid, begunAt, at: now };
  }
  // A 429 that names a time holds every call until then; the account, not the sender, is over its limit.
  if (meaning.message === 'put-back' && meaning.slower)
    place.slowDown(retryAfter === null ? 0 : (meaning.afterMs ?? 0));
  if (meaning.message === 'put-back' && meaning.stop !== undefined && one.from !== one.sender) {
    // It says that of an address that no sender of ours is, such as a number of a pool: nobody else waits for it.
    return { ...one.ref, result: 'refused', code: meaning.code };
  }
  const news = newsOf(meaning);
  if (news !== null) tell(news);
  return handOverOf(one, meaning);
}

/** Every meaning of the carrier's answer but that it made a message. */
type NotMade = Exclude<Meaning, { message: 'made' }>;

function handOverOf(one: Cleared, meaning: NotMade): HandOver {
  switch (meaning.message) {
    case 'unknown':
      return { ...one.ref, result: 'unknown', why: `the carrier answered ${meaning.code}` };
    case 'refused':
      return { ...one.ref, result: 'refused', code: meaning.code };
    case 'put-back': {
      const { code, afterMs, stop } = meaning;
      const putBack: PutBack = {
        ...one.ref,
        result: 'put-back',
        why: `the carrier answered ${code}`,
        ...(afterMs === undefined ? {} : { afterMs }),
        ...(stop === undefined ? {} : { stop }),
      };
      return putBack;
    }
    default:
      return meaning satisfies never;
  }
}

/**
 * A call that was turned away as one too many, of the account or of the sender's queue, is neither a failure in a row nor the
 * end of a row of them, since timeouts go on between such answers.
 */
function newsOf(meaning: NotMade): SenderNews | null {
  if (meaning.message === 'unknown') return { is: 'failed' };
  if (meaning.message !== 'put-back') return { is: 'sound' };
  if (meaning.stop !== undefined) return { is: 'stopped', stop: meaning.stop };
  if (meaning.full) return { is: 'full' };
  return meaning.failing ? { is: 'failed' } : null;
}

function isAbroad(listeners: Listeners, one: Cleared): boolean {
  const [from, to] = [one.sender, numberOf(one.to)].map((number) => {
    const reading = readNumber(number);
    return reading.kind === 'phone' ? reading.region : null;
  });
  const home = listeners.countryOf?.(one.sender) ?? from;
  return home != null && to != null && home !== to;
}

const SID = /^(SM|MM)[0-9a-f]{32}$/;

/** Only what has the shape of an id or a code is read: the rest of an answer may quote a number. */
function read(body: Buffer): { sid: string | null; code: number | null } {
  try {
    const { sid, code } = JSON.parse(body.toString('utf8')) as { sid?: unknown; code?: unknown };
    return {
      sid: typeof sid === 'string' && SID.test(sid) ? sid : null,
      code:
        typeof code === 'number' && Number.isInteger(code) && code >= 10_000 && code <= 99_999 ? code : null,
    };
  } catch {
    return { sid: null, code: null };
  }
}
