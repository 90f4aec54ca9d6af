"use strict";

const prefix = document.documentElement.dataset.prefix;

/** Sends a change; a refusal becomes an error that says what the gateway says. */
async function send(method, path, body) {
  const options = { method, credentials: "same-origin", redirect: "error" };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(prefix + path, options);
  if (answer.ok) return;
  const said = await answer.json().catch(() => ({}));
  if (answer.status === 401 && said.login_url) location.assign(said.login_url);
  throw new Error(said.hint || said.detail || `The gateway answered ${answer.status}.`);
}

/** The page that a printed link opens: its secret leaves the address bar before anything else. */
function open(place) {
  const secret = location.hash.slice(1);
  if (!secret) return;
  history.replaceState(null, "", location.pathname + location.search);
  const say = (name, text) => { place.querySelector(`[data-${name}]`).textContent = text; };
  say("state", "Opening");
  send("POST", "/auth/open", { secret }).then(
    () => location.replace(`${prefix}/`),
    (problem) => {
      place.querySelector("[data-dot]").className = "dot bad";
      say("state", "Not open in this browser");
      say("title", "This link does not work any more");
      const sentence = problem.message;
      say("text", `${sentence[0].toUpperCase()}${sentence.slice(1)}.`.replaceAll("`", "").replace("..", "."));
    },
  );
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
    const row = control.closest("[data-session]");
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

const place = document.querySelector("[data-open]");
if (place) {
  open(place);
  // A link that is pasted where the page is open already changes nothing but what stands behind its #.
  addEventListener("hashchange", () => open(place));
}
if (document.querySelector("[data-session]")) sessions();
