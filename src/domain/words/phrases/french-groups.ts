import type { WordGroups } from './pattern.ts';

/** What came to them, before what it was: a number of ours, or a size. */
const CAME = [
  ...['ma', 'mont', 'mavez', 'nous_ont', 'nous_avez', 'nous_a'].map((who) => `${who}_envoye`),
  ...['jai', 'ai', 'avons'].map((who) => `${who}_recu`),
].flatMap((came) => [`${came}_le`, `${came}_un`]);

/** "Pu" and "pus" are how Quebec and phones write "plus"; both are also forms of other words, so cues alone have them. */
export const FRENCH_GROUPS: WordGroups = {
  arreter: [
    'arreter/arrete/arretez/arretes/cesser/cesse/cessez/stopper/stoppez/finir/finissez/arret/darreter/darrete/de_cesser',
    'arete/aretes/arette/arettes',
  ].join('/'),
  ecrire: [
    'menvoyer/envoyer/envoyez/mecrire/ecrire/texter/contacter/mappeler/appeler/deranger/harceler/spammer/ennuyer',
    'embeter/emmerder/solliciter/relancer/nous_ecrire/recevoir/faire_chier/messager/achaler/machaler/menvoye/mecrir',
    'denvoyer/decrire/dappeler/dembeter/dachaler/dennuyer/menvoyez/texte/spamer',
  ].join('/'),
  messages: [
    'message/messages/sms/texto/textos/texts/pub/pubs/publicite/publicites/spam/spams/envoi/envois/notifications',
    'alertes/courriels/mails/offres/promos/sollicitations/conneries/lenvoi/denvoi/denvois/dalertes/doffres/dannonces',
  ].join('/'),
  ecrivez: [
    'ecrivez/textez/contactez/appelez/derangez/ecris/contacte/texte/harcelez/embetez/sollicitez/spammez/relancez',
    'envoyez/envoie/envoies/appelle/derange',
  ].join('/'),
  mecrivez:
    'mecrivez/menvoyez/mecris/mecrit/menvoie/mappelez/mappelle/nenvoyez/necrivez/nappelez/nenvoie/membetez/mennuyez',
  /** Calls, refused. */
  mappelez:
    'mappelez/mappelle/mappeler/nappelez/nappelle/appelez/appelle/appeler/telephonez/telephoner/me_telephonez/me_telephoner',
  /** Asks for a text; "pas" would come after it. */
  ecrivezmoi: 'envoyez/envoie/ecrivez/ecris/textez/texte/texter/ecrire',
  textos: 'texto/textos/texte/textes/texts/sms/message/messages',
  courriels:
    'courriel/courriels/mail/mails/email/emails/appel/appels/dappel/dappels/demail/demails/telephone',
  venu: CAME.join('/'),
  plus: 'plus/pu/pus',
  /** What may be kept from being sent, and when and where to: no wish to hear nothing. */
  objet: [
    'le/la/les/mon/ma/mes/notre/nos/ce/cet/cette/un/une/lautre/lancien/lancienne/par/avant/apres/trop/tard/encore',
    'demain/aujourdhui/ce_soir/tout_de_suite/si/lundi/mardi/mercredi/jeudi/vendredi/samedi/dimanche/chez_ma/chez_mon',
    'chez_mes/chez_le/chez_la/a_lancienne/a_ladresse/a_mon_ancienne/a_mon_adresse/a_cette_adresse/a_la_mauvaise',
    'a_lautre/au_bureau/au_travail/plus_tard/plus_tot/ca_avant/ca_demain/ca_a_lancienne/de_colis/de_facture/de_commande/de_cette',
  ].join('/'),
  biens:
    'colis/paquet/paquets/commande/commandes/facture/factures/recu/livraison/produit/produits/article/articles/taille/couleur/cheque/carte',
  fiche: 'commande/facture/livraison/colis/compte/profil/dossier/recu/etiquette/adresse/carte/bon/formulaire',
  liste: 'liste/listes/numero/number/base/contacts/coordonnees/donnees/nom/fichier/fichiers',
  oter: [
    'retirez/retirer/enlevez/enlever/supprimez/supprimer/effacez/effacer/otez/oter/rayez/radiez/enleve/retire',
    'supprime/efface/oublie/oubliez/sortez/sortir/suprimez/suprimer/suprime/efacez/efacer/eface/enlevee/biffez',
  ].join('/'),
};
