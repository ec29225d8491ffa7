import type { WordLanguage } from './word-list.ts';

export type CommandKind = 'start' | 'yes' | 'no' | 'help' | 'menu' | 'why' | 'preferences' | 'resume';

export type CommandList = {
  kind: CommandKind;
  source: string;
  language: WordLanguage | null;
  /** Whole texts, as `normalise` leaves them. */
  words: string[];
};

const OWN = 'own choice';

/** Commands, each read only when the text is nothing else (but a please or a thank you). */
export const COMMAND_WORDS: CommandList[] = [
  { kind: 'help', source: 'Twilio default help keywords; CTIA 5.1.2.1', language: 'en', words: ['help'] },
  {
    kind: 'help',
    source: 'Twilio default help keywords; CWTA Guidelines 3.9',
    language: null,
    words: ['info'],
  },
  { kind: 'help', source: OWN, language: null, words: ['information'] },
  { kind: 'help', source: 'CWTA Common Short Code Guidelines 3.9', language: 'fr', words: ['aide'] },
  {
    kind: 'help',
    source: OWN,
    language: 'en',
    words: ['help me', 'i need help', 'need help'],
  },
  { kind: 'help', source: OWN, language: 'fr', words: ['aidez moi', 'aide moi'] },
  { kind: 'help', source: OWN, language: 'es', words: ['ayuda', 'ayudame', 'ayudenme', 'informacion'] },
  { kind: 'help', source: OWN, language: 'pt', words: ['ajuda', 'me ajuda', 'ajude me', 'informacao'] },
  { kind: 'start', source: 'Twilio default opt-in keywords', language: null, words: ['start', 'unstop'] },
  { kind: 'yes', source: 'Twilio default opt-in keywords', language: 'en', words: ['yes'] },
  { kind: 'yes', source: OWN, language: 'en', words: ['y', 'yep', 'yeah', 'yea', 'yup', 'yes i agree'] },
  { kind: 'yes', source: OWN, language: 'es', words: ['si', 'si acepto'] },
  { kind: 'yes', source: OWN, language: 'fr', words: ['oui', 'ouais', 'oui jaccepte'] },
  { kind: 'yes', source: OWN, language: 'pt', words: ['sim', 'sim aceito'] },
  { kind: 'no', source: OWN, language: null, words: ['no', 'n'] },
  {
    kind: 'no',
    source: OWN,
    language: 'en',
    words: ['nope', 'nah', 'no thanks', 'no thank you', 'no thx', 'no ty'],
  },
  { kind: 'no', source: OWN, language: 'fr', words: ['non', 'non merci'] },
  { kind: 'no', source: OWN, language: 'es', words: ['no gracias', 'no muchas gracias'] },
  { kind: 'no', source: OWN, language: 'pt', words: ['nao', 'nao obrigado', 'nao obrigada'] },
  { kind: 'menu', source: OWN, language: null, words: ['menu'] },
  { kind: 'menu', source: OWN, language: 'en', words: ['topics', 'the menu'] },
  { kind: 'why', source: OWN, language: 'fr', words: ['pourquoi', 'pourquoi moi'] },
  {
    kind: 'why',
    source: OWN,
    language: 'fr',
    words: ['pourquoi je recois ca', 'pourquoi je recois ces messages'],
  },
  {
    kind: 'why',
    source: OWN,
    language: 'es',
    words: ['por que', 'porque', 'por que yo', 'por que me escriben'],
  },
  {
    kind: 'why',
    source: OWN,
    language: 'es',
    words: ['por que recibo esto', 'por que recibo estos mensajes'],
  },
  {
    kind: 'why',
    source: OWN,
    language: 'pt',
    words: ['por que eu', 'por que recebi isso', 'por que recebo isso'],
  },
  { kind: 'why', source: OWN, language: 'en', words: ['why', 'why me', 'why this', ...whyAmIGettingThis()] },
  { kind: 'preferences', source: OWN, language: null, words: ['prefs', 'pref', 'preferences', 'preference'] },
  { kind: 'preferences', source: OWN, language: 'en', words: ['my preferences'] },
  { kind: 'preferences', source: OWN, language: 'es', words: ['preferencias', 'mis preferencias'] },
  { kind: 'preferences', source: OWN, language: 'fr', words: ['mes preferences'] },
  { kind: 'resume', source: OWN, language: 'en', words: ['resume', 'unpause'] },
  { kind: 'resume', source: OWN, language: 'es', words: ['reanudar'] },
  { kind: 'resume', source: OWN, language: 'fr', words: ['reprendre'] },
  { kind: 'resume', source: OWN, language: 'pt', words: ['retomar'] },
];

function whyAmIGettingThis(): string[] {
  const what = [
    'this',
    'these',
    'this text',
    'this message',
    'these texts',
    'these messages',
    'texts',
    'messages',
  ];
  const asked = [
    'why did i get',
    'why am i getting',
    'why do i get',
    'why am i receiving',
    'why did i receive',
  ];
  return [
    ...asked.flatMap((start) => what.map((end) => `${start} ${end}`)),
    ...['why are you texting me', 'why are you messaging me', 'why did you text me', 'why u texting me'],
  ];
}

/** Politeness that may stand before or after a command, longest first. */
export const POLITE = [
  ...[
    'sil vous plait',
    's il vous plait',
    'sil te plait',
    'thank you',
    'por favor',
    'please',
    'plz',
    'pls',
    'thanks',
  ],
  ...['porfavor', 'porfa', 'svp', 'stp', 'merci', 'gracias', 'obrigado', 'obrigada'],
];

/** Words of the small grammars (PAUSE 30 DAYS, ON 1 AND 3, OFF 2, STOP ALL), never free for a program. */
export const PAUSE_WORDS: Record<string, WordLanguage | null> = {
  pause: null,
  pausa: 'es',
  pausar: 'es',
  snooze: 'en',
};

/** Days in each unit a person may name after PAUSE. */
export const PAUSE_UNITS: Record<string, number> = {
  ...{ d: 1, day: 1, days: 1, jour: 1, jours: 1, dia: 1, dias: 1 },
  ...{ week: 7, weeks: 7, semaine: 7, semaines: 7, semana: 7, semanas: 7 },
  ...{ month: 30, months: 30, mois: 30, mes: 30, meses: 30 },
};

export const TURN_ON = ['on', 'add', 'start', 'turn on'];
export const TURN_OFF = ['off', 'turn off', 'no more', 'no mas', 'opt out'];
/** Between codes: "1 and 3", "DEALS y NEWS", "STOP the DEALS texts". */
export const BETWEEN_CODES = [
  ...['and', 'y', 'et', 'e', 'plus', 'ou', 'or', 'the', 'from', 'of', 'for', 'de', 'des', 'du', 'les', 'la'],
  ...[
    'los',
    'las',
    'el',
    'da',
    'do',
    'das',
    'dos',
    'texts',
    'messages',
    'alerts',
    'topic',
    'ok',
    'just',
    'only',
  ],
];
