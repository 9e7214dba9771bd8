// Takes up an invitation and, where the role asks for one, sets up a second factor. The token stands behind "#" in the
// address, which no browser sends to a server by itself; it is taken out of the address at once, so that neither the
// history nor a shared screen keeps it.
"use strict";

const element = (id) => document.getElementById(id);
const forms = { accept: element("accept"), enroll: element("enroll") };
const tenant = location.pathname.replace(/invitations\/accept$/, "");
const token = new URLSearchParams(location.hash.slice(1)).get("token");
history.replaceState(null, "", location.pathname);

// What the sign-in waits for, once it waits for a second factor.
let pending = null;

function show(messages) {
  element("problems").replaceChildren(...messages.map((message) => {
    const item = document.createElement("li");
    item.textContent = message;
    return item;
  }));
}

// Sends a body; gives the answer back, or shows what is wrong with the request and gives nothing.
async function post(path, body) {
  const answer = await fetch(tenant + path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const content = await answer.json();
  if (answer.ok) return content;
  show(content.errors ? content.errors.map((error) => error.message) : [content.detail]);
  return null;
}

async function accept(fields) {
  if (fields.password.value !== fields.repeated.value) return show(["The two passwords differ."]);
  const body = { token, password: fields.password.value };
  const name = fields["display-name"].value.trim();
  if (name) body.display_name = name;
  const answer = await post("invitations/accept", body);
  if (!answer) return;
  forms.accept.hidden = true;
  if (answer.status === "enrollment_required") await begin(answer);
  else finish(answer);
}

async function begin(answer) {
  const factor = await post("login/enroll", { transaction: answer.transaction, factor: answer.factors[0] });
  if (!factor) return;
  pending = { transaction: answer.transaction, factor_id: factor.factor_id };
  element("picture").src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(factor.qr_svg);
  element("secret").textContent = factor.secret;
  forms.enroll.hidden = false;
  element("code").focus();
}

async function confirm(fields) {
  const answer = await post("login/enroll/confirm", { ...pending, code: fields.code.value.replaceAll(" ", "") });
  if (answer) finish(answer);
}

function finish(answer) {
  forms.enroll.hidden = true;
  const codes = answer.recovery_codes ?? [];
  element("codes").replaceChildren(...codes.map((code) => {
    const item = document.createElement("li");
    item.textContent = code;
    return item;
  }));
  element("recovery").hidden = codes.length === 0;
  element("done").hidden = false;
}

function on(form, deed) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    show([]);
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await deed(form.elements);
    } catch {
      show(["The server could not be reached. Try again."]);
    }
    button.disabled = false;
  });
}

on(forms.accept, accept);
on(forms.enroll, confirm);

if (!token) {
  show(["This address holds no invitation. Open the whole link that you were given."]);
  forms.accept.querySelector("button").disabled = true;
}
