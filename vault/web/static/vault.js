// Enhances pages that work without it: nothing here is needed to use the vault.
"use strict";

for (const button of document.querySelectorAll(".reveal")) {
  const input = document.getElementById(button.getAttribute("aria-controls"));
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = input.type === "password";
    input.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  });
}

for (const meter of document.querySelectorAll("[data-strength-for]")) {
  const input = document.getElementById(meter.dataset.strengthFor);
  const least = Number(meter.dataset.least);
  input.addEventListener("input", () => {
    const missing = least - Array.from(input.value).length;
    meter.hidden = input.value === "";
    meter.textContent =
      missing > 0 ? meter.dataset.short.replace("{count}", String(missing)) : meter.dataset.enough;
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const area of document.querySelectorAll(".drop")) {
  const input = area.querySelector("input[type=file]");
  const over = (event) => {
    event.preventDefault();
    area.classList.add("over");
  };
  area.addEventListener("dragenter", over);
  area.addEventListener("dragover", over);
  area.addEventListener("dragleave", () => area.classList.remove("over"));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    input.files = event.dataTransfer.files;
  });
}

for (const form of document.querySelectorAll("form[data-working]")) {
  form.addEventListener("submit", () => {
    const button = form.querySelector("button[type=submit]");
    const note = document.createElement("p");
    note.setAttribute("role", "status");
    note.className = "hint";
    note.textContent = form.dataset.working;
    button.after(note);
    button.disabled = true;
  });
}

for (const form of document.querySelectorAll("form[data-consequence]")) {
  const note = form.querySelector("[data-consequence-note]");
  const usual = note.textContent;
  const boxes = form.querySelectorAll("input[name=ids]");
  let asked = 0;
  const tell = async () => {
    const chosen = Array.from(boxes).filter((box) => box.checked);
    const mine = ++asked;
    if (chosen.length === 0) {
      note.textContent = usual;
      return;
    }
    const query = new URLSearchParams(chosen.map((box) => ["ids", box.value]));
    const answer = await fetch(`${form.dataset.consequence}?${query}`);
    if (answer.ok && mine === asked) note.textContent = await answer.text();
  };
  for (const box of boxes) box.addEventListener("change", tell);
  const all = form.querySelector("[data-all]");
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
      tell();
    });
  }
}

// A cluster is ticked with all of its fields; without one of them it is ticked in part.
for (const cluster of document.querySelectorAll("[data-cluster]")) {
  const whole = cluster.querySelector("input[name=clusters]");
  const fields = Array.from(cluster.querySelectorAll("input[name=fields]"));
  if (fields.length === 0) continue;
  const settle = () => {
    const ticked = fields.filter((field) => field.checked).length;
    whole.checked = ticked === fields.length;
    whole.indeterminate = ticked > 0 && !whole.checked;
  };
  const spread = () => {
    for (const field of fields) field.checked = whole.checked;
  };
  if (whole.checked) spread();
  settle();
  whole.addEventListener("change", spread);
  for (const field of fields) field.addEventListener("change", settle);
}

// All of them, or single ones: ticking the one unticks the other.
for (const form of document.querySelectorAll("form[data-review]")) {
  form.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.checked || !box.closest("[data-any]")) return;
    for (const other of form.querySelectorAll(`[data-any] input[name=${box.name}]`)) {
      if ((other.value === "*") !== (box.value === "*")) other.checked = false;
    }
  });
}

// A choice shows at once what it changes, as the button there does by hand.
for (const form of document.querySelectorAll("form[data-review]")) {
  const seen = document.getElementById("will-see");
  let timer = 0;
  let former = new AbortController();
  const look = async () => {
    former.abort();
    former = new AbortController();
    const data = new FormData(form);
    data.set("action", "preview");
    const sent = { method: "POST", body: new URLSearchParams(data), signal: former.signal };
    try {
      const answer = await fetch(form.getAttribute("action"), sent);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("will-see");
      if (fresh) seen.replaceChildren(...fresh.childNodes);
    } catch (error) {
      if (error.name === "AbortError") return;
    }
    seen.removeAttribute("aria-busy");
  };
  form.addEventListener("change", () => {
    seen.setAttribute("aria-busy", "true");
    former.abort();
    clearTimeout(timer);
    timer = setTimeout(look, 300);
  });
}

// A menu opened on a phone closes by Escape and when something else is touched.
for (const menu of document.querySelectorAll("details.more")) {
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") menu.open = false;
  });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  const usual = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.copied;
    setTimeout(() => { button.textContent = usual; }, 2000);
  });
}

