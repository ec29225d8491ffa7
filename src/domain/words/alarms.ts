import { normalise } from './normalise.ts';
import { ALARM_KINDS, type AlarmKind, LANGUAGE_FILES, WORD_VERSIONS } from './word-files.ts';

/** The cause of an alarm. Contains no other words of the person. */
export type WordAlarm = { kind: AlarmKind; rule: string; rules: string };

const PATTERNS = ALARM_KINDS.map((kind) => {
  const words = LANGUAGE_FILES.flatMap(({ alarms }) => alarms)
    .filter((list) => list.kind === kind)
    .flatMap((list) => list.words);
  return { kind, pattern: new RegExp(`(?:^| )(${words.join('|')})(?= |$)`) };
});

/** The most urgent alarm in a text; null when there is none. Linear in the length of the text. */
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
 * Whether the person may complain to their carrier, a regulator or a court. Such words end nobody's consent; many of
 * them after one campaign pause the campaign. Linear in the length of the text.
 */
export const isComplaint = (text: string): boolean => COMPLAINT.test(normalise(text));
