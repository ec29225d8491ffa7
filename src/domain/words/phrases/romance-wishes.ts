import { type PhraseBook, SURE } from './book.ts';

type Wishes = PhraseBook['cues'];

/** Asked for politely or in a roundabout way; written as texts are read, without accents. */
export const FRENCH_WISHES: Wishes = [
  {
    id: 'stop-texting',
    weight: SURE,
    says: [
      'vous/te demande/demandons/demandais/prie/supplie/ordonne/ai_demande/avons_demande/ai_dit darreter/de_cesser/de_stopper svp/merci/immediatement/maintenant/ca/tout? $',
      'vous/te demande/demandons/prie/ai_demande darreter/de_cesser de_mecrire/de_menvoyer/de_me/les/vos/ces/avec',
      '^ cest assez les/vos/ces/de/des :messages $',
      'mettre/mettez/mets fin aux/a_vos/a_ces/a_ses :messages $',
      '^ svp? suspendre/suspendez/bloquez/bloquer/cessez les/vos/ces/tous_les? :messages svp/merci? $',
    ],
  },
  {
    id: 'unsubscribe',
    weight: SURE,
    says: [
      '^ je resilie svp/merci/mon_abonnement? $',
      'comment on/je/peut_on/faire fait/fais? pour ne? plus/pu recevoir ca/cela/vos/les/ces/rien',
    ],
  },
  {
    id: 'off-the-list',
    weight: SURE,
    says: [
      '!pas/ne/jamais veux/voudrais/souhaite/souhaiterais/aimerais/demande etre retire/retiree/enleve/enlevee/supprime/supprimee/desinscrit/desinscrite/radie/radiee de/des la/votre/vos/cette/ces? :liste svp/merci? $',
      '^ svp? perdez/oubliez/perds/oublie mon numero svp/merci? $',
    ],
  },
  {
    id: 'do-not-contact',
    weight: SURE,
    says: [
      '^ svp? pu/pus/pas/plus envoyer/envoyez de? :messages a_moi/svp/merci? $',
      '^ svp? envoyez/envoie/envoyer/mandez pu/pus de? vos/tes? :messages svp/merci? $',
    ],
  },
  {
    id: 'do-not-want',
    weight: SURE,
    says: [
      'veux/souhaite/desire/voudrais plus? rien recevoir de_vous/de_votre_part/svp/merci? $',
      '^ je nen veux/voulons plus svp/merci/du_tout? $$',
      'souhaite/souhaiterais/prefere/prefererais/aimerais ne plus/pas recevoir vos/de/ces/tes',
    ],
  },
];

export const PORTUGUESE_WISHES: Wishes = [
  {
    id: 'stop-texting',
    weight: SURE,
    says: [
      'vezes .. .. pedir/dizer/falar pra/para/que parar/parem/pare $',
      '^ chega disso/disto por_favor/ja? $',
      'gostaria/queria/peco que voces/vcs? parassem/parem/pare/deixassem/deixem de me? :mandar',
      'poderiam/poderia/podem/pode/podiam por_favor? parar de me? :mandar',
    ],
  },
  {
    id: 'do-not-want',
    weight: SURE,
    says: [
      'gostaria/gostariamos/queria/prefiro/desejo/peco de/para? nao receber mais? nenhuma/essas/estas/suas? :mensagens',
      ':nao quero mais? nada de/com/vindo_de voces/vcs/vc/voce $',
    ],
  },
  {
    id: 'off-the-list',
    weight: SURE,
    says: [
      'podem/pode/poderiam/poderia/podiam por_favor? me remover/tirar/retirar/excluir/descadastrar por_favor/obrigado/obrigada? $',
    ],
  },
];

export const SPANISH_ASKED: Wishes = [
  {
    id: 'stop-texting',
    weight: SURE,
    says: [
      '^ ya/por_favor/porfa/xfavor/xfa/no_mamen/no_manches/oigan/che ya? paren/parele/parenle/no_mas/basta por_favor/porfa/ya/gracias? $',
      '^ pinches/malditos/putos/estos/sus :mensajes ya_basta/basta/ya_no $',
      '^ baja al/del/de_este/de_su servicio/programa/sistema por_favor? $',
    ],
  },
  {
    id: 'do-not-contact',
    weight: SURE,
    says: [
      'no me/nos? :manden esa/ese/esta/este/esas/esos/estas/estos/su/sus/tanta/tanto vaina/vainas/basura/basuras/pendejadas/mamadas/cochinadas/tonterias/chingaderas/porqueria/porquerias $',
      '^ puro/pura/puros/puras spam/publicidad/basura/:mensajes , ya? no/no_me :manden/:escriban mas? $',
      'agradeceria/agradezco/gustaria/quisiera que ya? dejaran/dejen/dejara/deje/pararan/paren de :mandar',
      '^ ya/por_favor? podrian/pueden/puede/podria no? dejar/parar de :mandar',
    ],
  },
  { id: 'leave-me-alone', weight: SURE, says: ['^ ya dejenme/dejeme/dejame por_favor? $'] },
];
