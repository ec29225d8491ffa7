import { type Book, isCanadianCode, type Program, type Sender } from '../program.ts';

const TOLL_FREE =
  /(?<!\d)(?:\+?1[-. ]?)?\(?8(?:00|33|44|55|66|77|88)\)?[-. ]?[\dA-Z]{3}[-. ]?[\dA-Z]{4}(?![\dA-Z])/i;

const SOURCE = 'CWTA Common Short Code Guidelines 3.9, Twilio Help 223182048';

/** Whether HELP, which gives the support of its program, does so by a toll-free phone. */
const givesPhone = ({ support }: Program): boolean => TOLL_FREE.test(support);

/**
 * Why a program may not be saved as it is: HELP on a Canadian short code must give a toll-free phone. Null where it may, or
 * the program as it stands, `before`, says the same on such a number already.
 */
export function phoneFault(
  program: Program,
  senders: readonly Sender[],
  before: Program | null = null,
): string | null {
  const [code] = codesOf(program, senders);
  if (program.status === 'ended' || code === undefined || givesPhone(program)) return null;
  const stands =
    before?.status === 'active' && before.support === program.support && codesOf(before, senders).length > 0;
  if (stands) return null;
  return `support: HELP on ${code}, a Canadian short code, must give a toll-free phone. Write one, such as 1-800-555-0142. (${SOURCE})`;
}

/** Why a number may not become a Canadian short code: a program on it whose HELP gives no phone. */
export function codeFault(sender: Sender, { programs, senders }: Book): string | null {
  const stands = senders.some((one) => one.number === sender.number && isCanadianCode(one));
  if (stands || !isCanadianCode(sender)) return null;
  const without = programs.find(
    (one) => one.status === 'active' && one.numbers.includes(sender.number) && !givesPhone(one),
  );
  if (without === undefined) return null;
  return `HELP on a Canadian short code must give a toll-free phone, and ${without.name} gives none: save one as its support first. (${SOURCE})`;
}

const codesOf = ({ numbers }: Program, senders: readonly Sender[]): string[] =>
  numbers.filter((number) => isCanadianCode(senders.find((one) => one.number === number) ?? null));
