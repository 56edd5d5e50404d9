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
