import { FRENCH_QUESTIONS, PORTUGUESE_QUESTIONS, SPANISH_QUESTIONS } from './asked.ts';
import type { PhraseBook } from './book.ts';
import { FRENCH_LIMITED, PORTUGUESE_LIMITED, SPANISH_LIMITED } from './limited.ts';

type AtMostHeld = NonNullable<PhraseBook['atMostHeld']>;

export const FRENCH_AT_MOST_HELD: AtMostHeld = {
  // Another way of reaching them refused, texts kept.
  always: [
    ...FRENCH_LIMITED,
    ':mappelez moi/nous? pas/plus/jamais/pu svp/stp/merci/sil_vous_plait/sil_te_plait? ,/et/mais/plutot/juste? plutot/seulement/juste/svp? :ecrivezmoi !moi_pas/moi_plus/moi_pu/moi_pus/moi_jamais/moi_rien/pas/plus/jamais/rien',
    ':mappelez moi/nous? pas/plus/jamais/pu svp/stp/merci/sil_vous_plait/sil_te_plait? ,/et/mais? je? seulement/juste/uniquement/prefere/plutot par/les/des/un? :textos',
    'pas/plus/jamais de? :courriels svp/stp/merci? ,/et/mais? seulement/juste/uniquement/que par/les/des/un? :textos',
    'pas/plus/jamais de? :courriels svp/stp/merci? ,/et/mais? les/des? :textos seulement/uniquement/ok/plutot',
    ':textos seulement/uniquement svp/stp/merci/sil_vous_plait? ,/et/mais? pas/plus/jamais de? :courriels !ni/ou/et',
  ],
  unnamed: [],
  asked: FRENCH_QUESTIONS,
  named: [],
  unless: [],
};

export const SPANISH_AT_MOST_HELD: AtMostHeld = {
  // Another way of reaching them refused, texts kept.
  always: [
    ...SPANISH_LIMITED,
    'no me/nos? :llamen por_favor/porfavor/porfa/por_telefono/gracias? ,/pero/y/mejor? mejor/solo/solamente/nomas/nada_mas/por_favor? :escribanme !nada/nunca/ni/no',
    'no me/nos? :llamen por_favor/porfavor/porfa/por_telefono/gracias? ,/pero/y? mejor/solo/solamente/nomas/unicamente/prefiero por? mensaje/mensajes/mensajito/texto/textos/text/sms/whatsapp/escrito',
    'no me/nos? :llamen por_favor/porfa/por_telefono? ,? pero/mejor si? me/nos? pueden/puede/puedes escribir/mandar/textear/enviar',
    ':escribanme mejor/por_mensaje/por_texto/un_mensaje/un_texto? mejor/por_favor? ,/pero/y? no me/nos? :llamen',
  ],
  unnamed: [],
  asked: SPANISH_QUESTIONS,
  named: [],
  unless: [],
};

export const PORTUGUESE_AT_MOST_HELD: AtMostHeld = {
  // Another way of reaching them refused, texts kept.
  always: [
    ...PORTUGUESE_LIMITED,
    'nao/n me/nos? ligue/liguem/liga/ligar/telefone/telefonem/telefonar por_favor/pf/pfv? ,/e/mas? so/somente/apenas/prefiro/melhor por? mensagem/mensagens/texto/sms/msg/whatsapp',
    'nao/n me/nos? ligue/liguem/liga/ligar/telefone/telefonem/telefonar por_favor/pf/pfv? ,/mas/so/melhor/prefiro_que me/nos? mande/mandem/manda/envie/enviem/escreva/escrevam/escreve !mais/nada/nunca',
    'so/somente/apenas por? mensagem/mensagens/texto/sms/msg ,/e/mas? nao me? ligue/liguem/liga/telefone/telefonem',
  ],
  unnamed: [],
  asked: PORTUGUESE_QUESTIONS,
  named: [],
  unless: [],
};
