import type { Language } from '../program.ts';

/** How the required and the forbidden things are said in one language. */
export type RequiredWords = {
  rates: RegExp;
  /** Rates must not be called standard in the US. */
  standardRates: RegExp;
  frequencyVaries: RegExp;
  recurring: RegExp;
  automated: RegExp;
  noPurchase: RegExp;
  help: RegExp;
  stop: RegExp;
  unsubscribed: RegExp;
  noMore: RegExp;
  marketing: RegExp;
};

/** Words to text stand in capitals, so that a person sees which they are; French also names STOP and HELP. */
export const REQUIRED_WORDS: Record<Language, RequiredWords> = {
  en: {
    rates: /\b(msg|message)s? ?(&|and) ?data rates may apply\b/i,
    standardRates: /\bstandard\b.{0,30}\brates?\b/i,
    frequencyVaries: /\b(msg|message) frequency (varies|may vary)\b/i,
    recurring: /\brecurring\b/i,
    automated: /\bautomat(ed|ic)\b/i,
    noPurchase: /\bnot (a|required as a) condition of (any )?purchase\b|\bno purchase (needed|required)\b/i,
    help: /\bHELP\b/,
    stop: /\bSTOP\b/,
    unsubscribed: /\bunsubscribed\b|\bopted out\b/i,
    noMore: /\bno (more|further) (messages|texts)\b/i,
    marketing:
      /\b(free|sale|save|discounts?|coupons?|deals?|offers?|gifts?|win|hurry|limited time|exclusive|miss you|come back|rejoin|re-?subscribe|shop|buy)\b|% off/i,
  },
  es: {
    rates:
      /\b(cargos|tarifas)\b.{0,20}\b(msjs?|mensajes?)\b (y|e) datos\b|\b(msjs?|mensajes?) y datos\b.{0,20}\b(cargos|tarifas)\b/i,
    standardRates: /\b(cargos|tarifas)\b.{0,10}\b(est[aá]ndar|normales|habituales)/i,
    frequencyVaries: /\bfrecuencia\b.{0,20}\b(variable|var[ií]a)/i,
    recurring: /\brecurrentes?\b/i,
    automated: /\bautom[aá]tic[oa]s?\b|\bautomatizad[oa]s?\b/i,
    noPurchase: /\bno tienes que comprar nada\b|\bsin obligaci[oó]n de compra\b/i,
    help: /\b(AYUDA|HELP)\b/,
    stop: /\bSTOP\b/,
    unsubscribed: /\bde baja\b|\bcancelad[oa]s?\b/i,
    noMore: /\bno te enviaremos (otros|m[aá]s) (mensajes|textos)\b/i,
    marketing:
      /\b(gratis|rebajas?|descuentos?|cup[oó]n|cupones|ofertas?|promoci[oó]n|regalos?|gana|ahorra|exclusiv[oa]s?|vuelve|compra|te extra[nñ]amos)\b|% de descuento/i,
  },
  fr: {
    rates:
      /\bfrais\b.{0,12}\b(msg|messagerie|messages?|textos?)\b.{0,8}donn[ée]es (possibles|peuvent s'appliquer)/i,
    standardRates: /\b(frais|tarifs?)\b.{0,10}\b(standards?|normaux|habituels)\b/i,
    frequencyVaries: /fr[ée]quence\b.{0,20}\b(variable|varie)\b/i,
    recurring: /r[ée]current/i,
    automated: /\bautomatis[ée]|\bautomatiques?\b/i,
    noPurchase: /\bsans obligation d'achat\b|\bachat non requis\b/i,
    help: /\b(AIDE|HELP)\b/,
    stop: /\b(ARRET|STOP)\b/,
    unsubscribed: /d[ée]sabonn/i,
    noMore: /\baucun autre (message|texto)\b|\bne recevrez plus (de|aucun) (messages?|textos?)\b/i,
    marketing:
      /\b(gratuit(e|s|es)?|rabais|soldes?|promos?|promotions?|offres?|coupons?|cadeaux?|gagnez|exclusi(f|ve)s?|revenez|achetez)\b/i,
  },
};
