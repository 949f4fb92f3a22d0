// Consoles in the frames of an error page, and its copy button.
(() => {
  const page = document.querySelector('main');
  const { error, secret } = page.dataset;
  const base = new URL('./', document.currentScript.src);

  function element(name, properties = {}, ...children) {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...children);
    return node;
  }

  async function post(command, body, signal) {
    const headers = { 'content-type': 'application/json', 'x-flacon-secret': secret };
    const response = await fetch(new URL(command, base), {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
      signal,
    });
    return { status: response.status, ...(await response.json()) };
  }

  /** Asks for the PIN until it is right; resolves then. */
  function askPin(place, { exhausted }) {
    return new Promise((resolve) => {
      const input = element('input', { inputMode: 'numeric', autocomplete: 'off', placeholder: '123-456-789' });
      input.setAttribute('aria-label', 'Debugger PIN');
      const button = element('button', { textContent: 'Unlock' });
      const hint = element('p', { role: 'status' });
      const form = element('form', { className: 'pin' }, hint, input, button);
      const lock = () => {
        input.disabled = button.disabled = true;
        hint.textContent = 'Too many wrong PINs: the debugger is locked until the server is started again.';
      };
      hint.textContent = 'The console runs code in the server. The PIN is in its terminal: “Debugger PIN”.';
      if (exhausted) lock();
      form.addEventListener('submit', async (event) => {
        event.preventDefault();
        const answer = await post('pin', { pin: input.value }).catch(noServer);
        if (answer.auth) {
          form.remove();
          resolve();
        } else if (answer.exhausted) lock();
        else {
          hint.textContent = answer.message ?? 'That is not the PIN.';
          input.select();
        }
      });
      place.append(form);
      input.focus();
    });
  }

  function noServer(reason) {
    return { message: reason.name === 'AbortError' ? 'Interrupted.' : 'The server does not answer.' };
  }

  function openConsole(holder, opener) {
    const frame = Number(holder.dataset.frame);
    const output = element('output');
    output.setAttribute('aria-live', 'polite');
    const input = element('textarea', { rows: 1, spellcheck: false, autocapitalize: 'off', autocomplete: 'off' });
    input.setAttribute('aria-label', 'Code to run in this frame');
    const prompt = element('span', { textContent: '›' });
    const line = element('label', {}, prompt, input);
    const help = element('small', {
      textContent:
        'Enter runs · Shift+Enter new line · ↑ ↓ history · Ctrl+L clears · Esc interrupts · TypeScript, await; locals, app, request, g, session, _',
    });
    const box = element('section', {}, output, line, help);
    const history = [];
    let at = 0;
    let running;
    let isNext = false;

    const show = (className, text, html) => {
      const pre = element('pre', { className });
      // What the server sends is escaped there; what was typed is text.
      if (html === undefined) pre.textContent = text;
      else pre.innerHTML = html;
      output.append(pre);
      output.scrollTop = output.scrollHeight;
      return pre;
    };
    const fill = (text) => {
      input.value = text;
      input.rows = text.split('\n').length;
    };

    /** Runs what stands there; what is typed meanwhile stays for the next time. */
    async function submit() {
      const code = input.value;
      const echo = code.trim() === '' ? undefined : show('echo', `› ${code.replaceAll('\n', '\n  ')}`);
      fill('');
      const answer = await run(code);
      if (answer.status === 'incomplete') {
        echo?.remove();
        fill(`${code}\n${input.value}`);
      } else {
        if (echo) history.push(code);
        at = history.length;
        if (answer.message !== undefined) show('failed', answer.message);
        else if (answer.html !== '') show('', '', answer.html);
      }
      if (isNext) {
        isNext = false;
        await submit();
      }
    }

    async function run(code) {
      running = new AbortController();
      prompt.textContent = '…';
      const ask = () => post('eval', { error, frame, code }, running.signal).catch(noServer);
      let answer = await ask();
      if (answer.status === 401) {
        line.hidden = help.hidden = true;
        await askPin(box, answer);
        line.hidden = help.hidden = false;
        input.focus();
        answer = await ask();
      }
      running = undefined;
      prompt.textContent = '›';
      return answer;
    }

    function recall(step) {
      if (at + step < 0 || at + step > history.length) return;
      at += step;
      fill(history[at] ?? '');
    }

    input.addEventListener('input', () => fill(input.value));
    input.addEventListener('keydown', (event) => {
      const { key, shiftKey, ctrlKey, isComposing } = event;
      const { value, selectionStart, selectionEnd } = input;
      const isSelected = selectionStart !== selectionEnd;
      if (isComposing) return;
      if (running && (key === 'Escape' || (ctrlKey && key === 'c'))) running.abort();
      else if (key === 'Enter' && !shiftKey) {
        if (running) isNext = true;
        else submit();
      } else if (key === 'ArrowUp' && !isSelected && !value.slice(0, selectionStart).includes('\n')) recall(-1);
      else if (key === 'ArrowDown' && !isSelected && !value.slice(selectionEnd).includes('\n')) recall(1);
      else if (ctrlKey && key === 'l') output.replaceChildren();
      else return;
      event.preventDefault();
    });
    opener.replaceWith(box);
    input.focus();
    // Whether a PIN is needed is known at once, not after the first line is typed.
    submit();
  }

  for (const opener of document.querySelectorAll('[data-open]')) {
    opener.hidden = false;
    opener.addEventListener('click', () => openConsole(opener.parentElement, opener));
  }

  for (const button of document.querySelectorAll('[data-copy]')) {
    const text = button.parentElement.querySelector('pre');
    button.hidden = false;
    button.addEventListener('click', async () => {
      getSelection().selectAllChildren(text);
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = 'Copied';
      } catch {
        button.textContent = 'Selected: copy it with the keyboard';
      }
    });
  }
})();
