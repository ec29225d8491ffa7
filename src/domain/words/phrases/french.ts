import { type PhraseBook, SURE, UNSURE } from './book.ts';

const GROUPS = {
  arreter:
    'arreter/arrete/arretez/arretes/cesser/cesse/cessez/stopper/stoppez/finir/finissez/arret/darreter/darrete/de_cesser',
  ecrire: [
    'menvoyer/envoyer/envoyez/mecrire/ecrire/texter/contacter/mappeler/appeler/deranger/harceler/spammer/ennuyer',
    'embeter/emmerder/solliciter/relancer/nous_ecrire/recevoir/faire_chier/messager/achaler/machaler',
  ].join('/'),
  messages: [
    'message/messages/sms/texto/textos/texts/pub/pubs/publicite/publicites/spam/spams/envoi/envois/notifications',
    'alertes/courriels/mails/offres/promos/sollicitations/conneries',
  ].join('/'),
  ecrivez: [
    'ecrivez/textez/contactez/appelez/derangez/ecris/contacte/texte/harcelez/embetez/sollicitez/spammez/relancez',
    'envoyez/envoie/envoies/appelle/derange',
  ].join('/'),
  mecrivez:
    'mecrivez/menvoyez/mecris/mecrit/menvoie/mappelez/mappelle/nenvoyez/necrivez/nappelez/nenvoie/membetez/mennuyez',
  liste: 'liste/listes/numero/base/contacts/coordonnees/donnees/nom/fichier/fichiers',
  oter: [
    'retirez/retirer/enlevez/enlever/supprimez/supprimer/effacez/effacer/otez/oter/rayez/radiez/enleve/retire',
    'supprime/efface/oublie/oubliez/sortez',
  ].join('/'),
};

