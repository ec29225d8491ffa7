import { type PhraseBook, SURE, UNSURE } from './book.ts';

/** Takes consent back, objects to direct marketing, or to what else is done with their data. */
export const SPANISH_OBJECTING: PhraseBook['cues'] = [
  {
    id: 'marketing-objection',
    weight: SURE,
    says: [
      'rechazo/rechazamos los/sus/estos/recibir/tus :mensajes $',
      'me/nos niego/negamos a recibir mas? :mensajes',
      '^ yo? me/nos opongo/oponemos a/al/a_la/a_toda recibir/su/la/el/toda? publicidad/marketing/mercadeo/mercadotecnia directo/directa/comercial/por_favor/gracias? $',
      '^ yo? me/nos opongo/oponemos a/al uso/tratamiento/utilizacion de mis datos personales? para/con fines? de? publicidad/marketing/mercadeo/mercadotecnia/publicitarios/comerciales directo/directa? $',
    ],
  },
  {
    id: 'legal-objection',
    weight: UNSURE,
    says: [
      '!no_me/no_nos opongo/oponemos a/al/contra el/la/que/recibir/todo/cualquier/su/mas? la/el/su/mas/recibir? tratamiento/uso/utilizacion/procesamiento/publicidad/marketing/mercadeo/mercadotecnia !de_mi_pedido/del_pedido/de_mi_pago',
    ],
  },
  {
    id: 'consent-withdrawn',
    weight: SURE,
    says: ['retiro/revoco/cancelo mi .. consentimiento/permiso/autorizacion'],
  },
];
