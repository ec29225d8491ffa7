// Makes passkeys and signs in with them. Where the browser has none, the forms stay hidden.
const isAble = globalThis.PublicKeyCredential?.parseCreationOptionsFromJSON !== undefined;

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

// Some password managers answer with objects that lack toJSON, so each field is read by itself.
const toJson = ({ rawId, type, response }) => {
  const names = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle'];
  const found = names.filter((name) => response[name] instanceof ArrayBuffer);
  const fields = Object.fromEntries(found.map((name) => [name, toText(response[name])]));
  if (response.attestationObject !== undefined) fields.transports = response.getTransports?.() ?? [];
  const id = toText(rawId);
  return JSON.stringify({ id, rawId: id, type, response: fields });
};

const make = async ({ dataset }) => {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(dataset.options));
  return navigator.credentials.create({ publicKey });
};

const use = async (form) => {
  const answer = await fetch(form.dataset.ask, {
    method: 'POST',
    body: new URLSearchParams(new FormData(form)),
  });
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await answer.json());
  return navigator.credentials.get({ publicKey });
};

for (const form of document.querySelectorAll('form[data-passkey]')) {
  const fault = form.querySelector('[data-passkey-fault]');
  form.hidden = !isAble;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    // The form is sent once the browser has answered.
    event.stopPropagation();
    const button = form.querySelector('button');
    fault.hidden = true;
    button.disabled = true;
    try {
      form.elements.response.value = toJson(await (form.dataset.passkey === 'make' ? make(form) : use(form)));
      form.submit();
    } catch {
      fault.hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}
for (const element of document.querySelectorAll('[data-without-passkeys]')) element.hidden = isAble;
