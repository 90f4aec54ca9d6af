const prefix = document.documentElement.dataset.prefix;

/** Sends a change, and gives the answer; a refusal becomes an error that says what the gateway says. */
async function send(method, path, body) {
  const options = { method, credentials: "same-origin", redirect: "error" };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(prefix + path, options);
  const said = await answer.json().catch(() => ({}));
  if (answer.ok) return said;
  if (answer.status === 401 && said.login_url) location.assign(said.login_url);
  throw new Error(said.hint || said.detail || `The gateway answered ${answer.status}.`);
}

/** What the gateway says, as a person reads it. */
function sentence(said) {
  return `${said[0].toUpperCase()}${said.slice(1)}.`.replaceAll("`", "").replace("..", ".");
}

/** The page that a printed link opens: its secret leaves the address bar before anything else. */
function open(place) {
  const secret = location.hash.slice(1);
  // A place in the web app is no secret.
  if (!secret || secret.startsWith("/")) return;
  history.replaceState(null, "", location.pathname + location.search);
  const say = (name, text) => { place.querySelector(`[data-${name}]`).textContent = text; };
  say("state", "Opening");
  send("POST", "/auth/open", { secret }).then(
    () => location.replace(`${prefix}/`),
    (problem) => {
      place.querySelector("[data-dot]").className = "dot bad";
      say("state", "Not open in this browser");
      say("title", "This link does not work any more");
      say("text", sentence(problem.message));
    },
  );
}

/** The page of an invitation: its secret leaves the address bar, and comes back with each request. */
function claim(place) {
  const secret = location.hash.slice(1);
  if (!secret) return;
  history.replaceState(null, "", location.pathname + location.search);
  const say = (name, text) => { place.querySelector(`[data-${name}]`).textContent = text; };
  const find = (name) => document.querySelector(`[data-${name}]`);
  const form = find("accept");
  find("command")?.remove();
  say("state", "Looking");
  send("POST", "/auth/claim/invitation", { secret }).then(
    (invitation) => {
      const { owner, display_name: name, providers, password_min_length: least } = invitation;
      const title = owner ? "Claim this gateway" : "You are invited";
      find("dot").className = "dot good";
      say("state", owner ? "You become its owner" : "You become one of its users");
      say("title", name ? `${title}, ${name}` : title);
      say("text", "Choose how to sign in from now on. The link works once.");
      find("least").textContent = `${least} characters or more; a phrase of a few words is good.`;
      find("go").textContent = owner ? "Claim this gateway" : "Join this gateway";
      for (const provider of providers) find("providers").append(button(provider));
      find("providers").hidden = providers.length === 0;
      const passkey = claimByPasskey(place.dataset.passkeys, secret, refused);
      find("or").hidden = providers.length === 0 && !passkey;
      form.hidden = false;
      form.elements.username.value = invitation.username;
      form.elements[invitation.username ? "password" : "username"].focus();
    },
    (problem) => {
      find("dot").className = "dot bad";
      say("state", "Not accepted");
      say("title", "The link was not accepted");
      say("text", sentence(problem.message));
    },
  );
  const shown = find("problem");
  const refused = (control) => (problem) => {
    control.disabled = false;
    shown.textContent = sentence(problem.message);
    shown.hidden = false;
  };
  const button = ({ name: provider, display_name: label }) => {
    const control = document.createElement("button");
    control.type = "button";
    control.className = "wide";
    control.textContent = `Continue with ${label}`;
    control.addEventListener("click", () => {
      control.disabled = true;
      send("POST", "/auth/claim/start", { secret, provider })
        .then(({ next }) => location.replace(next), refused(control));
    });
    return control;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { username, password, again } = form.elements;
    again.setCustomValidity(again.value === password.value ? "" : "The two passwords differ.");
    if (!form.reportValidity()) return;
    find("go").disabled = true;
    shown.hidden = true;
    const body = { secret, username: username.value, password: password.value };
    send("POST", "/auth/claim", body)
      .then(({ next }) => location.replace(next), refused(find("go")));
  });
  form.elements.again.addEventListener("input", ({ target }) => target.setCustomValidity(""));
}

