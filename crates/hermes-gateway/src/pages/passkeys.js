"use strict";

/** Why this page cannot use passkeys that work at this origin, as a person reads it; nothing if it can. */
function withoutPasskeys(origin) {
  if (!origin) return "Passkeys need https with a domain, or localhost.";
  if (origin !== location.origin) {
    return `Passkeys work at ${origin}, and not at ${location.origin}.`;
  }
  return window.PublicKeyCredential?.parseCreationOptionsFromJSON ? "" : "This browser cannot use passkeys.";
}

/** Has the browser make a passkey; what it cannot do it says in words of its own. */
async function makePasskey({ options }) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const credential = await navigator.credentials.create({ publicKey });
  return credential.toJSON();
}

/** What went wrong, as a person reads it. */
function passkeyProblem(problem) {
  if (problem.name === "InvalidStateError") return "This device has a passkey for this gateway already.";
  if (problem.name === "NotAllowedError") return "Nothing was done: the browser was told no, or nobody answered.";
  return sentence(problem.message);
}

/** The sign-in page: a button, and the passkeys that the browser offers where a name is typed. */
function passkeyLogin(place) {
  const { origin, next } = place.dataset;
  const find = (name) => place.querySelector(`[data-${name}]`);
  if (withoutPasskeys(origin)) {
    find(origin === location.origin ? "unable" : "elsewhere").hidden = false;
    return;
  }
  const [control, shown] = [find("go"), find("problem")];
  let waiting = new AbortController();
  let renewal;
  const attempt = async (mediation) => {
    waiting.abort();
    waiting = new AbortController();
    clearTimeout(renewal);
    const { signal } = waiting;
    const { ceremony, options } = await send("POST", "/auth/passkey/start");
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    const credential = await navigator.credentials.get({ publicKey, mediation, signal });
    const answer = await send("POST", "/auth/passkey", { ceremony, credential: credential.toJSON(), next });
    location.replace(answer.next);
  };
  const failed = (problem) => {
    if (problem.name === "AbortError") return;
    control.disabled = false;
    shown.textContent = passkeyProblem(problem);
    shown.hidden = false;
  };
  // What was begun counts for five minutes, and a page may stay open for longer.
  const offer = async () => {
    if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
    if (!document.querySelector('[autocomplete~="webauthn"]')) return;
    const offered = attempt("conditional");
    renewal = setTimeout(() => offer().catch(failed), 4 * 60 * 1000);
    await offered;
  };
  control.hidden = false;
  control.addEventListener("click", () => {
    control.disabled = true;
    shown.hidden = true;
    attempt("optional").catch((problem) => {
      failed(problem);
      return offer();
    }).catch(failed);
  });
  offer().catch(failed);
}

/** The page of an invitation: accepted by a passkey, where the browser can make one. */
function claimByPasskey(origin, secret, refused) {
  const why = withoutPasskeys(origin);
  const place = document.querySelector("[data-passkey]");
  if (why) {
    const note = document.querySelector("[data-passkey-note]");
    note.textContent = `${why} A password works here.`;
    // The tunnel or the machine itself is at the other end of both names.
    if (["127.0.0.1", "[::1]"].includes(location.hostname) && origin.startsWith("http://localhost")) {
      const link = document.createElement("a");
      link.textContent = `Open this link there`;
      link.href = `${origin}${location.pathname}#${secret}`;
      note.append(" ", link);
    }
    note.hidden = false;
    return false;
  }
  const control = place.querySelector("[data-use]");
  place.hidden = false;
  control.addEventListener("click", async () => {
    control.disabled = true;
    try {
      const begun = await send("POST", "/auth/claim/passkey/start", { secret });
      const credential = await makePasskey(begun);
      const { ceremony } = begun;
      const { next } = await send("POST", "/auth/claim/passkey", { secret, ceremony, credential });
      location.replace(next);
    } catch (problem) {
      refused(control)(new Error(passkeyProblem(problem)));
    }
  });
  return true;
}

/** The person's own passkeys: added, named and removed. */
function passkeys(place) {
  const shown = place.querySelector("[data-problem]");
  const change = (control, work) => {
    control.disabled = true;
    shown.hidden = true;
    work().then(
      () => location.reload(),
      (problem) => {
        control.disabled = false;
        shown.textContent = passkeyProblem(problem);
        shown.hidden = false;
        shown.scrollIntoView({ block: "nearest" });
      },
    );
  };
  const path = (element) => `/api/auth/passkeys/${element.closest("[data-passkey]").dataset.passkey}`;
  const form = place.querySelector('[data-do="add"]');
  if (form) {
    const why = withoutPasskeys(place.dataset.passkeys);
    form.hidden = Boolean(why);
    const note = place.querySelector("[data-note]");
    note.textContent = why;
    note.hidden = !why;
  }
  for (const control of place.querySelectorAll('[data-do="remove"]')) {
    control.addEventListener("click", () => change(control, () => send("DELETE", path(control))));
  }
  for (const control of place.querySelectorAll('[data-do="rename"]')) {
    control.addEventListener("click", () => {
      const naming = control.closest("[data-passkey]").querySelector("form");
      naming.hidden = !naming.hidden;
      control.setAttribute("aria-expanded", String(!naming.hidden));
      if (!naming.hidden) naming.elements.name.focus();
    });
  }
  place.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    const name = event.target.elements.name.value;
    if (event.target === form) {
      change(event.submitter, async () => {
        const begun = await send("POST", "/api/auth/passkeys/start");
        const credential = await makePasskey(begun);
        await send("POST", "/api/auth/passkeys", { ceremony: begun.ceremony, credential, name });
      });
    } else {
      change(event.submitter, () => send("PATCH", path(event.target), { name }));
    }
  });
}

