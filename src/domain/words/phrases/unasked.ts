/** Parcels, receipts, questions why none came, and ends that are over: they ask for no end. Each in its own language. */
export const SPANISH_UNASKED: string[] = [
  'no quiero/queremos que me/nos den/des de baja',
  'no mas vi/recibi/lei/llego el/un/su mensaje',
  '!no me? basta con el/un mensaje',
  ':mensajes desde ayer/anoche/antier/el/hace',
  'no mas :mensajes llegan/llegaron',
  'no me :escriban al trabajo , :escribanme',
  'quiero/quisiera/necesito que dejen/deje/dejes el/la/los/las/mi/mis/un/una/todo/afuera',
  'dejar/deje/dejen/deja/dejo sus/mis/los/el/la/un/una datos/zapatos/paquete/pedido/caja/llaves/numero/mensaje/recado/nota/comentario/direccion',
  'no quiero/necesito/deseo/queremos la/el/una/un? factura/recibo/taza/comprobante/ticket/boleta por/con/en :mensajes',
  'no quiero/puedo esperar su/sus/el/los/un? :mensajes',
  ':quiten mi/el/ese/este/la pedido/orden/compra/cita',
  'estoy/estuve/estaba/sigue/esta de baja',
  'pantalones/pantalon/vestido/falda/camisa/blusa de baja',
  'no me mandenmas el/la/del/un/una azul/rojo/pedido/paquete',
];

export const FRENCH_UNASKED: string[] = [
  'pas/aucun de? :messages recu/recus/jusquici',
  ':ecrivezmoi/ecrivez/textez moi/nous plus souvent/vite/tot/longtemps/de_details/tard',
  '!pourquoi vous avez arrete/cesse !pas',
  'pas/jamais question/envie/lintention/intention de/d me/nous? desabonner/desinscrire/desabonne',
  'me/nous sortir/retirer/enlever/oter la/une/ma/le/un/mon facture/recu/commande/article/colis/oignons',
  'veux/voudrais/besoin pas de/d recu/facture/confirmation/ticket par :messages',
  'colis/commande/paquet , :oter le/la/les de la/ma/cette liste',
  'faut/veut/veux/va arreter/cesser de/d grandir/manger/boire/fumer/rire/courir/acheter/depenser/pleurer',
  'moi/nous 1/2/3/4/5/10/15/deux/cinq/dix minutes/min/secondes tranquille',
  ':plus de/d? :messages depuis hier/lundi/mardi/mercredi/jeudi/vendredi/samedi/dimanche/longtemps/des_jours/une_semaine/quelques',
];

export const PORTUGUESE_UNASKED: string[] = [
  ':mensagens desde ontem/anteontem/segunda/terca/quarta/quinta/sexta/sabado/domingo/semana',
  ':nao quero/preciso/precisa de? recibo/nota/comprovante/boleto/cupom por :mensagens',
  'deixe/deixa/deixar/deixem/deixo com/na/no/em o/a? vizinho/vizinha/porteiro/portaria/recepcao/casa',
  'cansei de esperar',
  'farto/farta de :mensagens , haha/kkk/brincadeira',
  '!voces/vcs/por_que/porque/ele/ela nao para/pare/parem de me? mandar/enviar !mais',
  'pare/para com isso kkk/kkkk/haha/hahaha/rsrs/que_lindo/que_fofo',
];

export const GERMAN_UNASKED: string[] = [
  'seit/schon_seit .. keine/keinen mehr? :nachrichten mehr',
  'habe/hab/haben .. keine mehr? :nachrichten mehr? bekommen/erhalten/gekriegt !wollen',
  'kommen/kommt/kam/kamen keine mehr? :nachrichten mehr? an',
  ':will/brauche keine/keinen/kein .. .. verpassen',
  'brauche/brauchen/will/möchte keine/keinen/kein quittung/rechnung/bestätigung/beleg/bon per/als/via :nachrichten',
  'brauche/brauchen keine/keinen :nachrichten wenn/falls/sobald',
  'warum/wieso/weshalb hört/hören ihr/sie auf mir/mich/uns? zu? schreiben/senden/schicken?',
  ':schreibt mir/uns? keine/keinen werbung/prospekt/prospekte ins/im/in_das paket/päckchen/karton/briefkasten',
];

export const ITALIAN_UNASKED: string[] = [
  'niente/nessun/non più? :messaggi da ieri/lunedì/martedì/mercoledì/giovedì/venerdì/sabato/domenica/giorni/settimane',
  'non/nn voglio/serve/mi_serve la/lo/una/uno? ricevuta/fattura/scontrino/conferma via/per/con :messaggi',
  'mai più senza i/le/gli vostri/vostre? :messaggi',
];

export const POLISH_UNASKED: string[] = [
  'żadnych/żadnej :wiadomości nie dostałem/dostałam/otrzymałem/otrzymałam/mam/widzę',
  'nie potrzebuję/chcę potwierdzenia/paragonu/faktury/rachunku przez? :wiadomości',
];