/** The list of sessions: named, ended, and shown again. */
function sessions() {
  for (const control of document.querySelectorAll("[data-live]")) control.hidden = false;
  const shown = document.querySelector("[data-problem]");
  const change = (control, method, path, body, done = () => location.reload()) => {
    control.disabled = true;
    shown.hidden = true;
    send(method, path, body).then(
      done,
      (problem) => {
        control.disabled = false;
        shown.textContent = problem.message;
        shown.hidden = false;
        shown.scrollIntoView({ block: "nearest" });
      },
    );
  };
  document.addEventListener("click", ({ target }) => {
    const control = target.closest("button[data-do]");
    if (!control) return;
    const stranger = control.closest("[data-stranger]");
    if (stranger) {
      const path = `/api/users/strangers/${control.dataset.do}`;
      change(control, "POST", path, { identity: stranger.dataset.stranger });
      return;
    }
    const row = control.closest("[data-session]");
    if (control.closest("[data-passkeys]")) return;
    const path = row && `/api/auth/sessions/${row.dataset.session}`;
    if (control.dataset.do === "end") change(control, "DELETE", path);
    if (control.dataset.do === "end-others") change(control, "POST", "/api/auth/sessions/end-others");
    if (control.dataset.do === "rename") {
      const form = row.querySelector("form");
      form.hidden = !form.hidden;
      control.setAttribute("aria-expanded", String(!form.hidden));
      if (!form.hidden) form.elements.name.focus();
    }
  });
  document.addEventListener("submit", (event) => {
    if (event.target.dataset.do === "password") {
      event.preventDefault();
      password(event.target, event.submitter, change);
    }
    if (event.target.dataset.do === "password-add") {
      event.preventDefault();
      passwordAdd(event.target, event.submitter, change);
    }
    if (event.target.dataset.do !== "name") return;
    event.preventDefault();
    const row = event.target.closest("[data-session]");
    const name = event.target.elements.name.value;
    change(event.submitter, "PATCH", `/api/auth/sessions/${row.dataset.session}`, { name });
  });
}

/** Changes the password, says so, and takes away what has ended with it. */
function password(form, control, change) {
  const { current, new: fresh } = form.elements;
  change(control, "POST", "/api/auth/password", { current: current.value, new: fresh.value }, () => {
    control.disabled = false;
    form.reset();
    form.querySelector("[data-said]").hidden = false;
    for (const other of document.querySelectorAll('[data-do="end"]')) other.closest("[data-session]").remove();
    document.querySelector('[data-do="end-others"]')?.remove();
  });
}

/** Gives the person a password, after which the page is that of somebody who has one. */
function passwordAdd(form, control, change) {
  const { username, password, again } = form.elements;
  again.oninput = () => again.setCustomValidity("");
  again.setCustomValidity(again.value === password.value ? "" : "The two passwords differ.");
  if (!form.reportValidity()) return;
  const body = { username: username.value, password: password.value };
  change(control, "POST", "/api/auth/password/add", body);
}

/** Keeps the place in the web app that somebody was led away from; the app reads it when it begins. */
function keepPlace() {
  if (!location.hash.startsWith("#/")) return;
  try {
    sessionStorage.setItem("hermes.place", location.hash);
  } catch {
    // Without storage the app begins at its first place.
  }
}

// A link that is pasted where its page is open already changes nothing but what stands behind its #.
const opened = document.querySelector("[data-open]");
if (opened) {
  open(opened);
  addEventListener("hashchange", () => open(opened));
}
const invited = document.querySelector("[data-claim]");
if (invited) {
  claim(invited);
  addEventListener("hashchange", () => location.reload());
}
keepPlace();
if (document.querySelector("[data-session]")) sessions();
const kept = document.querySelector("section[data-passkeys]");
if (kept) passkeys(kept);
const passkeySignIn = document.querySelector("[data-passkey-login]");
if (passkeySignIn) passkeyLogin(passkeySignIn);