export const FRENCH: PhraseBook = {
  language: 'fr',
  groups: GROUPS,
  innocent: [
    'narrete/narretez/narreter/narretes/narretons surtout? pas/jamais/plus',
    'arrete/arretez/arreter surtout? pas/jamais',
    '!peux/peut/puis pas/jamais/surtout me/nous/que_ca? arreter/desabonner/desinscrire/arrete/desabonnez',
    'sans arret',
    'telephone/portable/cellulaire/cell/ordi/char est mort',
    'pas ce que jai demande/commande/voulu',
    'suis/est/sest/etait/setait/sont/jai/a/as/ont/avons arrete',
    'arret/arrets de/du/des bus/metro/tram/train/travail/maladie/jeu',
    'arret/arrets dautobus/dautocar/maladie/cardiaque',
    'prochain/dernier/premier/un/mon arret',
    'la/en/sans/mauvaise fin',
    'pas/jamais/rien recu/eu/vu/trouve/compris ~~ :messages',
    'annuler/annulez/annule ma/la/mon/le/une/un/notre ~~ commande/rendez/rdv/reservation/livraison/achat/vol/billet/colis',
  ],
  ownLine: {
    said: [
      '!jai/ai/je/avons repondez/reponds/textez/texte/ecrivez/ecris/envoyez/envoie/repondre/texter/envoyer arret/stop pour tout? vous? finir/arreter/annuler/desabonner/terminer tout? tous? les/ces/vos? :messages?',
      'je_veux/je_voudrais/je_souhaite/jaimerais repondre/texter/ecrire/envoyer arret/stop pour tout? vous/me? finir/arreter/annuler/desabonner/terminer tout? tous? les/ces/vos? :messages?',
    ],
    quoted: [
      'laide/sujets/voir/pause/a_nouveau , arret/stop pour tout? vous? finir/arreter/annuler/desabonner/terminer tout?',
    ],
    refused: [],
  },
  cues: [
    {
      id: 'stop-texting',
      weight: SURE,
      says: [
        ':arreter .. :ecrire/:messages/:mecrivez',
        'stop aux/a/les/vos/ces/tes/de/les/avec .. :messages',
        'veuillez/faut/voulez/pouvez/pourriez vous/bien? arreter/cesser/stopper',
        'arretez/arrete/cessez ca/tout/cela/immediatement/maintenant',
        'veux/voudrais que ca/vous/ces/les arrete/arretez/cesse/cessiez/arretent',
        'comment? je? faire? pour arreter ca/tout/cela/les/ces/vos',
        'annulez/annuler/annule/resilier/resiliez/resilie .. abonnement/inscription/messages',
        'mettre/mettez fin a',
        'desactiver/desactivez .. :messages',
      ],
    },
    {
      id: 'unsubscribe',
      weight: SURE,
      says: [
        'desabonner/desabonnez/desabonne/desabonnement/desinscrire/desinscrivez/desinscription/desinscrit/desinscris/desabo',
        'me/nous desabonner',
        'plus etre/faire abonne/inscrit/inscrite/abonnee/partie/contacte/contactee/derange/derangee',
      ],
    },
    {
      id: 'off-the-list',
      weight: SURE,
      says: [
        'menlever/mexclure/me_retirer/me_supprimer/me_desinscrire/menlevez/mefface/meffacer .. :liste',
        ':oter moi/nous',
        'pouvez/pourriez/voulez/veuillez vous? me/nous :oter',
        'vous pouvez me/nous :oter',
        ':oter mon/ce/mes/notre/cette .. :liste',
        ':oter .. de votre/vos/la/cette/ta .. :liste',
      ],
    },
    {
      id: 'do-not-contact',
      weight: SURE,
      says: [
        'ne plus/jamais/pas me? .. :ecrire/:messages',
        'ne me/nous :ecrivez .. plus/jamais/pas/rien/aucun',
        'me :ecrivez plus/jamais/pas',
        'achalez/achale/derangez/harcelez/textez/contactez/appelez moi/nous pas/plus',
        'ne? :mecrivez plus/jamais/pas/rien/aucun',
        'nenvoyez/necrivez .. plus/rien/jamais',
        'plus jamais de :messages',
      ],
    },
    {
      id: 'do-not-want',
      weight: SURE,
      says: [
        'veux/souhaite/desire/voudrais/veut/voulons/aimerais/veu plus/pas/aucun .. recevoir !ma/mon/la/le/une/un',
        'veux/souhaite/desire/voudrais/veut/veu plus/pas/aucun .. de_vos/de_tes/de_ces/que_vous/etre/entendre',
        'veux/souhaite/voudrais/veut/veu pas/aucun .. :messages',
        'veux/veut/veu plus/pu/pus de/vos/tes/ces/rien .. :messages/savoir/recevoir',
        'veux/veut/veu pu/pus .. recevoir',
        '^ svp/ok/stop? plus/aucun/assez/pas de? de/dautres/autre? :messages',
        'marre/bol/assez/tanne/tannee/ecoeure de/des/d/avec/recevoir .. :messages',
        '^ merci? plus rien',
        'retire/retirer/revoque/annule mon/le/tout consentement/accord/autorisation',
      ],
    },
    {
      id: 'leave-me-alone',
      weight: SURE,
      says: [
        'laissez/laisse/foutez/fichez/fous/foutre/ficher/crissez/crisse moi/nous .. tranquille/paix/tranquilles',
        'lachez/lache moi/nous',
        'allez_vous/va_te/allez faire/faites foutre/voir',
      ],
    },
    {
      id: 'threat',
      weight: SURE,
      says: [
        'porter/porte/deposer plainte',
        'signaler/denoncer/signale/denonce .. cnil/spam/crtc/police/vous',
        'vous/te poursuivre/signaler/denoncer',
      ],
    },
    {
      id: 'wrong-number',
      weight: SURE,
      wrongNumber: true,
      says: [
        'mauvais/faux/mauvaise numero/personne',
        'trompez/trompe/tromper/erreur/trompes de numero/personne/destinataire',
        'pas le/la bon/bonne numero/personne',
        'erreur sur? le? numero',
      ],
    },
    {
      id: 'doubtful',
      weight: UNSURE,
      says: [
        'peux/peut/puis pas me/nous? desabonner/desinscrire/arreter',
        'fois .. dois/faut dire/repeter stop/arret',
        'qui .. donne .. numero',
        'comment/ou .. eu/obtenu/trouve/avez .. numero',
        'pas/plus/aucun/aucunement interesse/interessee/interesses/interet merci/du_tout? $',
        'ca/sa suffit',
        '^ assez/fini/decrissez/decrisse/degage $',
        'va chier',
        '^ la_ferme $',
        'fichez_le/fous_le camp',
        'jamais/pas signe pour',
        'minteresse/minteressent/interesse pas/plus',
        'jamais/pas demande/voulu ca/cela/ces/vos',
        'degagez/harcelement/foutez_le_camp/ta_gueule/cassez_vous/casse_toi',
        'jamais/pas/rien .. inscrit/inscrite/abonne/abonnee/demande/autorise $',
        'jamais .. accepte ca/cela? $',
        'rien demande',
        'plus interesse/interessee',
        'jamais/pas .. inscrit/inscrite/abonne/abonnee/demande a/de/ces/vos/ca',
        'marre $',
        'ras le bol',
        'mon/mes/notre avocat/avocats',
        'cnil/crtc',
        'pollupostage/pourriel/arnaque',
      ],
    },
    {
      id: 'somebody-else',
      weight: UNSURE,
      wrongNumber: true,
      says: [
        'connais pas cette/de/ce',
        'pas/plus son/sa/mon numero',
        'nouveau numero',
        'ancien/ancienne proprietaire/titulaire',
        'est decede/decedee/mort/morte',
        'personne/y_a_personne ici/de_ce_nom',
      ],
    },
  ],
};
