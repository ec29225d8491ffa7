import { ITALIAN_QUESTIONS } from './asked.ts';
import { type PhraseBook, SURE, UNSURE } from './book.ts';
import { ITALIAN_BRIEF } from './brief-refusals.ts';
import { ITALIAN_WISHES } from './european-wishes.ts';
import { ITALIAN_LIMITED } from './limited.ts';
import { ITALIAN_NEGATED } from './negated.ts';
import { SIZES } from './sizes.ts';
import { asRead } from './spelling.ts';
import { ITALIAN_UNASKED } from './unasked.ts';

/** What came to them, before what it was: a number of ours, or a size. */
const CAME = [
  ...['avete', 'ha', 'hanno'].flatMap((have) =>
    ['mandato', 'inviato', 'dato'].flatMap((sent) => [`mi_${have}_${sent}`, `ci_${have}_${sent}`]),
  ),
  'arrivato',
].flatMap((came) => [`${came}_il`, `${came}_un`]);

const GROUPS = {
  arrivato: CAME.join('/'),
  taglia: `taglia/${SIZES}`,
  smettete:
    'smettete/smetta/smetti/smettere/smettetela/smettila/smetterla/finite/finiamola/piantatela/piantala/finitela/finiscila/basta/stop',
  mandare: [
    'mandare/mandarmi/inviare/inviarmi/scrivere/scrivermi/contattare/contattarmi/chiamare/chiamarmi/messaggiare',
    'disturbare/disturbarmi/rompere/tormentarmi/spammare/scocciarmi/mandarci',
  ].join('/'),
  messaggi:
    'messaggio/messaggi/sms/messaggini/pubblicità/spam/promozioni/offerte/notifiche/comunicazioni/text/texts/message/messages/msg',
  nonmandate: [
    'mandatemi/mandate/mandi/mandarmi/inviatemi/inviate/invii/inviarmi/scrivetemi/scrivete/scriva/scrivermi/scrivere',
    'contattatemi/contattate/contatti/contattarmi/chiamatemi/chiamate/chiami/chiamarmi/mandare/inviare/mandateci',
    'disturbatemi/disturbate/disturbarmi/disturbi',
  ].join('/'),
  cancellate: [
    'cancellate/cancella/cancelli/cancellare/eliminate/elimina/elimini/eliminare/rimuovete/rimuovi/rimuova/rimuovere',
    'togliete/togli/tolga/togliere/depennate',
  ].join('/'),
  cancellatemi: [
    'cancellatemi/cancellami/cancellarmi/eliminatemi/eliminami/rimuovetemi/rimuovimi/rimuovermi/toglietemi/toglimi',
    'togliermi/depennatemi/levatemi/disiscrivetemi/disiscrivimi',
  ].join('/'),
  lista: 'lista/liste/elenco/elenchi/dalla_lista/dallelenco/rubrica/database/contatti/mailing',
  numero: 'numero/recapito/nome/contatto/telefono/cellulare/nominativo',
};

