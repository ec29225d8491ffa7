import { type PhraseBook, SURE, UNSURE } from './phrase-book.ts';

const GROUPS = {
  dejen:
    'deje/dejen/deja/dejar/dejan/paren/pare/parar/para_ya/basta/cesen/cese/detengan/detenga/detener/stop/alto/dejame/dejenme/dejeme/dejanos/dejenos',
  mandar: [
    'mandar/mandarme/mandando/enviar/enviarme/enviando/escribir/escribirme/textear/textearme/molestar/molestarme',
    'llamar/llamarme/contactar/contactarme/chingar/joder/fregar/mensajear/mensajearme/acosar/fastidiar/mandarnos',
    'molestarnos/texting/textiar/textiarme/acosarme',
  ].join('/'),
  mensajes: [
    'mensaje/mensajes/texto/textos/text/texts/message/messages/sms/publicidad/propaganda/propagandas/spam/anuncios',
    'promociones/ofertas/notificaciones/alertas/mensajitos/porqueria/porquerias',
  ].join('/'),
  escriban: [
    'escriba/escriban/escribas/escribe/contacte/contacten/contactes/texteen/textee/textees/moleste/molesten/molestes',
    'llame/llamen/llames/busquen/fastidien/jodan/chinguen/mensajeen/mensajees/fastidies/jodas',
  ].join('/'),
  manden: 'mande/manden/mandes/manda/mandan/envie/envien/envies/envia/envian',
  quiten: [
    'quiten/quite/quita/saquen/saque/saca/borre/borren/borra/borrar/elimine/eliminen/elimina/eliminar/remueva/remuevan',
    'retire/retiren/tachen/quitar/sacar/remover',
  ].join('/'),
  quitenme: [
    'quiteme/quitenme/quitame/quitarme/saqueme/saquenme/sacame/sacarme/borreme/borrenme/borrame/borrarme/elimineme',
    'eliminenme/eliminame/eliminarme/remuevanme/remuevame/retireme/retirenme/quitenos/saquenos',
  ].join('/'),
  lista: 'lista/listas/numero/base/datos/telefono/contactos/nombre/registro/registros/sistema/celular',
};

