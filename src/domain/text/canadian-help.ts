import {
  type Book,
  isCanadianCode,
  type Program,
  type ProgramFault,
  type Sender,
  spokenForOn,
} from '../program.ts';

const TOLL_FREE =
  /(?<!\d)(?:\+?1[-. ]?)?\(?8(?:00|33|44|55|66|77|88)\)?[-. ]?[\dA-Z]{3}[-. ]?[\dA-Z]{4}(?![\dA-Z])/i;

const SOURCE = 'CWTA Common Short Code Guidelines 3.9, Twilio Help 223182048';

/** Whether HELP, which gives the support of its program, does so by a toll-free phone. */
const givesPhone = ({ support }: Program): boolean => TOLL_FREE.test(support);

/**
 * Why a program may not be saved as it is: HELP on a Canadian short code must give a toll-free phone, of whatever program it
 * speaks for. `after`: the book with the program. Null where it may, or where HELP on such a number spoke so before.
 */
export function phoneFault(saved: Program, before: Book, after: Book): ProgramFault | null {
  const known = withoutPhone(before);
  const fault = withoutPhone(after).find((one) => !known.some((other) => saysTheSame(one, other)));
  if (fault === undefined) return null;
  const { code, program } = fault;
  if (program.id === saved.id) {
    const message = `HELP on ${code}, a Canadian short code, must give a toll-free phone. Write one, such as 1-800-555-0142. (${SOURCE})`;
    return { field: 'support', message };
  }
  const message = `HELP on ${code}, a Canadian short code, must give a toll-free phone, and would speak for ${program.name}, which gives none: save one as its support first. (${SOURCE})`;
  return { field: 'body', message };
}

type Without = { code: string; program: Program };

/** Canadian short codes and the programs without a phone that HELP there speaks for. */
const withoutPhone = (book: Book): Without[] =>
  book.senders.filter(isCanadianCode).flatMap(({ number: code }) =>
    spokenForOn(book, code)
      .filter((program) => !givesPhone(program))
      .map((program) => ({ code, program })),
  );

const isOnIt = ({ code, program }: Without): boolean => program.numbers.includes(code);

const saysTheSame = (one: Without, other: Without): boolean =>
  one.program.id === other.program.id &&
  one.program.support === other.program.support &&
  isOnIt(one) === isOnIt(other);

/** Why a number may not become a Canadian short code: a program that HELP there speaks for gives no phone. */
export function codeFault(sender: Sender, book: Book): string | null {
  const stands = book.senders.some((one) => one.number === sender.number && isCanadianCode(one));
  if (stands || !isCanadianCode(sender)) return null;
  const without = spokenForOn(book, sender.number).find((one) => !givesPhone(one));
  if (without === undefined) return null;
  return `HELP on a Canadian short code must give a toll-free phone, and ${without.name} gives none: save one as its support first. (${SOURCE})`;
}