export const ITALIAN: PhraseBook = asRead({
  language: 'other',
  groups: GROUPS,
  innocent: [
    ...ITALIAN_UNASKED,
    'non :smettete/fermatevi/fermarti/fermate/smetterò/smetto/smettiamo',
    'non :cancellate/:cancellatemi',
    'non voglio/vorrei disiscrivermi/cancellarmi/annullare/disdire/uscire',
    'non posso annullare/disdire',
    'stop il/al/mio? mio? ordine/spedizione/consegna per_favore? $',
    'non/nn voglio/vorrei smettere di ricevere',
    'non ho/abbiamo ancora? .. ricevuto/visto/trovato/capito .. :messaggi',
    'non mi? è/sono arrivato/arrivati .. :messaggi',
    'annullare/cancellare/annullate/cancellate il/un/mio/l_ordine/la .. ordine/prenotazione/appuntamento/acquisto/consegna/volo',
    'ho/abbiamo dato/scritto/messo/inserito/sbagliato .. numero sbagliato',
    'non voglio perdere/perdermi',
    'mi/ci avete/ha/hanno spedito/consegnato il/un numero sbagliato/errato',
    ':arrivato numero sbagliato/errato , porto/io_porto/calzo/taglia/la_mia_taglia !di/questo/nulla/niente',
    ':arrivato numero sbagliato/errato , ho_ordinato/ordinato/avevo_ordinato il/la/un/una? numero? :taglia !volte/giorni/mesi/:messaggi',
    ':arrivato numero sbagliato/errato , ho_ordinato/ordinato/avevo_ordinato un? altro numero? $',
    'numero sbagliato/errato di/delle scarpa/scarpe/stivali',
    'sbagliato numero di',
    'numero sbagliato/errato in/nel/nella/sul/sulla/per mio/mia/il/la/un? ordine/fattura/spedizione/indirizzo/conto/consegna/pacco/profilo',
  ],
  atMostHeld: {
    // Another way of reaching them refused, texts kept.
    always: [
      ...ITALIAN_LIMITED,
      'non/nn mi/ci? chiamatemi/chiamate/chiami/chiamare/chiamarmi/telefonate/telefonatemi più/per_favore? ,/ma/e/meglio? solo/meglio/piuttosto? scrivetemi/scrivimi/mandatemi/mandami/inviatemi/inviami !più/mai/niente/nulla',
      'non/nn mi/ci? chiamatemi/chiamate/chiami/chiamare/chiamarmi/telefonate/telefonatemi più/per_favore? ,/ma/meglio? meglio/piuttosto? mandate/mandi/inviate/invii un/uno/solo sms/messaggio/messaggi/messaggino',
      'non/nn mi/ci? chiamatemi/chiamate/chiami/chiamare/chiamarmi/telefonate/telefonatemi più/per_favore? ,/ma/e? solo/soltanto/preferisco/meglio un/per/via? sms/messaggi/messaggio',
    ],
    unnamed: [],
    asked: ITALIAN_QUESTIONS,
    named: [],
    unless: [],
  },
  negated: ITALIAN_NEGATED,
  cues: [
    ...ITALIAN_WISHES,
    ...ITALIAN_BRIEF,
    {
      id: 'stop-texting',
      weight: SURE,
      says: [
        '!non sospendere/disattivare/interrompere/bloccare/blocca i/gli/le/questi? :messaggi $',
        '^ sospendete/interrompete linvio $',
        ':smettete di/con .. :mandare',
        'basta/stop con .. :messaggi',
        '^ basta con/di/i? :messaggi',
        'fatela/falla/facciamola finita con .. :messaggi',
        '^ fatela/falla finita $',
        'smettetela/smettila/finitela/finiscila/piantatela/piantala $',
        '^ per_favore/prego stop/basta $',
        '^ per_favore/prego/vi_prego/ora? fermatevi/fermati per_favore/grazie/subito? $',
        'fermate/interrompete/interrompi/bloccate/disattivate/disattiva/sospendete i/gli/le/questi/questo/linvio/questa/lo? di/dei? :messaggi',
        '^ stop/basta per_favore/grazie/adesso $',
        'rotto le/il palle/scatole/coglioni/cazzo',
        'annullare/annullate/annulla/disdire/disdico/cancellare/cancellate/annullo la? mia/mio/l? iscrizione/liscrizione/abbonamento/labbonamento/sottoscrizione/servizio',
      ],
    },
    {
      id: 'unsubscribe',
      weight: SURE,
      says: [
        'mi potete/puoi/può/potreste cancellare/togliere/rimuovere $',
        'disiscrivermi/disiscrivetemi/disiscrivimi/disiscrivere/disiscrizione',
        'voglio/vorrei/desidero/chiedo_di/devo cancellarmi $',
        'voglio/vorrei/desidero uscire da/dalla/dal lista/questa/questo/servizio/programma/vostra',
        'voglio/vorrei/desidero disdire/disiscrivermi $',
        'voglio/vorrei/desidero essere cancellato/cancellata/rimosso/rimossa',
        '^ disdico/disdetta per_favore/grazie? $',
      ],
    },
    {
      id: 'off-the-list',
      weight: SURE,
      says: [
        ':cancellate il/questo/i? mio/questo/miei :numero/dati/contatti',
        ':cancellate .. da/dal/dalla/dai/dall :lista/vostra/vostri/vostro',
        ':cancellatemi da/dal/dalla/dalle/dai/dall/dallelenco/subito/per_favore',
        '^ per_favore? :cancellatemi $',
        'chiedo/richiedo/vorrei/esigo la? cancellazione dei_miei/del_mio/dalla/dai/delliscrizione/della_mia_iscrizione',
        'mi tolga/tolgano/cancelli/cancellino/rimuova/togliete/cancellate/rimuovete da/dal/dalla/dai/dallelenco/subito/per_favore',
      ],
    },
    {
      id: 'do-not-contact',
      weight: SURE,
      says: [
        '^ non/nn contattatemi/contattarmi più? grazie/per_favore? $',
        'non/nn/mai mi/ci? dovete/voglio? :nonmandate .. più/mai/piu/altri/nulla/niente/:messaggi',
        'non/nn mi/ci :nonmandate $',
        'non/nn disturbate/disturbatemi/disturbare/disturbateci più/mai? $',
      ],
    },
    {
      id: 'do-not-want',
      weight: SURE,
      says: [
        'ne posso più dei/di/delle vostri/vostre/questi? :messaggi',
        'come faccio/si_fa a non ricevere più',
        'sono/siamo stufo/stufa/stanco/stanca/stufi di/dei/delle questi/queste/vostri/vostre? :messaggi',
        '^ no/niente/nessun/nessuna/zero più/piu? :messaggi grazie/per_favore/prego? $',
        'non/nn voglio/desidero/vorrei/vogliamo/gradisco .. :messaggi',
        'non/nn voglio/desidero/vorrei/vogliamo più .. ricevere/sapere/essere_contattato/essere_contattata/sentirvi/niente/nulla',
        'desidero/vorrei/preferisco/chiedo/prego/preferirei di? non ricevere più/altri/altro/nulla/:messaggi',
        'desidero/vorrei/preferisco non essere più? contattato/contattata/disturbato/disturbata',
        'non/nn voglio/desidero essere .. contattato/contattata/disturbato/disturbata',
        'non/nn voglio/desidero ricevere più/altri/altro/nulla/niente/questi/questo/i_vostri',
        '^ non/nn li/lo/ne? voglio più $',
        'senza mio/il_mio consenso',
        '^ niente/nessun/mai più .. :messaggi',
      ],
    },
    { id: 'consent-withdrawn', weight: SURE, says: ['revoco/ritiro/tolgo/nego il/mio? .. consenso'] },
    {
      id: 'marketing-objection',
      weight: SURE,
      says: [
        '^ io? mi/ci? oppongo/opponiamo al/alla/a ricevere/ogni/qualsiasi? marketing/pubblicità diretto/diretta/grazie? $',
      ],
    },
    {
      id: 'legal-objection',
      weight: UNSURE,
      says: [
        '!non_mi/nn_mi/non/nn oppongo/opponiamo al/alla/allo/a/allutilizzo/alluso ogni/qualsiasi/ricevere? trattamento/utilizzo/uso/marketing/pubblicità/profilazione/dei_miei_dati/dati',
        '!nessuna/senza/alcuna/non_faccio opposizione al/alla/allo trattamento/marketing/pubblicità',
      ],
    },
    {
      id: 'leave-me-alone',
      weight: SURE,
      says: [
        'lasciatemi/lasciami/mi_lasci/lasciateci in pace',
        'lasciatemi/lasciami stare',
        '^ vaffanculo/fanculo',
        'andate/vai a quel_paese/cagare/fanculo',
      ],
    },
    {
      id: 'threat',
      weight: SURE,
      says: ['vi/la/ti denuncio/denuncerò/denunzio', 'garante privacy/della_privacy', 'polizia postale'],
    },
    {
      id: 'wrong-number',
      weight: SURE,
      wrongNumber: true,
      says: [
        'persona sbagliato/sbagliata/errato/errata $',
        '!:arrivato numero sbagliato/sbagliata/errato/errata $',
        'avete/ha/hai/hanno sbagliato numero/persona',
        'state/sta/stai sbagliando numero/persona',
      ],
    },
    {
      id: 'doubtful',
      weight: UNSURE,
      says: [
        '^ cancella/cancellare/cancellazione/disdire/disattiva/disabilitare/smettere/interrompere/rimuovere per_favore/grazie? $',
        'mai dato il? consenso/permesso $',
        '^ non autorizzo $',
        'questo non è il numero di',
        '^ voglio/vorrei uscire $',
        '^ per_favore/prego/ora? smetti/smetta/smettete per_favore/grazie/subito/ora? $',
        '^ io? mi oppongo $',
        'diritto di opposizione',
        'non riesco/posso a? disiscrivermi/cancellarmi/uscire',
        '!non :cancellatemi $',
        'come/dove .. avuto/trovato/ottenuto/preso .. numero',
        'chi .. dato .. numero',
        'non/nn mi/ci interessa/interessano $',
        'non/nn sono/siamo interessato/interessata/interessati',
        'mai .. iscritto/iscritta/registrato/registrata/autorizzato/richiesto',
        'come .. cancellarmi/cancello/disiscrivo/disdico/disdire',
        '^ è? una? truffa/spam $',
        'vi/ti blocco',
        '^ che palle/rottura',
        '^ non rompete/rompere/rompetemi/rompa',
        'truffatori',
        'avete stufato/rotto/stancato',
        'troppi/tanti/troppe/tante :messaggi',
        '^ annullate/annulla/cancellate questo/tutto/ciò per_favore? $',
      ],
    },
    {
      id: 'somebody-else',
      weight: UNSURE,
      wrongNumber: true,
      says: [
        'non/nn la/vi/ti/lo conosco',
        'non/nn abita/vive/lavora più? qui',
        'numero non è più di/della/del/suo/mio',
        // Perhaps a size that came.
        ':arrivato numero sbagliato/sbagliata/errato/errata',
        'è deceduto/deceduta/morto/morta mio/mia/nel/un',
      ],
    },
  ],
});