export const SPANISH: PhraseBook = {
  language: 'es',
  groups: GROUPS,
  innocent: [
    'no pares/paren/pare/parar/dejes/dejen/deje/detengan/detengas/canceles/cancelen',
    'no/nunca quiero/puedo/queremos/deseo darme/dar/salir/salirme/cancelar/parar/dejar/detener/desuscribirme/pararme',
    'no quiero que paren/dejen/pares/dejes/pare/deje/termine/acabe',
    'sin parar',
    'no he/recibi/llego/me_llego/me_llegaron/veo/vi/tengo/entiendo/encuentro .. :mensajes',
    'no me han? llego/llegado .. :mensajes',
    'no mas de/que un/una/dos/tres/cuatro/cinco/diez/1/2/3/4/5/10',
    'cancelar/cancele/cancelen/cancelo/cancelada/cancelado/parar/detener mi/el/la/una/un/su/mis/nuestro? ~~ pedido/orden/cita/reserva/reservacion/compra/vuelo/envio/boleto/entrega/pago/viaje',
    'di/dieron/puse/escribi/marque/dimos .. numero equivocado/incorrecto',
    'baja/bajo california/precio/temporada/velocidad',
    'alto y/riesgo/rendimiento/nivel/precio',
  ],
  cues: [
    {
      id: 'stop-texting',
      weight: SURE,
      says: [
        ':dejen/para ya/por_favor? de .. :mandar',
        ':dejen con/los/las/sus/estos/esos/tantos/tanto/de_tantos/de/ya .. :mensajes',
        'por_favor/favor_de ya? no? paren/pare/dejen/dejar/parar $',
        'favor/favor_de no? de? no :mandar',
        'cancelar/cancele/cancelen/cancela/anular/anulen/anule mi/la/mis/esta/el/su/los/las? suscripcion/subscripcion/inscripcion/numero/:mensajes/todo',
        'parenle/parale/parenla ya/con/a',
        'quiero que paren/dejen/pare/deje',
        'como? hago? para? parar/detener/cancelar/quitar estos/esto/los/sus .. :mensajes',
      ],
    },
    {
      id: 'unsubscribe',
      weight: SURE,
      says: [
        'darme/dame/deme/denme/dar/doy/dadme/darnos/darse me? de baja',
        'desuscribir/desuscribirme/desuscribanme/desuscribame/desinscribir/desinscribirme/desafiliar/desafiliarme/desafilienme',
        'de baja por_favor/ya/mi/a/este',
        'quiero/deseo/quisiera salir/salirme/cancelar de esto/esta/la_lista/el_programa/aqui/los/su',
      ],
    },
    {
      id: 'off-the-list',
      weight: SURE,
      says: [
        ':quitenme !la/el/las/los/una/un',
        ':quiten me/mi/este/el/mis/nuestro/ese/del .. :lista',
        ':quiten .. de su/la/esta/tu/sus .. lista/listas/base/sistema',
      ],
    },
    {
      id: 'do-not-contact',
      weight: SURE,
      says: [
        'no/nunca/jamas me/nos/le/vuelvan_a/vuelva_a :escriban/:mandar',
        'no/nunca/jamas me/nos/le/se? vuelvan/vuelva a? :mandar/:escriban',
        'no me/nos/le/les? :manden .. mas/nada/:mensajes/ya/esto/estos/cosas',
        'no me/nos :manden $',
        'ya no me/nos .. :manden/:escriban/:mandar',
        'no :escriban mas/a_este/a_este_numero',
        'ni me :escriban/:manden',
      ],
    },
    {
      id: 'do-not-want',
      weight: SURE,
      says: [
        'no quiero/deseo/queremos/necesito/quisiera/autorizo .. :mensajes',
        'no quiero/deseo/queremos/quisiera/necesito .. recibir !mi/el/la/un/una/los',
        'no quiero/deseo .. que_me/saber_de/saber_nada/nada_de',
        'ya no quiero/deseo/necesito/queremos esto/nada/mas/estar $',
        'ya no quiero/deseo estar',
        'no/ni/ningun mas/un/mas_de_sus/mas_de_estos .. :mensajes',
        'no mas por_favor/ya/gracias/please $',
        'ya no mas',
        'harto/harta/cansado/cansada/hartos de .. :mensajes/:mandar/que_me',
        'retiro/revoco/cancelo mi .. consentimiento/permiso/autorizacion',
        'sin mi .. permiso/consentimiento/autorizacion',
      ],
    },
    {
      id: 'leave-me-alone',
      weight: SURE,
      says: [
        'dejenme/dejeme/dejame/dejenos/dejennos/dejen/deja me? ya? en paz',
        'dejenme/dejeme/dejame tranquilo/tranquila',
        'vete/vayanse/vayase/veta/vayan a/al/a_la mierda/diablo/carajo/chingada/demonio/verga',
        'dejen/deje/dejenme/deja de joder/chingar/molestar/fregar/fastidiar',
      ],
    },
    {
      id: 'threat',
      weight: SURE,
      says: [
        'voy/vamos a? .. demandar/demandarlos/demandarles/denunciar/denunciarlos/reportar/reportarlos',
        'los/les/te demando/denuncio/reporto',
      ],
    },
    {
      id: 'wrong-number',
      weight: SURE,
      wrongNumber: true,
      says: [
        'numero/persona/telefono equivocado/equivocada/incorrecto/erroneo/errado',
        'equivoco/equivocaron/equivocado/equivocados/equivocaste/equivocando/equivoca/equivocada de/con numero/persona/el_numero',
      ],
    },
    {
      id: 'doubtful',
      weight: UNSURE,
      says: [
        'quien .. dio/dieron/paso .. numero/telefono',
        'como/donde .. consiguieron/consiguio/obtuvieron/obtuvo/tienen/sacaron/tiene .. numero/telefono',
        'no me/nos interesa/interesan',
        'no estoy/estamos interesado/interesada/interesados',
        'no dejan/paran de .. :mandar',
        'acoso/acosando/estafa/estafadores',
        'nunca/no/jamas me/yo? inscribi/suscribi/registre/apunte/autorice',
        'larguense/largate/callate/callense/fuera $',
        'voy a bloquear/bloquearlos',
        'no pedi/solicite/autorice .. esto/estos/sus/:mensajes',
        'fastidio/molestia/harto/harta con/estos/sus/de/tantos',
        'chinga/chinguen tu/a_su/su madre',
        'abogado',
        'demasiados :mensajes',
      ],
    },
    {
      id: 'somebody-else',
      weight: UNSURE,
      wrongNumber: true,
      says: [
        'aqui/aca/ya no vive/esta/trabaja',
        'no lo/la/los conozco',
        'no conozco a',
        'esta/estan equivocado/equivocada/equivocados',
        'numero nuevo',
        'nuevo numero',
        'fallecio/murio',
        'no es/soy la/esa persona',
        'ya no es su/el numero/telefono',
      ],
    },
  ],
};
