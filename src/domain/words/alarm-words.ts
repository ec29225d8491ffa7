import { normalise } from './normalise.ts';
import type { WordLanguage } from './word-list.ts';

/** What a text may say that should not wait, most urgent first. */
export const ALARM_KINDS = ['harm', 'legal', 'abuse'] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

export type AlarmList = {
  kind: AlarmKind;
  language: WordLanguage;
  /** Why these words; a choice where nothing is named. */
  source: string;
  /** As `normalise` leaves them. */
  words: string[];
};

/** Version of the lists below, kept with every alarm. */
export const ALARM_RULES = '2026-11-25.1';

const OWN = 'own choice';

/** Words anywhere in a text. They call a person and change nothing: a false one costs a look. */
export const ALARM_WORDS: readonly AlarmList[] = [
  {
    kind: 'harm',
    language: 'en',
    source: '47 CFR 9.10 (911); 47 CFR 52.200 (988 Suicide & Crisis Lifeline)',
    words: [
      ...['911', '988', 'suicide', 'suicidal', 'kill myself', 'killing myself', 'end my life', 'hurt myself'],
      ...['hurting myself', 'self harm', 'want to die', 'overdose', 'kill you', 'shoot you', 'bomb threat'],
    ],
  },
  {
    kind: 'harm',
    language: 'es',
    source: OWN,
    words: [
      ...['suicidio', 'suicidarme', 'matarme', 'quitarme la vida', 'hacerme dano', 'quiero morir', 'matarte'],
      'emergencia medica',
    ],
  },
  {
    kind: 'harm',
    language: 'fr',
    source: OWN,
    words: [
      ...[
        'suicider',
        'me suicider',
        'me tuer',
        'me faire du mal',
        'veux mourir',
        'envie de mourir',
        'te tuer',
      ],
      'urgence medicale',
    ],
  },
  {
    kind: 'legal',
    language: 'en',
    source: 'Those whom people complain to: 47 CFR 64.1200 (TCPA), FCC, FTC, state attorneys general',
    words: [
      ...['lawyer', 'lawyers', 'attorney', 'attorneys', 'lawsuit', 'class action', 'legal action', 'sue you'],
      ...[
        'suing you',
        'sue your',
        'small claims',
        'see you in court',
        'cease and desist',
        'tcpa',
        'fcc',
        'ftc',
      ],
      ...['report you', 'report your', 'reporting you', 'reported you', 'report this', 'reporting this'],
      ...['file a complaint', 'filing a complaint', 'better business bureau'],
    ],
  },
  {
    kind: 'legal',
    language: 'es',
    source: OWN,
    words: [
      ...['abogado', 'abogada', 'abogados', 'demanda', 'demandar', 'demandarlos', 'demandarles', 'denuncia'],
      ...['denunciar', 'denunciarlos', 'accion legal', 'acciones legales', 'voy a reportarlos'],
    ],
  },
  {
    kind: 'legal',
    language: 'fr',
    source: 'CRTC, Unsolicited Telecommunications Rules',
    words: [
      ...['avocat', 'avocate', 'avocats', 'porter plainte', 'plainte', 'poursuivre en justice', 'poursuites'],
      ...['action en justice', 'recours collectif', 'tribunal', 'crtc', 'vous signaler'],
    ],
  },
  {
    kind: 'abuse',
    language: 'en',
    source: 'What carriers ask their customers to forward to 7726',
    words: [
      ...['spam', 'spammer', 'spammers', 'spamming', 'scam', 'scammer', 'scammers', 'fraud', 'phishing'],
      ...['harassment', 'harassing', 'harassed', 'stalking'],
    ],
  },
  {
    kind: 'abuse',
    language: 'es',
    source: OWN,
    words: ['estafa', 'estafadores', 'acoso', 'acosando', 'fraude'],
  },
  {
    kind: 'abuse',
    language: 'fr',
    source: OWN,
    words: ['arnaque', 'larnaque', 'arnaqueurs', 'harcelement', 'harceler', 'pourriel', 'pourriels'],
  },
];

/** What raised an alarm: never the person's own words around it. */
export type Alarm = { kind: AlarmKind; rule: string; rules: string };

const PATTERNS = ALARM_KINDS.map((kind) => {
  const words = ALARM_WORDS.filter((list) => list.kind === kind).flatMap((list) => list.words);
  return { kind, pattern: new RegExp(`(?:^| )(${words.join('|')})(?= |$)`) };
});

/** The most urgent alarm in a text; null where there is none. Linear in its length. */
export function alarmIn(text: string): Alarm | null {
  const normal = normalise(text);
  for (const { kind, pattern } of PATTERNS) {
    const word = pattern.exec(normal)?.[1];
    if (word !== undefined) return { kind, rule: `${kind}:${word.replaceAll(' ', '-')}`, rules: ALARM_RULES };
  }
  return null;
}