// Files go one after another into the same import, so that each is told as soon as it is read.
for (const form of document.querySelectorAll("form[data-upload]")) {
  const part = (name) => form.querySelector(`[data-${name}]`);
  const [sending, now, told, onward] = ["sending", "now", "told", "preview"].map(part);
  const bar = form.querySelector("progress");
  const token = form.querySelector("input[name=csrf_token]").value;
  const stop = new AbortController();
  let places = null;
  const post = (where, fields) => {
    const body = new FormData();
    for (const [name, value] of [["csrf_token", token], ...fields]) body.append(name, value);
    return fetch(where, { method: "POST", body, signal: stop.signal });
  };
  const wait = (seconds) => new Promise((done) => { setTimeout(done, 1000 * seconds); });
  // A vault that is busy says when to try again.
  const insist = async (where, fields) => {
    for (let tries = 0; ; tries++) {
      const answer = await post(where, fields);
      if (answer.status !== 503 || tries === 3) return answer;
      await wait(Number(answer.headers.get("Retry-After")) || 2);
    }
  };
  const tell = (name, why) => {
    const line = document.createElement("li");
    const what = document.createElement("span");
    const sub = document.createElement("span");
    line.className = "refused";
    what.className = "what";
    sub.className = "sub";
    sub.textContent = why;
    what.append(name, sub);
    line.append(what);
    told.append(line);
  };
  // Whether the file arrived, readable or not.
  const send = async (file) => {
    const most = Number(form.dataset.most);
    if (most && file.size > most) {
      tell(file.name, told.dataset.large);
      return false;
    }
    try {
      const answer = await insist(places.add, [["files", file]]);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (answer.redirected) location.reload();
      if (answer.ok) told.append(...page.querySelectorAll("li"));
      else tell(file.name, page.querySelector("h1")?.textContent || told.dataset.lost);
      return answer.ok;
    } catch (error) {
      if (error.name === "AbortError") throw error;
      tell(file.name, told.dataset.lost);
      return false;
    }
  };
  const all = async (files) => {
    const answer = await insist(form.action, [["begin", "1"]]);
    if (answer.status !== 201) return location.reload();
    places = await answer.json();
    let arrived = 0;
    for (const [number, file] of files.entries()) {
      now.textContent = now.dataset.reading
        .replace("{done}", String(number + 1))
        .replace("{total}", String(files.length))
        .replace("{name}", () => file.name);
      if (await send(file)) arrived++;
      bar.value = number + 1;
    }
    if (arrived === files.length) return location.assign(places.preview);
    now.textContent = now.dataset.ended;
    onward.href = places.preview;
    onward.hidden = arrived === 0;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const files = Array.from(form.querySelector("input[type=file]").files);
    form.querySelector(".drop").hidden = true;
    sending.hidden = false;
    bar.max = files.length;
    part("cancel").focus();
    all(files).catch((error) => {
      if (error.name !== "AbortError") location.reload();
    });
  });
  part("cancel").addEventListener("click", async () => {
    stop.abort();
    if (places) {
      const body = new URLSearchParams({ csrf_token: token });
      await fetch(places.discard, { method: "POST", body, redirect: "manual" }).catch(() => null);
    }
    location.assign(form.action);
  });
}

// What the columns of a sheet mean shows at once what it becomes, as the button "Show" does by hand.
for (const form of document.querySelectorAll("form[data-look]")) {
  const seen = document.getElementById("look");
  let former = new AbortController();
  form.addEventListener("change", async (event) => {
    former.abort();
    former = new AbortController();
    seen.setAttribute("aria-busy", "true");
    const data = new FormData(form);
    data.set("action", "show");
    const sent = { method: "POST", body: new URLSearchParams(data), signal: former.signal };
    try {
      const answer = await fetch(form.getAttribute("action"), sent);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("look");
      if (!fresh) return;
      seen.replaceChildren(...fresh.childNodes);
      const now = form.querySelector("[data-fields]");
      const then = page.querySelector("form[data-look] [data-fields]");
      const open = (fields) => Array.from(fields.querySelectorAll(".problem"), (one) => one.id).join();
      if (event.target.name === "kind" || open(now) !== open(then)) {
        const focused = document.activeElement && document.activeElement.id;
        now.replaceChildren(...then.childNodes);
        if (focused) document.getElementById(focused)?.focus();
      }
    } catch (error) {
      if (error.name === "AbortError") return;
    }
    seen.removeAttribute("aria-busy");
  });
}
