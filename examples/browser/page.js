/** The page's elements by their id. */
export const page = Object.fromEntries(Array.from(document.querySelectorAll('[id]'), (element) => [element.id, element]));

const parts = [...document.querySelectorAll('[data-when]')];

/** @param mode "nothing", "picture" or "video": what of the page is of use */
export function showMode(mode) {
  for (const part of parts) part.hidden = !part.dataset.when.split(' ').includes(mode);
}

/** Which layers and which effect a form's boxes and radio buttons stand for. */
export function choiceOf(form) {
  const boxes = [...form.querySelectorAll('[type=checkbox]')];
  return { layers: Object.fromEntries(boxes.map(({ name, checked }) => [name, checked])), effect: new FormData(form).get('effect') };
}

/** One line under the picture, which screen readers read out when it changes. */
export function say(text, isAlarm = false) {
  page.status.classList.toggle('alarm', isAlarm);
  page.status.textContent = text;
}

/** Makes errors messages. */
export function orSay(act) {
  return async (...values) => {
    try {
      await act(...values);
    } catch (error) {
      say(error.message, true);
    }
  };
}

export function sayFaces(count) {
  const found = count === 0 ? 'No face found' : count === 1 ? '1 face found' : `${count} faces found`;
  page.canvas.ariaLabel = found;
  say(count === 0 ? `${found}. It should look this way, be more or less upright, and not tiny.` : `${found}.`);
}

/** Milliseconds that a number of faces must hold before it is announced: at the edge of a video faces come and go. */
const STEADY = 500;

/** Says how many faces a video shows, once for each change that lasts. */
export class Announcer {
  #count;
  #since;
  #isSaid;

  see(count) {
    const now = performance.now();
    if (count !== this.#count) {
      this.#count = count;
      this.#since = now;
      this.#isSaid = false;
    } else if (!this.#isSaid && now - this.#since > STEADY) {
      this.#isSaid = true;
      sayFaces(count);
    }
  }
}
