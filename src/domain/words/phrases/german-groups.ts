import type { WordGroups } from './pattern.ts';
import { SIZES } from './sizes.ts';

export const GERMAN_GROUPS: WordGroups = {
  hört: 'hör/höre/hören/hört/hoer/hoere/hoeren/hoert',
  doch: 'sie/ihr/du/bitte/endlich/doch/mal/jetzt/sofort/gefälligst',
  nichts: 'nichts/nix/nichs/nx',
  nicht: 'nicht/nich/net/ned',
  bestellung: [
    'bestellung/rechnung/paket/auftrag/lieferung/adresse/lieferadresse/konto/kundenkonto/karte/etikett/lieferschein',
    'formular/profil/buchung/tür/klingel/sendung',
  ].join('/'),
  /** When and where to, and what: no wish to hear nothing. */
  ziel: 'zur/zu/zum/nach/vor/bis/per_post/an_die_alte/an_die_adresse/an_meine_alte/an_meine_adresse/ins/heute/morgen/abends/am',
  nachrichten: [
    'nachricht/nachrichten/sms/smsen/werbung/werbesms/werbenachrichten/spam/texte/texts/text/message/messages',
    'mitteilung/mitteilungen/meldungen/benachrichtigungen/newsletter/angebote/infos/mist/scheiß/scheisse/scheiße/kram/müll',
  ].join('/'),
  schreibt: [
    'schreib/schreibe/schreiben/schreibt/schick/schicke/schicken/schickt/sende/senden/sendet/ruf/rufe/rufen/ruft',
    'kontaktiere/kontaktieren/kontaktiert/texte/texten/textet/belästige/belästigen/belästigt/nerv/nerven/nervt',
  ].join('/'),
  schreiben:
    'schreiben/schicken/senden/zusenden/zuschicken/kontaktieren/anrufen/anschreiben/belästigen/texten',
  löscht: [
    'lösch/lösche/löschen/löscht/loeschen/loescht/entferne/entfernen/entfernt/streich/streiche/streichen/streicht',
    'werfen/werft/schmeißt/schmeisst',
  ].join('/'),
  mir: 'mir_die/mir_eine/uns_die/uns_eine',
  größe: `größe/schuhgröße/${SIZES}`,
  falsche: 'falsche/falschen/verkehrte',
  rufnummer: 'nummer/handynummer/telefonnummer/rufnummer/nr',
  nummer: 'nummer/handynummer/telefonnummer/rufnummer/nr/daten/kontakt/namen/eintrag',
  will: 'will/wollen/möchte/möchten/moechte/moechten/brauche/brauchen/wünsche/wünschen',
};
