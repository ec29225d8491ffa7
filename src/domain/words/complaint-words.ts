import { normalise } from './normalise.ts';
import { LANGUAGE_FILES } from './word-files.ts';

const WORDS = LANGUAGE_FILES.flatMap(({ complaints }) => complaints);
const COMPLAINT = new RegExp(`(?:^| )(?:${WORDS.join('|')})(?: |$)`);

/**
 * Whether somebody is angry enough to go to their carrier, a regulator or a court. Such words end nobody's consent; many of
 * them after one campaign pause it. Linear in the length of the text.
 */
export const complains = (text: string): boolean => COMPLAINT.test(normalise(text));
