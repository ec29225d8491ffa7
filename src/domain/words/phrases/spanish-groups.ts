import type { WordGroups } from './pattern.ts';
import { VEIO } from './portuguese.ts';
import { SIZES } from './sizes.ts';

/** What came to them, before what it was: a number of ours, or a size. */
const CAME = [
  ...[
    'mandaron',
    'mando',
    'mandaste',
    'enviaron',
    'envio',
    'enviaste',
    'llego',
    'vino',
    'dieron',
    'dio',
  ].flatMap((came) => [`me_${came}`, `nos_${came}`]),
  ...['llego', 'vino'],
].flatMap((came) => [`${came}_el`, `${came}_un`]);

export const SPANISH_GROUPS: WordGroups = {
  dejen:
    'deje/dejen/deja/dejar/dejan/paren/pare/parar/para_ya/basta/cesen/cese/detengan/detenga/detener/stop/alto/dejame/dejenme/dejeme/dejanos/dejenos',
  mandar: [
    'mandar/mandarme/mandando/enviar/enviarme/enviando/escribir/escribirme/textear/textearme/molestar/molestarme',
    'llamar/llamarme/contactar/contactarme/chingar/joder/fregar/mensajear/mensajearme/acosar/fastidiar/mandarnos',
    'molestarnos/texting/textiar/textiarme/acosarme/chingando/jodiendo/fregando/molestando/fastidiando/acosando',
    'escribiendo/llamando/texteando/mandandome/enviandome/escribiendome/molestandome/llamandome/texteandome/contactando',
    'contactandome/fastidiandome/insistiendo/yamar/yamarme/yamando/yamandome/spamear/spameando/espamear/spamearme',
  ].join('/'),
  mensajes: [
    'mensaje/mensajes/texto/textos/text/texts/message/messages/sms/publicidad/propaganda/propagandas/spam/anuncios',
    'promociones/ofertas/notificaciones/alertas/mensajitos/porqueria/porquerias',
  ].join('/'),
  escriban: [
    'escriba/escriban/escribas/escribe/contacte/contacten/contactes/texteen/textee/textees/moleste/molesten/molestes',
    'llame/llamen/llames/yame/yamen/busquen/fastidien/jodan/chinguen/mensajeen/mensajees/fastidies/jodas',
  ].join('/'),
  /** Calls, refused. */
  llamen: 'llame/llamen/llames/yame/yamen/yames/llamar/marque/marquen/marques/telefoneen',
  /** Asks for a text: with "me" after it, no "no" was before it. */
  escribanme: [
    'escribame/escribanme/escribeme/escribirme/escriveme/mandame/mandeme/mandenme/mandarme/enviame/envieme/envienme/enviarme',
    'texteame/texteeme/texteenme/textearme/mensajeame/mensajeenme',
  ].join('/'),
  manden: 'mande/manden/mandes/manda/mandan/mandeme/mandenme/envie/envien/envies/envia/envian',
  quiten: [
    'quiten/quite/quita/saquen/saque/saca/borre/borren/borra/borrar/elimine/eliminen/elimina/eliminar/remueva/remuevan',
    'retire/retiren/retirar/tachen/quitar/sacar/remover/remueva/remueve/tachar/saken/sake/saka/sakar/kite/kita/kitar/boren/bore/bora',
  ].join('/'),
  quitenme: [
    'quiteme/quitenme/quitame/quitarme/saqueme/saquenme/sacame/sacarme/borreme/borrenme/borrame/borrarme/elimineme',
    'eliminenme/eliminame/eliminarme/remuevanme/remuevame/retireme/retirenme/quitenos/saquenos/removerme/remueveme',
    'removeme/retirarme/retirame/tachenme/tacheme/tacharme/salganme/sakenme/sakeme/sakame/sakarme/sakeneme/kitame',
    'kitarme/borenme/boreme/borame/borarme/quitennos/saquennos/borrenos/eliminenos',
  ].join('/'),
  responder:
    'responde/responda/respondan/contesta/conteste/envia/envie/escribe/escriba/manda/mande/textea/responder/enviar',
  terminar: 'terminar/terminarlos/cancelar/salir/finalizar/parar/acabar',
  vino: CAME.join('/'),
  /** Portuguese, which has "errado" too. */
  veio: VEIO,
  talla: `talla/tamano/${SIZES}`,
  que: 'que/q/k/ke/qe',
  de: 'de/d',
  /** What may have a wrong number, and what may be wrong of itself. */
  cosa: [
    'pedido/orden/compra/factura/recibo/envio/entrega/paquete/direccion/domicilio/cuenta/tarjeta/perfil/formulario',
    'etiqueta/cita/reserva/casa/apartamento/puerta/calle',
  ].join('/'),
  lista: 'number/lista/listas/numero/base/datos/telefono/contactos/nombre/registro/registros/sistema/celular',
};
