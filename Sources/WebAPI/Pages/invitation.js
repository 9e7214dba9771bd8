// Takes up an invitation. Its token stands behind "#" in the address, which no browser sends to a server by itself;
// it is taken out of the address at once, so that neither the history nor a shared screen keeps it.
"use strict";

const form = document.getElementById("form");
const problems = document.getElementById("problems");
const token = new URLSearchParams(location.hash.slice(1)).get("token");
history.replaceState(null, "", location.pathname);

function show(messages) {
  problems.replaceChildren(...messages.map((message) => {
    const item = document.createElement("li");
    item.textContent = message;
    return item;
  }));
}

function end(message) {
  show([message]);
  form.querySelector("button").disabled = true;
}

async function accept() {
  const body = { token, password: form.elements.password.value };
  const name = form.elements["display-name"].value.trim();
  if (name) body.display_name = name;
  const answer = await fetch(location.pathname, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (answer.ok) {
    form.hidden = true;
    document.getElementById("introduction").hidden = true;
    document.getElementById("done").hidden = false;
    return;
  }
  const problem = await answer.json();
  show(problem.errors ? problem.errors.map((error) => error.message) : [problem.detail]);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (form.elements.password.value !== form.elements.repeated.value) return show(["The two passwords differ."]);
  show([]);
  form.querySelector("button").disabled = true;
  try {
    await accept();
  } catch {
    show(["The server could not be reached. Try again."]);
  }
  form.querySelector("button").disabled = false;
});

if (!token) end("This address holds no invitation. Open the whole link that you were given.");
