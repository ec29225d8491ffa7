import { normalise } from './normalise.ts';
import { ALARM_KINDS, type AlarmKind, LANGUAGE_FILES, WORD_VERSIONS } from './word-files.ts';

/** What raised an alarm: never the person's own words around it. */
export type WordAlarm = { kind: AlarmKind; rule: string; rules: string };

const PATTERNS = ALARM_KINDS.map((kind) => {
  const words = LANGUAGE_FILES.flatMap(({ alarms }) => alarms)
    .filter((list) => list.kind === kind)
    .flatMap((list) => list.words);
  return { kind, pattern: new RegExp(`(?:^| )(${words.join('|')})(?= |$)`) };
});

/** The most urgent alarm in a text; null where there is none. Linear in its length. */
export function findAlarm(text: string): WordAlarm | null {
  const normal = normalise(text);
  for (const { kind, pattern } of PATTERNS) {
    const word = pattern.exec(normal)?.[1];
    if (word !== undefined)
      return { kind, rule: `${kind}:${word.replaceAll(' ', '-')}`, rules: WORD_VERSIONS.alarms.version };
  }
  return null;
}

const WORDS = LANGUAGE_FILES.flatMap(({ complaints }) => complaints);
const COMPLAINT = new RegExp(`(?:^| )(?:${WORDS.join('|')})(?: |$)`);

/**
 * Whether somebody is angry enough to go to their carrier, a regulator or a court. Such words end nobody's consent; many of
 * them after one campaign pause it. Linear in the length of the text.
 */
export const isComplaint = (text: string): boolean => COMPLAINT.test(normalise(text));
