import { type PhraseBook, SURE } from './book.ts';

/** Short ways of asking for no more, each the whole sentence or nearly so. */
export const SPANISH_WISHES: PhraseBook['cues'] = [
  {
    id: 'stop-texting',
    weight: SURE,
    says: [
      'corten/corte/cortala/cortenla/alto/terminen/terminar ya? con? los/sus/tus/estos/esos? :mensajes por_favor/ya? $',
      'paren la mano con? los/sus? :mensajes',
      '^ alto/basta/ya_basta con esto/eso ya/por_favor? $',
      '^ estoy pidiendo/pidiendoles que paren/dejen $',
      '^ por_favor? eliminar/borrar/terminar la/mi/el? suscripcion/subscripcion/numero/number por_favor? $',
    ],
  },
  {
    id: 'unsubscribe',
    weight: SURE,
    says: [
      '^ como? me desuscribo $',
      '^ desuscripcion por_favor/ya? $',
      '^ por_favor? cancelame/excluyanme por_favor/ya? $',
      '^ yo? quiero/deseo/quisiera salirme por_favor/ya? $',
      'quiero/deseo/quisiera salir/salirme de este grupo $',
    ],
  },
  {
    id: 'off-the-list',
    weight: SURE,
    says: [
      '^ por_favor? borren/borre/eliminen/olviden/olvide/pierdan/pierda mi contacto/numero/number por_favor? $',
    ],
  },
  {
    id: 'do-not-contact',
    weight: SURE,
    says: [
      '^ ya/por_favor? no escribir/escribirme/contactar/contactarme/recibir/recibir_nada por_favor/porfa/gracias/mas? $',
      'nunca mas? me? :escriban/:manden $',
      'no me/nos notifiquen/notifique $',
      '^ ya pues? no molesten/moleste/fastidien $',
      '^ como? le? hago? para_que/que ya? no/ya_no me/nos lleguen/llegue nada? mas? $',
      'no me/nos spameen/spamee mas? $',
      'no me/nos vuelvas/vuelvan/vuelva a :mandar/escribir nunca? mas? $',
    ],
  },
  {
    id: 'do-not-want',
    weight: SURE,
    says: [
      '^ no acepto/aceptamos mas/sus/estos? :mensajes por_favor? $',
      '^ estos/sus/los? :mensajes ya? no/ya_no mas/por_favor/gracias? $',
      'ya no quiero/deseo pertenecer',
    ],
  },
];
