import type { WordLanguage, WordList } from './word-list.ts';

const own = (language: WordLanguage, words: string[]): WordList => ({
  source: 'own choice: what a reasonable person would read as revocation, 47 CFR 64.1200(a)(10)',
  language,
  words,
});

/** Texts that end everything when they stand alone; compared as `normalise` leaves them, so accents are folded. */
export const OPT_OUT_WORDS: WordList[] = [
  {
    source: 'Twilio default opt-out keywords, 2026',
    language: 'en',
    words: ['stop', 'stopall', 'unsubscribe', 'cancel', 'end', 'quit', 'revoke', 'optout'],
  },
  {
    source: '47 CFR 64.1200(a)(10), texts that revoke consent per se',
    language: 'en',
    words: ['stop', 'quit', 'end', 'revoke', 'opt out', 'cancel', 'unsubscribe'],
  },
  { source: 'AWS End User Messaging, required keywords', language: 'en', words: ['opt out', 'remove', 'td'] },
  { source: 'AWS End User Messaging, required keywords', language: 'fr', words: ['arret'] },
  { source: 'Twilio Proxy, opt-out keywords, 2026', language: 'fr', words: ['arret', 'arrete', 'arrett'] },
  { source: 'Telnyx, opt-out keywords', language: 'en', words: ['stop all'] },
  { source: 'CWTA Common Short Code Guidelines 3.9', language: 'en', words: ['unsub'] },
  { source: 'CWTA Common Short Code Guidelines 3.9', language: 'fr', words: ['arret'] },
  own('en', ['un subscribe', 'opt me out', 'stop it all', 'end all', 'cancel all', 'unsubscribe all']),
  own('fr', [
    'arreter',
    'arretez',
    'tout arreter',
    'desabonner',
    'desabonnement',
    'desabonnez moi',
    'me desabonner',
  ]),
  own('fr', ['desinscrire', 'desinscription', 'fin', 'arret total']),
  own('es', [
    'alto',
    'parar',
    'pare',
    'paren',
    'detener',
    'baja',
    'dar de baja',
    'darme de baja',
    'cancelar',
  ]),
  own('es', ['salir', 'no mas', 'ya no mas', 'basta', 'ya basta', 'desuscribir', 'desuscribirme', 'anular']),
  own('pt', ['parar', 'pare', 'parem', 'sair', 'cancelar', 'descadastrar', 'desinscrever', 'nao mais']),
  own('other', ['stopp', 'abmelden', 'abbestellen', 'annulla', 'cancellami', 'disiscrivi', 'fermare']),
  own('other', [
    'стоп',
    'отписаться',
    'отписка',
    'отмена',
    'хватит',
    '停止',
    '退订',
    '退訂',
    '取消',
    '取消订阅',
  ]),
  own('other', [
    '配信停止',
    '解除',
    '수신거부',
    '중지',
    '그만',
    'sispann',
    'kanpe',
    'itigil',
    'tigilan',
    'huminto',
  ]),
];

/** Of the words above, those that hardly mean anything else when more words follow ("stop lights" is dealt with apart). */
export const UNMISTAKABLE = [
  ...['stop', 'stopall', 'unsubscribe', 'unsub', 'optout', 'revoke'],
  ...['arret', 'arrete', 'arrett', 'arreter', 'arretez', 'desabonner', 'desabonnement', 'desinscrire'],
  ...['desinscription', 'desuscribir', 'desuscribirme', 'descadastrar', 'desinscrever'],
];
