import { type PhraseBook, SURE } from './book.ts';

/** Asked for politely or in a roundabout way, or with the verb in another form; each as its language is written. */
type Wishes = PhraseBook['cues'];

export const GERMAN_WISHES: Wishes = [
  {
    id: 'stop-texting',
    weight: SURE,
    says: [
      'es/jetzt/mir reicht/reichts jetzt/langsam? mit den/euren/ihren/diesen/der/eurer :nachrichten $',
      '^ genug :nachrichten bitte/jetzt? $',
    ],
  },
  {
    id: 'unsubscribe',
    weight: SURE,
    says: [
      'können/könnt/könnten/könntet/würden/würdet sie/ihr mich/uns bitte? abmelden/abbestellen/austragen/löschen/entfernen/streichen/rausnehmen bitte? $',
      'können/könnt/könnten/könntet/würden/würdet sie/ihr bitte? mich/uns/meine_nummer bitte? abmelden/abbestellen/austragen/streichen/rausnehmen bitte? $',
      '^ wie kann/können ich/wir das/diese/die? :nachrichten? abbestellen $',
      '^ ich/wir? bestelle/bestellen das/die/diese/eure/ihre? :nachrichten? hiermit? ab $',
    ],
  },
  {
    id: 'off-the-list',
    weight: SURE,
    says: [
      '^ bitte? raus aus der/eurer/ihrer/dieser/dem/eurem/ihrem liste/verteiler $',
      '^ bitte? meine/diese/mich/uns :nummer? bitte? rausnehmen bitte? $',
      ':will da/hier/dort/bei_euch/bei_ihnen? nicht mehr dabei sein $',
    ],
  },
  {
    id: 'do-not-contact',
    weight: SURE,
    says: [
      'nicht mehr/weiter/länger kontaktiert/angeschrieben/belästigt/angerufen zu? werden $',
      '^ bitte? nix mehr? schreiben/schicken/senden mir/mehr/bitte? $',
    ],
  },
  {
    id: 'do-not-want',
    weight: SURE,
    says: ['^ ich nix/nicht/kein/keine wollen :nachrichten $'],
  },
];

export const ITALIAN_WISHES: Wishes = [
  {
    id: 'unsubscribe',
    weight: SURE,
    says: [
      'mi/ci potete/puoi/può/potreste/potrebbe/potresti per_favore? cancellare/togliere/rimuovere/disiscrivere per_favore/grazie/prego? $',
      'potete/puoi/può/potreste/potrebbe/potresti per_favore? :cancellatemi per_favore/grazie/prego? $',
      '^ richiedo/chiedo/vorrei la cancellazione per_favore/grazie? $',
    ],
  },
  {
    id: 'off-the-list',
    weight: SURE,
    says: [
      'toglietelo/toglietela/cancellatelo/cancellatela/rimuovetelo/rimuovetela dalla/dalle/dallelenco/dai vostra/vostre/vostri/sua? lista/liste/elenco/database/contatti? $',
    ],
  },
  {
    id: 'do-not-contact',
    weight: SURE,
    says: [
      'vi/ti/la prego/chiedo/chiederei di smettere/smetterla/non_scrivermi/non_scrivermi_più/non_contattarmi/non_contattarmi_più $',
      'potreste/potete/potrebbe/può smettere/smetterla per_favore/grazie? $',
    ],
  },
  { id: 'do-not-want', weight: SURE, says: ['^ io no/non volere :messaggi $'] },
  { id: 'consent-withdrawn', weight: SURE, says: ['^ revoca/revoco/ritiro il/del/di? mio? consenso $'] },
];

export const POLISH_WISHES: Wishes = [
  {
    id: 'stop-texting',
    weight: SURE,
    says: [
      'dość/wystarczy już/tego? tych/waszych/tymi :wiadomości $',
      '^ proszę/bardzo_proszę o? zaprzestanie/zaprzestać $',
      '^ proszę? anulować/anuluj/anulujcie/wyłączyć/wyłącz/wyłączcie moje/te/mi? :wiadomości proszę? $',
      'kiedy wreszcie/w_końcu? przestaniecie/przestaniesz/skończycie .. :wysyłać $',
      'czy_możecie/możecie/mogą_państwo/czy_mogą_państwo/mógłby_pan przestać/nie .. :wysyłać $',
    ],
  },
  {
    id: 'unsubscribe',
    weight: SURE,
    says: [
      '^ wypisuję/wyrejestrowuję się stąd/z_listy/z_tego? $',
      'chcę/chciałbym/chciałabym się stąd? :wypisz $',
    ],
  },
  {
    id: 'do-not-contact',
    weight: SURE,
    says: [
      'proszę/prosimy się ze_mną/z_nami więcej/już? nie kontaktować',
      'proszę nie kontaktować się ze_mną/z_nami',
    ],
  },
  {
    id: 'do-not-want',
    weight: SURE,
    says: ['^ ani jednego/jednej smsa/wiadomości/esemesa więcej $', '^ ja nie chcieć :wiadomości $'],
  },
  { id: 'leave-me-alone', weight: SURE, says: ['^ weźcie/weź się odwalcie/odczepcie/odwal/odczep'] },
];

export const RUSSIAN_WISHES: Wishes = [
  {
    id: 'stop-texting',
    weight: SURE,
    says: [
      '^ пожалуйста? закройте/закончите/остановите/прекратите/закрыть/закончить вашу/эту/свою? рассылку/рассылки пожалуйста? $',
    ],
  },
  {
    id: 'unsubscribe',
    weight: SURE,
    says: [
      'могли/можете/не_могли/не_можете бы? вы? меня отписать/отключить_от_рассылки/удалить_из_списка/удалить_из_рассылки/исключить_из_рассылки',
      '^ хочу/прошу? уйти/выйти/выписаться из этой/вашей? рассылки/списка/группы $',
      'уже отписался/отписалась , почему/зачем/а_вы вы? пишете/шлете/присылаете',
    ],
  },
  {
    id: 'do-not-contact',
    weight: SURE,
    says: [
      'не/ne могли/можете/мог/можно бы? ли? вы/ты? больше/мне? не :слать мне/нам? !:посылку',
      '^ больше/пожалуйста? непишите/непиши/нешлите/неприсылайте/незвоните/нехочу_смс мне/больше/пожалуйста/сюда? $',
      '^ ne/не nado/надо sms/смс $',
      '^ не пишыте/песите/пешите мне/больше/сюда? $',
      'прекратите/перестаньте присилать/пресылать/писат',
    ],
  },
  { id: 'do-not-want', weight: SURE, says: ['^ моя/я не хотеть :смс $'] },
  { id: 'leave-me-alone', weight: SURE, says: ['^ оставьте/оставь в покое'] },
];
