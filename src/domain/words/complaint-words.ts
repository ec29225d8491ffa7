import { normalise } from './normalise.ts';

/**
 * Words in an answer that say somebody is angry enough to go to their carrier, a regulator or a court. They end
 * nobody's consent; many of them after one campaign pause it. A choice, in the languages we write in.
 */
const WORDS: readonly string[] = [
  'spam',
  'spamming',
  'scam',
  'scammer',
  'scammers',
  'fraud',
  'phishing',
  'harassment',
  'harassing',
  'lawyer',
  'lawsuit',
  'attorney',
  'illegal',
  'tcpa',
  'fcc',
  'ftc',
  'report you',
  'reporting you',
  'reported you',
  'sue you',
  'how did you get my number',
  'never signed up',
  'estafa',
  'acoso',
  'abogado',
  'demanda',
  'denuncia',
  'denunciar',
  'l?arnaque',
  'harcelement',
  'avocat',
  'plainte',
];

const COMPLAINT = new RegExp(`(?:^| )(?:${WORDS.join('|')})(?: |$)`);

/** Whether a text complains. Linear in its length. */
export const complains = (text: string): boolean => COMPLAINT.test(normalise(text));
