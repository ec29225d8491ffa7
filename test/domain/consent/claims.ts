import { type Program, wordsIn } from '../../../src/domain/program.ts';

/**
 * What an English text of ours claims about texts to come, by names of topics and programs. `*`: all that the person
 * chose. `marketing`: all marketing.
 */
export type Claims = { comes: string[]; doesNot: string[] };

const COMES = /\byou (?:now |already |still )?get(?! (?:no|none|only)\b)/i;
const COMES_NOT =
  /\b(?:on hold|paused until|blocked by your|stopped on another|not sent now|waiting for a new yes|waiting, since|you get no)\b/i;
const NO_MARKETING = /\bmarketing is paused until|\bmarketing still waits|\bno marketing texts until/i;
const NOTHING_ON = /\bno topic is on\b/i;
const MENU_LINE = /^\d+ [A-Z]+: (.+?)(?:, [^,]*)? - (on|off|on hold|on, paused|on, not sent now)$/;

/** Reads the claims of one text. Fails to see a sentence that is worded otherwise, which the check for what is left unsaid notices. */
export function claimsOf(text: string, programs: readonly Program[]): Claims {
  const names = programs.flatMap(({ name, topics }) => [
    name,
    ...topics.map((topic) => wordsIn(topic.name, 'en')),
  ]);
  const claims: Claims = { comes: [], doesNot: [] };
  for (const line of text.split('\n')) {
    const menu = MENU_LINE.exec(line);
    if (menu !== null) {
      const name = names.find((known) => line.includes(`: ${known}`)) ?? '?';
      (menu[2] === 'on' ? claims.comes : claims.doesNot).push(name);
      continue;
    }
    for (const sentence of line.split(/(?<=\.) /)) {
      const named = names.filter((name) => sentence.includes(name));
      const about = named.length === 0 ? ['*'] : named;
      if (NO_MARKETING.test(sentence)) claims.doesNot.push('marketing');
      else if (NOTHING_ON.test(sentence)) claims.doesNot.push('*');
      else if (COMES.test(sentence)) claims.comes.push(...about);
      else if (/you get no other texts/i.test(sentence)) claims.doesNot.push('*');
      else if (COMES_NOT.test(sentence)) claims.doesNot.push(...about);
    }
  }
  return claims;
}

/** What is so: the names of the topics that are on in programs the person is in, and of those whose texts come. */
export type Truth = { chosen: ReadonlySet<string>; coming: ReadonlySet<string> };

/** The claims that are not so, as sentences; none when all are. `scope`: the programs that the text is about. */
export function untrueOf(
  { comes, doesNot }: Claims,
  { chosen, coming }: Truth,
  programs: readonly Program[],
  scope: readonly Program[],
): string[] {
  const topicsOf = (name: string): string[] => {
    const within = name === '*' ? scope : programs.filter((program) => program.name === name);
    const topics = within.flatMap(({ topics }) => topics.map((topic) => wordsIn(topic.name, 'en')));
    if (within.length > 0 || name === '*') return topics.filter((topic) => chosen.has(topic));
    if (name !== 'marketing') return [name];
    return programs.flatMap(({ topics }) =>
      topics.filter(({ purpose }) => purpose === 'marketing').map((topic) => wordsIn(topic.name, 'en')),
    );
  };
  const isProgram = (name: string): boolean => programs.some((program) => program.name === name);
  return [
    ...comes
      .filter((name) => {
        const topics = topicsOf(name);
        const come = topics.filter((topic) => coming.has(topic));
        return isProgram(name) ? come.length === 0 : topics.length === 0 || come.length < topics.length;
      })
      .map((name) => `says that ${name} comes`),
    ...doesNot
      .filter((name) => topicsOf(name).some((topic) => coming.has(topic)))
      .map((name) => `says that ${name} does not come`),
  ];
}

/** Names that only the code and the ledger use: channels, rules, scopes. */
export const INTERNAL =
  /\b[A-Z]+_[A-Z_]+\b|\b(?:exact|leading|meant|phrase|sign|some|no|yes|door|review|verification|topic|program|sender|service):\S|undefined|null|NaN|\[object/;
