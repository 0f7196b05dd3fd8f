// The page: pictures come in from files, the clipboard and the camera, go to the model's worker, and come back with faces.
import { Camera } from './camera.js';
import { Figures } from './figures.js';
import { Model } from './model.js';
import { workOffline } from './offline.js';
import { openPicture } from './picture.js';
import { receiveFiles } from './receive-files.js';
import { Stage } from './stage.js';

const SAMPLE = new URL('../../test/images/grace-hopper.jpg', import.meta.url);
const MODEL_FILE = '.safetensors';

/** Milliseconds that a number of faces must hold before it is announced: faces at the edge come and go. */
const STEADY = 500;

const page = Object.fromEntries(Array.from(document.querySelectorAll('[id]'), (element) => [element.id, element]));
const stage = new Stage(page.canvas);
const camera = new Camera(page.video);
const figures = new Figures({ fps: page.fps, detection: page.detection, landmarks: page.landmarks });

// The worker's files are kept for the next time too.
await workOffline().catch(() => {});
const model = new Model();

// ---- Messages

function say(text, isAlarm = false) {
  page.status.classList.toggle('alarm', isAlarm);
  page.status.textContent = text;
}

function sayFaces(count) {
  const found = count === 0 ? 'No face found' : count === 1 ? '1 face found' : `${count} faces found`;
  page.canvas.ariaLabel = found;
  say(count === 0 ? `${found}. It should look this way, more or less upright, and not be tiny.` : `${found}.`);
}

/** Says how many faces there are once that number has held for a while. */
class Announcer {
  #count;
  #since;
  #said = false;

  see(count) {
    const now = performance.now();
    if (count !== this.#count) {
      this.#count = count;
      this.#since = now;
      this.#said = false;
    } else if (!this.#said && now - this.#since > STEADY) {
      this.#said = true;
      sayFaces(count);
    }
  }
}

/** Errors become messages. */
const orSay = (act) => async (...values) => {
  try {
    await act(...values);
  } catch (error) {
    say(error.message, true);
  }
};

// ---- Pictures

let picture;

const takeFile = orSay(async (file) => {
  if (!file) throw new Error('There was no file in that. Drop or paste a picture.');
  if (file.name?.endsWith(MODEL_FILE)) return openModel(file);
  const next = await openPicture(file);
  closeCamera();
  picture?.close();
  picture = next;
  await lookAtPicture();
});

async function lookAtPicture() {
  say('Looking…');
  const shown = picture;
  const answer = await model.look(await createImageBitmap(shown));
  // Something else may have come in the meantime.
  if (shown !== picture) return answer.frame.close();
  page.invitation.hidden = true;
  stage.show(answer.frame, answer.faces);
  figures.addPicture(answer);
  sayFaces(answer.faces.length);
}

function dropPicture() {
  picture?.close();
  picture = undefined;
}

// ---- Camera

async function openCamera(deviceId) {
  try {
    say('Waiting for the camera…');
    await camera.open(deviceId);
    dropPicture();
    page.invitation.hidden = true;
    page.camera.ariaPressed = 'true';
    page.camera.textContent = 'Stop';
    figures.restart();
    await listCameras();
    await watchCamera();
  } catch (error) {
    closeCamera();
    say(error.message, true);
  }
}

async function watchCamera() {
  const { isMirror } = camera;
  const announcer = new Announcer();
  let follows = false;
  await camera.watch(async (frame) => {
    const answer = await model.look(frame, { live: true, follows });
    follows = true;
    if (!camera.isOpen) return answer.frame.close();
    stage.show(answer.frame, answer.faces, isMirror);
    figures.addFrame(answer);
    announcer.see(answer.faces.length);
  });
}

function closeCamera() {
  if (page.camera.ariaPressed === 'false') return;
  camera.close();
  page.camera.ariaPressed = 'false';
  page.camera.textContent = 'Camera';
  page['cameras-field'].hidden = true;
  page.invitation.hidden = false;
  page.canvas.ariaLabel = 'No picture';
  stage.clear();
  figures.restart();
  say('');
}

async function listCameras() {
  const devices = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
  page.cameras.replaceChildren(...devices.map(({ label, deviceId }, i) => new Option(label || `Camera ${i + 1}`, deviceId)));
  page.cameras.value = camera.deviceId;
  page['cameras-field'].hidden = devices.length < 2;
}

// ---- Model

const models = [{ name: 'MobileNetV2, 68 landmarks' }];

async function openModel(file) {
  if (await load({ name: file.name, file })) return;
}

/** Takes a model and a number of threads; what was there before stays if they are no good. */
async function load(entry, threads = Number(page.threads.value)) {
  say('Loading the model…');
  const bytes = entry.file && new Uint8Array(await entry.file.arrayBuffer());
  tell(await model.load(threads, bytes));
  if (!models.includes(entry)) models.push(entry);
  page.model.replaceChildren(...models.map(({ name }, i) => new Option(name, i)));
  page.model.value = models.indexOf(entry);
  say('');
  if (picture) await lookAtPicture();
}
