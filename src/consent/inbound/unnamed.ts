import { createHash } from 'node:crypto';
import { HOUR_MS } from '../../domain/durations.ts';

/** The carrier's name of a text. Source: Twilio Docs, SID. */
const SID = /^[A-Z]{2}[0-9a-fA-F]{32}$/;

/**
 * The id of a form that arrived at `at`: the first of its names that is one of the carrier's; without one, of its bytes and
 * the hour. The carrier's second try, within the hour, is then a repeat; the same words later are a new text. A second try
 * beyond the hour is taken twice, which harms nobody.
 */
export const idOfForm = (named: readonly string[], form: Buffer, at: Date): string =>
  named.find((one) => SID.test(one)) ?? unnamedId(form, at);

function unnamedId(form: Buffer, at: Date): string {
  const hour = Math.floor(at.getTime() / HOUR_MS);
  return `unnamed.${createHash('sha256').update(`${hour} `).update(form).digest('hex')}`;
}
