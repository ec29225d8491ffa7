import { type PhraseBook, SURE, UNSURE } from './book.ts';
import { asRead } from './spelling.ts';

const GROUPS = {
  hört: 'hör/höre/hören/hört/hoer/hoere/hoeren/hoert',
  doch: 'sie/ihr/du/bitte/endlich/doch/mal/jetzt/sofort/gefälligst',
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
  nummer: 'nummer/handynummer/telefonnummer/rufnummer/nr/daten/kontakt/namen/eintrag',
  will: 'will/wollen/möchte/möchten/moechte/moechten/brauche/brauchen/wünsche/wünschen',
};

export const GERMAN: PhraseBook = asRead({
  language: 'other',
  groups: GROUPS,
  innocent: [
    '!mich/uns nicht aufhören/aufhoeren/stoppen/stopp/stop/abmelden/abbestellen/austragen',
    ':will/werde/werden/soll/sollen mich/uns nicht abmelden/abbestellen/austragen',
    ':hört :doch? :doch? bloß/ja/bitte? nicht auf',
    'ich/wir höre/hoere/hören .. nicht auf',
    'nicht mehr/bitte/wieder? löschen/entfernen/streichen',
    ':löscht .. :nummer/mich/uns nicht',
    'bekomme/kriege/erhalte/bekam/bekommen ich/wir? .. keine .. :nachrichten',
    'habt/haben/hast/gibt/gibts ihr/sie/du/es? keine .. mehr',
    'falsche/falschen :nummer angegeben/eingegeben/eingetippt/eingetragen/genannt/geschrieben',
    ':will/will_nicht .. keine :nachrichten verpassen/versäumen',
  ],
  cues: [
    {
      id: 'stop-texting',
      weight: SURE,
      says: [
        '!ich/wir/wann :hört :doch? :doch? :doch? auf $',
        '!ich/wir/wann :hört :doch? :doch? :doch? auf mir/mich/uns/damit/mit_dem/mit_den/mit_diesen/mit_euren/mit_ihren/ständig/zu_schreiben/zu_nerven/zu_texten/zu_schicken',
        '^ :doch? :doch? damit? aufhören/aufhoeren :doch? $',
        '!nicht stoppt/stoppen/stoppe/stop/stopp/schluss sie/mit/der/die/diese/den/dem/dieser .. :nachrichten',
        '^ bitte stop/stopp',
        'schluss jetzt/endlich? mit .. :nachrichten',
        'aufhören/aufhoeren mir/mich/uns/damit/mit_dem/mit_den/mit_diesen',
        'unterlassen/unterlasst/unterlassen_sie .. .. :nachrichten/zusendung/kontaktaufnahme/anrufe',
        'lass/lasst/lassen sie? den/die/das/diesen/diese .. mit .. :nachrichten',
        'warum/wieso :hört ihr/sie/das/es .. nicht auf',
      ],
    },
    {
      id: 'unsubscribe',
      weight: SURE,
      says: [
        ':will/würde/hiermit mich/uns .. abmelden/austragen/abzumelden',
        'melde/melden/meldet sie/ihr? mich/uns bitte/hiermit/sofort? ab $',
        'trage/tragen/tragt/trag sie/ihr? mich/uns bitte/sofort? aus',
        '^ bitte mich? austragen/abmelden danke? $',
        ':nachrichten/abo/abonnement/smsabo bitte? abbestellen/abmelden/kündigen/abbestellt',
      ],
    },
    {
      id: 'off-the-list',
      weight: SURE,
      says: [
        ':löscht sie/ihr/bitte? bitte/endlich/sofort? meine/meinen/mein/diese/unsere :nummer',
        ':löscht sie/ihr/bitte? bitte/endlich/sofort? mich/uns .. aus/von/raus',
        'mich/uns/meine/diese :nummer? bitte/sofort? aus/von .. verteiler/liste/datenbank/kartei/system',
        'nimm/nehmen/nehmt sie/ihr/bitte? bitte/endlich/sofort? mich/uns/meine/diese :nummer? .. aus/von/raus',
        '^ kein interesse/intresse bitte löschen/loeschen/entfernen/streichen/abmelden',
        '^ bitte? meine/diese? :nummer bitte/sofort? löschen/loeschen/entfernen/streichen',
      ],
    },
    {
      id: 'do-not-contact',
      weight: SURE,
      says: [
        ':schreibt sie/ihr/bitte? mir/mich/uns/an_diese .. nicht/nie/niemals/nichts mehr/wieder/weiter',
        ':schreibt sie/ihr/bitte? mir/mich/uns .. keine/keinen .. :nachrichten',
        'mir/mich/uns .. nicht/nie/nichts/niemals mehr/wieder :schreiben',
        '^ bitte? nicht/nichts/nix/nie mehr/wieder :schreiben/melden bitte? $',
        '^ bitte? :schreibt bitte? nicht/nichts/nie mehr/wieder bitte/an? $',
      ],
    },
    {
      id: 'do-not-want',
      weight: SURE,
      says: [
        ':will .. keine/keinen/kein .. :nachrichten',
        ':will .. das/dies/es/so_was/sowas/die nicht mehr $',
        ':will .. nichts mehr von/bekommen/erhalten/hören/lesen/empfangen',
        ':will .. nicht/nie mehr .. bekommen/erhalten/kontaktiert/belästigt/angeschrieben/hören',
        'keine/keinen/kein/nie_wieder/nix .. :nachrichten mehr/bitte/schicken/senden/schreiben',
        '^ bitte? keine/nie_wieder/nie_mehr :nachrichten danke? $',
        ':will .. keinen .. kontakt',
        'bock/lust mehr? auf :nachrichten/eure/ihre/diese/den .. $',
        'widerrufe/widerruf/ziehe .. einwilligung/zustimmung/einverständnis',
        'ohne meine/mein einwilligung/zustimmung/erlaubnis/einverständnis',
      ],
    },
    {
      id: 'leave-me-alone',
      weight: SURE,
      says: [
        'lass/lasse/lassen/lasst/laßt sie/ihr? mich/uns .. ruhe/frieden',
        'verpiss/verpisst/fick/fickt dich/euch',
        'leckt/leck mich',
      ],
    },
    {
      id: 'threat',
      weight: SURE,
      says: [
        'werde sie/euch/dich/das .. anzeigen/verklagen/melden',
        'anzeige erstatten',
        'bundesnetzagentur',
      ],
    },
    {
      id: 'wrong-number',
      weight: SURE,
      wrongNumber: true,
      says: [
        'falsche/falschen/verkehrte nummer/handynummer/telefonnummer/nr/person',
        'falsch verbunden',
        'sie/ihr/du .. in_der/der? nummer geirrt/vertan/verwechselt',
      ],
    },
    {
      id: 'doubtful',
      weight: UNSURE,
      says: [
        'kann/konnte/können mich/uns nicht abmelden/abbestellen/austragen',
        ':löscht sie? mich/uns $',
        'oft .. stop/stopp sagen',
        'wie/wo .. mich .. ab/abmelden/austragen',
        'kein interesse/intresse $',
        'nicht mehr? interessiert $',
        'interessiert mich nicht $',
        'woher/wie .. meine/diese nummer/handynummer/telefonnummer/nr',
        'wer .. ihnen/euch/dir meine/diese nummer/handynummer',
        'habe/hab .. nie/niemals/nicht .. angemeldet/registriert/zugestimmt/eingewilligt',
        '^ es_reicht/jetzt_reichts/genug/schluss/ruhe/lass_das/lasst_das/lass_es jetzt? $',
        'blockiere/sperre euch/sie/dich/diese',
        'ihr/das/sie nervt/nerven nur_noch? $',
        '^ nervt nur? noch? $',
        'auf den sack/keks/geist/wecker',
        '^ schluss damit $',
        '^ bitte? austragen $',
        'habe/hab .. abbestellt/abgemeldet/gekündigt',
        'die schnauze/nase voll',
      ],
    },
    {
      id: 'keeps-texting',
      weight: UNSURE,
      says: ['immer noch eure/ihre/diese? :nachrichten', 'ständig/dauernd/andauernd .. :nachrichten'],
    },
    {
      id: 'somebody-else',
      weight: UNSURE,
      wrongNumber: true,
      says: [
        'kenne/kenn sie/euch/dich/ihn nicht',
        'hier wohnt/gibt_es/gibts kein/keine/keinen',
        'wohnt .. nicht_mehr/nicht hier',
        'nummer gehört jetzt/nicht/mir',
        'verstorben',
      ],
    },
  ],
});
