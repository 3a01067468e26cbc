// Passkeys: a button with data-passkey runs the browser's own dialogue and sends its answer with the form.
export function offerPasskeys() {
  for (const button of document.querySelectorAll("button[data-passkey]")) {
    if (!window.PublicKeyCredential) {
      button.disabled = true;
      say(button, "unknown");
      continue;
    }
    button.addEventListener("click", (event) => {
      event.preventDefault();
      run(button).catch((error) => say(button, error.name === "NotAllowedError" ? "stopped" : "failed"));
    });
  }
}

async function run(button) {
  const form = button.form;
  const name = form.elements.name?.value ?? "";
  say(button, "");
  const answer = await fetch(`${button.dataset.options}?${new URLSearchParams({ name })}`, { redirect: "error" });
  if (!answer.ok) throw new Error("no options");
  const options = await answer.json();
  const kind = button.dataset.passkey;
  const publicKey = kind === "create" ? creation(options) : request(options);
  const found = await navigator.credentials[kind]({ publicKey });
  form.elements.passkey.value = JSON.stringify(plain(found));
  form.noValidate = true;
  form.submit();
}

function say(button, what) {
  const place = document.getElementById(button.getAttribute("aria-describedby"));
  if (place) place.textContent = what ? place.dataset[what] : "";
}

function creation(options) {
  const found = { ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) } };
  found.excludeCredentials = (options.excludeCredentials ?? []).map(named);
  return found;
}

function request(options) {
  return { ...options, challenge: bytes(options.challenge), allowCredentials: (options.allowCredentials ?? []).map(named) };
}

function named(credential) {
  return { ...credential, id: bytes(credential.id) };
}

function plain(found) {
  const { response } = found;
  const answer = { clientDataJSON: text(response.clientDataJSON) };
  if (response.attestationObject) {
    answer.attestationObject = text(response.attestationObject);
    answer.transports = response.getTransports?.() ?? [];
  } else {
    answer.authenticatorData = text(response.authenticatorData);
    answer.signature = text(response.signature);
    answer.userHandle = response.userHandle ? text(response.userHandle) : null;
  }
  const { id, type, authenticatorAttachment } = found;
  return { id, rawId: text(found.rawId), type, authenticatorAttachment, clientExtensionResults: {}, response: answer };
}

function bytes(base64url) {
  const base64 = base64url.replace(/-/g, "+").replace(/_/g, "/");
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const letters = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
